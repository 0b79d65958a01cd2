use std::io::{self, Write};

use super::{Finding, one_line};

/// Wide enough for most terminals that people read logs in.
const MESSAGE_CHARS: usize = 100;
const SOURCE_CHARS: usize = 20;

/// Rows in columns, the reason below its line.
#[derive(Default)]
pub(in crate::cli::analyze) struct Table {
    has_header: bool,
}

impl Table {
    pub(super) fn row(&mut self, finding: &Finding, out: &mut impl Write) -> io::Result<()> {
        if !self.has_header {
            self.has_header = true;
            writeln!(out, "{:8}  {:>5}  {:>9}  {:24}  {:SOURCE_CHARS$}  MESSAGE", "SEVERITY", "SCORE", "LINE", "TIME", "SOURCE")?;
        }
        let time = finding.timestamp.map(|time| time.to_string()).unwrap_or_default();
        let source = cut(&one_line(&finding.source), SOURCE_CHARS);
        let message = cut(&one_line(&finding.message), MESSAGE_CHARS);
        let (severity, score, line) = (finding.severity.name(), finding.score, finding.line);
        writeln!(out, "{severity:8}  {score:5.3}  {line:9}  {time:24}  {source:SOURCE_CHARS$}  {message}")?;
        for reason in &finding.reasons {
            writeln!(out, "{:26}because {}", "", one_line(&reason.text))?;
        }
        Ok(())
    }
}

fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some(_) => text.chars().take(chars_max - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Form;
    use super::super::tests::written;
    use super::*;

    #[test]
    fn a_finding_is_a_row_with_its_reasons_below() {
        let text = written(Form::Table);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[1].starts_with("critical  0.970          7  2026-03-01T08:30:00.000Z"), "{text}");
        assert!(lines[2].trim_start().starts_with("because holds"), "{text}");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
    }
}
