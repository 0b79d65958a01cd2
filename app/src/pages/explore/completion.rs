//! What is being written where the caret stands, and what the question is once a choice takes its place.

use std::ops::Range;

use radar_types::query::term;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Writing {
    /// The field whose value is written; empty while it is the name of one.
    pub(super) field: String,
    /// What of it is there.
    pub(super) start: String,
    /// What a choice takes the place of, in bytes of the question.
    place: Range<usize>,
    /// What stands before the value and stays, such as `>=` and `high,`.
    kept: String,
}

impl Writing {
    pub(super) fn at(question: &str, caret: usize) -> Self {
        let caret = (0..=caret.min(question.len())).rev().find(|at| question.is_char_boundary(*at)).unwrap_or_default();
        let start = term_start(&question[..caret]);
        let written = &question[start..caret];
        let end =
            caret + question[caret..].find(|next: char| next.is_whitespace() || next == ')').unwrap_or(question.len() - caret);
        let sign = written.find(|character| !matches!(character, '-' | '(')).unwrap_or(written.len());
        let (start, written) = (start + sign, &written[sign..]);
        let named = |at: usize, value: &str| (written[..at].to_owned(), value.to_owned());
        let name_end = written.strip_prefix('"').and_then(|name| name.find('"')).map_or(0, |at| at + 2);
        let parts = written[name_end..].find([':', '=']).map(|at| at + name_end).filter(|at| *at > 0);
        let Some((field, value)) = parts.map(|at| named(at, &written[at + 1..])) else {
            return Self { start: written.to_owned(), place: start..end, ..Self::default() };
        };
        let bare = value.rfind([',', '>', '<', '=']).map_or(0, |at| at + 1);
        let is_choice = ["severity", "level", "verdict", "is"].iter().any(|known| known.eq_ignore_ascii_case(&field));
        let kept = if is_choice { value[..bare].to_owned() } else { String::new() };
        let start_text = value[kept.len()..].trim_start_matches('"').replace("\"\"", "\"");
        Self { field, start: start_text, place: start..end, kept }
    }

    /// Whether there is something to go on with. Words of the text are not completed.
    pub(super) fn is_open(&self) -> bool {
        !self.start.starts_with('"') || !self.field.is_empty()
    }

    /// The question with a choice in its place, and where the caret stands then.
    pub(super) fn chosen(&self, question: &str, choice: &str) -> (String, usize) {
        let written = if self.field.is_empty() {
            format!("{choice}{}", if choice.starts_with('"') { "=" } else { ":" })
        } else if !self.kept.is_empty() || ["score", "is"].iter().any(|known| known.eq_ignore_ascii_case(&self.field)) {
            format!("{}:{}{choice} ", self.field, self.kept)
        } else {
            format!("{} ", term(&self.field, choice))
        };
        let (before, after) = (&question[..self.place.start], &question[self.place.end..]);
        let after = if written.ends_with(' ') { after.trim_start() } else { after };
        (format!("{before}{written}{after}"), before.len() + written.len())
    }
}

/// Where the last term of a text begins: after the last space outside of quotes.
fn term_start(text: &str) -> usize {
    let (mut is_quoted, mut start) = (false, 0);
    for (at, character) in text.char_indices() {
        match character {
            '"' => is_quoted = !is_quoted,
            _ if character.is_whitespace() && !is_quoted => start = at + character.len_utf8(),
            _ => {}
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `|` is the caret, before and after.
    fn check(question: &str, field: &str, start: &str, choice: &str, expected: &str) {
        let caret = question.find('|').unwrap();
        let question = question.replacen('|', "", 1);
        let writing = Writing::at(&question, caret);
        assert_eq!((writing.field.as_str(), writing.start.as_str()), (field, start), "{question}");
        let (mut chosen, caret) = writing.chosen(&question, choice);
        chosen.insert(caret, '|');
        assert_eq!(chosen, expected);
    }

    #[test]
    fn names_of_fields_are_completed_first() {
        check("|", "", "", "host", "host:|");
        check("failed ho|", "", "ho", "host", "failed host:|");
        check("-(ho|", "", "ho", "host", "-(host:|");
        check("ho|xyz b", "", "ho", "host", "host:| b");
        check("us|", "", "us", "\"user agent\"", "\"user agent\"=|");
    }

    #[test]
    fn values_are_completed_so_that_they_find_themselves() {
        check("host:web|", "host", "web", "web 1", "host=\"web 1\" |");
        check("host=\"web|", "host", "web", "say \"hi\"", "host=\"say \"\"hi\"\"\" |");
        check("-host:| error", "host", "", "a", "-host=\"a\" |error");
        check("(host:w|)", "host", "w", "a", "(host=\"a\" |)");
        check("level:er|", "level", "er", "error", "level:error |");
        check("\"user agent\"=|", "\"user agent\"", "", "curl", "\"user agent\"=\"curl\" |");
    }

    #[test]
    fn what_stands_before_a_choice_stays() {
        check("severity:>=h|", "severity", "h", "high", "severity:>=high |");
        check("severity:low,h|", "severity", "h", "high", "severity:low,high |");
        check("is:un|", "is", "un", "unscored", "is:unscored |");
        check("score:|", "score", "", ">=0.9", "score:>=0.9 |");
    }

    #[test]
    fn any_text_has_something_at_any_place() {
        let pieces = ["a", "\"", ":", "(", ")", "-", " ", "é", "severity:", "\0", ">", "=", ",", "host"];
        let mut seed = 1_u64;
        for _ in 0..20_000 {
            let mut question = String::new();
            for _ in 0..8 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                question.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
            }
            let (chosen, caret) = Writing::at(&question, (seed >> 40) as usize % 20).chosen(&question, "x\"é");
            assert!(chosen.is_char_boundary(caret), "{question}");
        }
    }
}
