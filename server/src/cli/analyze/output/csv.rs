use std::io::{self, Write};

use super::Finding;
use crate::csv::cell;

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

#[cfg(test)]
mod tests {
    use super::super::Form;
    use super::super::tests::written;

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let text = written(Form::Csv);
        let columns = text.lines().next().unwrap().split(',').count();
        assert_eq!(columns, 13);
        assert!(text.contains("'=cmd|") && text.contains("'-2+3"), "{text}");
    }
}
