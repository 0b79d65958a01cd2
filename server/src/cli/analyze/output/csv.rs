use std::io::{self, Write};

use super::Finding;

pub(super) fn header(out: &mut impl Write) -> io::Result<()> {
    write!(out, "file,line,timestamp,hostname,source,severity,score,raw,model,template,reasons,message,id\r\n")
}

pub(super) fn row(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    let reasons: Vec<&str> = finding.reasons.iter().map(|reason| reason.text.as_str()).collect();
    let cells = [
        cell(&finding.file),
        finding.line.to_string(),
        finding.timestamp.map(|time| time.to_string()).unwrap_or_default(),
        cell(&finding.hostname),
        cell(&finding.source),
        finding.severity.name().into(),
        format!("{:.4}", finding.score),
        format!("{:.4}", finding.raw),
        finding.model.into(),
        cell(finding.template.as_deref().unwrap_or_default()),
        cell(&reasons.join("; ")),
        cell(&finding.message),
        finding.id.to_string(),
    ];
    write!(out, "{}\r\n", cells.join(","))
}

/// A text that a spreadsheet would take for a formula gets an apostrophe in front, which
/// spreadsheets do not show.
fn cell(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::super::Form;
    use super::super::tests::written;
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(cell(text), expected);
    }

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_never_a_formula() {
        check("plain", "plain");
        check("a,b", "\"a,b\"");
        check("say \"x\"", "\"say \"\"x\"\"\"");
        check("=1+1", "'=1+1");
        check("  @SUM(A1)", "'  @SUM(A1)");
        check("\t=1", "'\t=1");
        check("-2,3", "\"'-2,3\"");
        check("", "");
    }

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let text = written(Form::Csv);
        let columns = text.lines().next().unwrap().split(',').count();
        assert_eq!(columns, 13);
        assert!(text.contains("'=cmd|") && text.contains("'-2+3"), "{text}");
    }
}
