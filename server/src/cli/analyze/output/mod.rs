//! The forms in which findings are written. What a log says is hostile: nothing of it reaches a
//! terminal, a spreadsheet or a page in a way that acts.

mod csv;
mod html;
mod jsonl;
mod table;

use std::io::{self, Write};

use super::finding::Finding;
use super::summary::Summary;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    /// For people: one line a finding
    Table,
    /// For programs: one JSON object a line
    Jsonl,
    /// For spreadsheets
    Csv,
    /// A page with charts, in one file
    Html,
}

/// Writes findings as they come.
pub(super) enum Writer {
    Table(table::Table),
    Jsonl,
    Csv,
    Html(html::Page),
}

impl Writer {
    pub(super) fn new(form: Form) -> Self {
        match form {
            Form::Table => Self::Table(table::Table::default()),
            Form::Jsonl => Self::Jsonl,
            Form::Csv => Self::Csv,
            Form::Html => Self::Html(html::Page::default()),
        }
    }

    pub(super) fn begin(&mut self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Csv => csv::header(out),
            Self::Table(_) | Self::Jsonl | Self::Html(_) => Ok(()),
        }
    }

    pub(super) fn finding(&mut self, finding: Finding, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Table(table) => table.row(&finding, out),
            Self::Jsonl => jsonl::line(&finding, out),
            Self::Csv => csv::row(&finding, out),
            Self::Html(page) => {
                page.add(finding);
                Ok(())
            }
        }
    }

    pub(super) fn end(self, summary: &Summary, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Html(page) => page.write(summary, out),
            Self::Table(_) | Self::Jsonl | Self::Csv => Ok(()),
        }
    }
}

/// Text on one line, with everything escaped that could act on a terminal or hide: control
/// characters, and those that change the direction or presence of what follows them.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => line.push('⏎'),
            '\t' => line.push(' '),
            '\r' => {}
            c if is_hidden(c) => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line
}

fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use radar_types::{Reason, Severity};
    use serde_json::value::to_raw_value;

    pub(in crate::cli::analyze) const MESSAGE: &str = "GET /<script>alert(1)</script>?q=\u{1b}[2J\u{202e}\nnext, \"quoted\"";

    /// A finding whose every text tries something.
    pub(in crate::cli::analyze) fn hostile() -> Finding {
        Finding {
            file: "access.log".into(),
            line: 7,
            timestamp: "2026-03-01T08:30:00Z".parse().ok(),
            source: "=cmd|' /C calc'!A0".into(),
            id: radar_types::EventId::from_bytes([0xff; 16]),
            score: 0.97,
            raw: 4.2,
            severity: Severity::Critical,
            model: "ensemble",
            template: Some("GET <*>".into()),
            reasons: vec![Reason { code: "sql".into(), text: "holds \"' or 1=1\", <script>alert(1)</script>".into() }],
            event: to_raw_value(&serde_json::json!({"message": MESSAGE, "hostname": "-2+3"})).unwrap(),
            hostname: "-2+3".into(),
            address: String::new(),
            message: MESSAGE.into(),
        }
    }

    pub(in crate::cli::analyze) fn written(form: Form) -> String {
        let (mut out, mut writer) = (vec![], Writer::new(form));
        writer.begin(&mut out).unwrap();
        writer.finding(hostile(), &mut out).unwrap();
        writer.end(&Summary::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_acts_or_hides_is_escaped() {
        assert_eq!(one_line("a\u{1b}[31m\tb\r\nc\u{202e}"), "a\\u{1b}[31m b⏎c\\u{202e}");
    }

    #[test]
    fn nothing_of_a_log_reaches_a_terminal_unescaped() {
        for (form, lines) in [(Form::Table, 3), (Form::Jsonl, 1)] {
            let text = written(form);
            assert!(!text.trim_end().contains(['\u{1b}', '\u{202e}']), "{text:?}");
            assert_eq!(text.lines().count(), lines, "a line of the log made one of its own: {text:?}");
        }
    }
}
