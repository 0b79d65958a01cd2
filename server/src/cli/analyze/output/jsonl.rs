use std::io::{self, Write};

use super::{Finding, is_hidden};

/// JSON escapes control characters itself; what hides beyond ASCII is escaped here, so that a
/// terminal that shows the lines is safe as well.
pub(super) fn line(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    let json = serde_json::to_string(finding)?;
    let mut rest = json.as_str();
    if rest.is_ascii() && !rest.contains('\u{7f}') {
        return writeln!(out, "{rest}");
    }
    while let Some(at) = rest.find(is_hidden) {
        out.write_all(&rest.as_bytes()[..at])?;
        let Some(hidden) = rest[at..].chars().next() else { break };
        write!(out, "\\u{:04x}", u32::from(hidden))?;
        rest = &rest[at + hidden.len_utf8()..];
    }
    writeln!(out, "{rest}")
}

#[cfg(test)]
mod tests {
    use super::super::Form;
    use super::super::tests::{MESSAGE, written};

    #[test]
    fn a_line_is_the_finding() {
        let json: serde_json::Value = serde_json::from_str(&written(Form::Jsonl)).unwrap();
        let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        for name in ["line", "timestamp", "source", "id", "score", "raw", "severity", "model", "template", "reasons", "event"] {
            assert!(names.contains(&name), "{name} of {names:?}");
        }
        assert_eq!(json["event"]["message"], MESSAGE, "escaping loses nothing");
        assert_eq!((&json["severity"], &json["reasons"][0]["code"]), (&"critical".into(), &"sql".into()));
    }
}
