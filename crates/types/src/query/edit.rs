//! What a click does to a question: a condition is put in, turned round, or taken out. Whatever else somebody wrote stays as
//! they wrote it.

use super::parse::{Kind, Token, tokens};

/// Whether the question holds this condition, so that every event it finds meets it.
pub fn has(question: &str, condition: &str) -> bool {
    demanded(question).any(|token| token.text(question) == condition)
}

/// The question and this condition; not what says the opposite of it.
#[must_use]
pub fn with(question: &str, condition: &str) -> String {
    if has(question, condition) {
        return question.to_owned();
    }
    let opposite = condition.strip_prefix('-').map_or_else(|| format!("-{condition}"), str::to_owned);
    let mut rest = without(question, &opposite).trim().to_owned();
    // What is still open would swallow the condition.
    if rest.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        rest.push('"');
    }
    if rest.is_empty() {
        return condition.to_owned();
    }
    if outermost(&rest).any(|token| token.kind == Kind::Or) {
        rest = format!("({rest})");
    }
    format!("{rest} {condition}")
}

/// The question without this condition.
#[must_use]
pub fn without(question: &str, condition: &str) -> String {
    let Some(token) = demanded(question).find(|token| token.text(question) == condition) else { return question.to_owned() };
    let (before, after) = (question[..token.at].trim_end(), question[token.end..].trim_start());
    let between = if before.is_empty() || after.is_empty() { "" } else { " " };
    let rest = format!("{before}{between}{after}");
    // The same condition may stand there twice.
    without(&rest, condition)
}

/// The conditions that every found event meets.
fn demanded(question: &str) -> impl Iterator<Item = Token<'_>> {
    let has_choice = outermost(question).any(|token| token.kind == Kind::Or);
    outermost(question).filter(move |token| !has_choice && matches!(token.kind, Kind::Term(..)))
}

/// What stands outside of brackets.
fn outermost(question: &str) -> impl Iterator<Item = Token<'_>> {
    let mut depth = 0_usize;
    tokens(question).into_iter().filter(move |token| match token.kind {
        Kind::Open => {
            depth += 1;
            false
        }
        Kind::Close => {
            depth = depth.saturating_sub(1);
            false
        }
        _ => depth == 0,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Filter, parse, term};
    use super::*;

    #[test]
    fn a_condition_is_put_behind_what_is_there() {
        let check = |question: &str, condition: &str, expected: &str| {
            assert_eq!(with(question, condition), expected);
            assert!(has(expected, condition), "{expected}");
        };
        check("", "severity:high", "severity:high");
        check("  failed ", "-host=\"a b\"", "failed -host=\"a b\"");
        check("a OR b", "level:error", "(a OR b) level:error");
        check("(a OR b) c", "level:error", "(a OR b) c level:error");
        check("\"not closed", "level:error", "\"not closed\" level:error");
        check("a level:error", "level:error", "a level:error");
    }

    #[test]
    fn what_says_the_opposite_goes() {
        assert_eq!(with("a host=\"x y\" b", "-host=\"x y\""), "a b -host=\"x y\"");
        assert_eq!(with("-host=\"x\"", "host=\"x\""), "host=\"x\"");
        assert_eq!(with("(host=\"x\")", "-host=\"x\""), "(host=\"x\") -host=\"x\"", "brackets are left as they are");
    }

    #[test]
    fn a_condition_is_taken_out_wherever_it_is_demanded() {
        let condition = "host=\"x y\"";
        assert_eq!(without("a host=\"x y\" b", condition), "a b");
        assert_eq!(without("host=\"x y\" host=\"x y\"", condition), "");
        assert_eq!(without("a OR host=\"x y\"", condition), "a OR host=\"x y\"");
        assert_eq!(without("-host=\"x y\"", condition), "-host=\"x y\"");
        assert!(!has("(host=\"x y\" OR b)", condition));
    }

    #[test]
    fn with_and_without_are_each_other_s_opposite_for_hostile_values() {
        for value in ["", "a\"b", "\"", "(", ")", "a b", "OR", "-x", "\\", "é:東", "\t\n"] {
            for sign in ["", "-"] {
                let condition = format!("{sign}{}", term("host", value));
                let question = with("failed login", &condition);
                assert!(has(&question, &condition), "{question}");
                let Ok(Filter::All(all)) = parse(&question) else { panic!("{question}") };
                assert_eq!(all.len(), 3, "{question}");
                assert_eq!(without(&question, &condition), "failed login");
            }
        }
    }
}
