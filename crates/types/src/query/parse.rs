//! Questions as people type them.
//!
//! `failed login` asks for both words, in any order; `"failed login"` for one behind the other; `fail*` for a
//! beginning; `-test` for none of it; `host:ws-014` for words in one field, `host="WS-014"` for that value letter for
//! letter; `a OR b`, with brackets where needed, for either. `severity`, `level`, `score`, `verdict`, `template` and `is` ask for what RADAR knows of an event. Whatever
//! else is typed or pasted is taken for words, so hardly anything is an error.

use std::iter::Peekable;
use std::str::CharIndices;

use thiserror::Error;

use super::{Field, Filter, State, Text, exact, words};
use crate::{Level, Severity, TemplateId, Verdict};

/// Longer ones are refused.
const QUESTION_BYTES_MAX: usize = 4096;

/// Where a question can't be read, and what would be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{expected}, not {found:?}")]
pub struct ParseError {
    /// In bytes, from the beginning of the question.
    pub at: usize,
    pub expected: String,
    pub found: String,
}

/// Reads a question; of nothing but spaces and punctuation it is every event.
pub fn parse(question: &str) -> Result<Filter, ParseError> {
    if question.len() > QUESTION_BYTES_MAX {
        let found = format!("{} bytes", question.len());
        return Err(ParseError { at: 0, expected: format!("a question has at most {QUESTION_BYTES_MAX} bytes"), found });
    }
    let tokens = tokens(question);
    let mut parser = Parser { tokens: &tokens, at: 0 };
    let filter = parser.either(0)?;
    match parser.tokens.get(parser.at) {
        Some(token) => Err(token.error("no bracket is open here")),
        None if !filter.is_small_enough() => {
            let expected = format!("a question has at most {} words and conditions", Filter::NODES_MAX);
            Err(ParseError { at: 0, expected, found: "more".into() })
        }
        None => Ok(filter),
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) at: usize,
    pub(super) end: usize,
    is_not: bool,
    pub(super) kind: Kind<'a>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'a> {
    Open,
    Close,
    Or,
    /// With what stood before its colon.
    Term(Option<&'a str>, &'a str),
}

impl ParseError {
    /// In characters of the question, counted from 1 as people count.
    pub fn character(&self, question: &str) -> usize {
        question.char_indices().take_while(|(at, _)| *at < self.at).count() + 1
    }
}

impl Token<'_> {
    /// As it stands in the question.
    pub(super) fn text<'a>(&self, question: &'a str) -> &'a str {
        &question[self.at..self.end]
    }

    fn error(&self, expected: impl Into<String>) -> ParseError {
        let found = match self.kind {
            Kind::Open => "(",
            Kind::Close => ")",
            Kind::Or => "OR",
            Kind::Term(_, text) => text,
        };
        ParseError { at: self.at, expected: expected.into(), found: found.chars().take(60).collect() }
    }
}

pub(super) fn tokens(question: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut characters = question.char_indices().peekable();
    while let Some(&(at, first)) = characters.peek() {
        if first.is_whitespace() {
            characters.next();
            continue;
        }
        let is_not = first == '-';
        if is_not {
            characters.next();
        }
        let start = at + usize::from(is_not);
        let kind = match characters.peek() {
            Some((_, '(')) => {
                characters.next();
                Kind::Open
            }
            Some((_, ')')) => {
                characters.next();
                Kind::Close
            }
            Some((_, character)) if !character.is_whitespace() => term(question, start, &mut characters),
            _ => continue,
        };
        let kind = if kind == Kind::Term(None, "OR") && !is_not { Kind::Or } else { kind };
        let end = characters.peek().map_or(question.len(), |(at, _)| *at);
        found.push(Token { at, end, is_not, kind });
    }
    found
}

/// Up to a space or a bracket outside of quotes.
fn term<'a>(question: &'a str, start: usize, characters: &mut Peekable<CharIndices<'_>>) -> Kind<'a> {
    let mut colon = None;
    let mut is_quoted = false;
    let mut end = question.len();
    // A bracket that was opened within a term is closed there: `main(void)`.
    let mut open = 0;
    while let Some(&(at, character)) = characters.peek() {
        match character {
            '"' => is_quoted = !is_quoted,
            ':' if colon.is_none() && !is_quoted => colon = Some(at),
            '(' if !is_quoted => open += 1,
            ')' if !is_quoted && open > 0 => open -= 1,
            _ if !is_quoted && (character.is_whitespace() || character == ')') => {
                end = at;
                break;
            }
            _ => {}
        }
        characters.next();
    }
    let whole = &question[start..end];
    let Some(colon) = colon else { return Kind::Term(None, whole) };
    let (name, value) = (&question[start..colon], &question[colon + 1..end]);
    // `http://…`, `C:\…`, `std::io`, `10:30` and `error:` are text.
    let is_value = !value.is_empty() && !value.starts_with(['/', '\\', ':']);
    if exact::is_plain(name) && is_value { Kind::Term(Some(name), value) } else { Kind::Term(None, whole) }
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
}

impl Parser<'_> {
    fn either(&mut self, depth: usize) -> Result<Filter, ParseError> {
        let mut choices = vec![self.all(depth)?];
        while self.tokens.get(self.at).is_some_and(|token| token.kind == Kind::Or) {
            self.at += 1;
            choices.push(self.all(depth)?);
        }
        // An OR with nothing on one side is no choice.
        if choices.len() > 1 {
            choices.retain(|choice| *choice != Filter::everything());
        }
        Ok(if choices.len() > 1 { Filter::Any(choices) } else { choices.pop().unwrap_or_else(Filter::everything) })
    }

    fn all(&mut self, depth: usize) -> Result<Filter, ParseError> {
        let mut all = Vec::new();
        while let Some(token) = self.tokens.get(self.at) {
            let filter = match &token.kind {
                Kind::Or | Kind::Close => break,
                Kind::Open => {
                    if depth + 2 >= Filter::DEPTH_MAX / 2 {
                        return Err(token.error("brackets are not nested that deep"));
                    }
                    self.at += 1;
                    let inner = self.either(depth + 1)?;
                    match self.tokens.get(self.at) {
                        Some(Token { kind: Kind::Close, .. }) => Some(inner),
                        _ => return Err(token.error("this bracket is closed somewhere")),
                    }
                }
                Kind::Term(None, text) => match exact::parts(text) {
                    Some((name, value)) if name.eq_ignore_ascii_case("severity") => field_filter(token, name, &value)?,
                    Some((name, value)) => Some(exact::filter(name, value)),
                    None => text_filter(None, text),
                },
                Kind::Term(Some(name), value) => field_filter(token, name, value)?,
            };
            self.at += 1;
            if let Some(filter) = filter {
                all.push(if token.is_not { Filter::Not(Box::new(filter)) } else { filter });
            }
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::All(all) })
    }
}

/// Nothing of punctuation alone.
fn text_filter(field: Option<&str>, text: &str) -> Option<Filter> {
    let is_prefix = text.ends_with('*');
    let words: Vec<String> = words(text).collect();
    (!words.is_empty()).then(|| Filter::Text(Text { field: field.map(str::to_owned), words, is_prefix }))
}

fn field_filter(token: &Token<'_>, name: &str, value: &str) -> Result<Option<Filter>, ParseError> {
    let value = value.trim_matches('"');
    let one_of = |names: &[&str]| token.error(format!("{name} is one of {}", names.join(", ")));
    Ok(Some(match name.to_ascii_lowercase().as_str() {
        "severity" => {
            let names = Severity::ALL.map(Severity::name);
            let at = choices(value, &names).ok_or_else(|| one_of(&names))?;
            Filter::Severity(at.into_iter().map(|at| Severity::ALL[at]).collect())
        }
        "level" => match choices(value, &Level::ALL.map(Level::name)) {
            Some(at) => Filter::Level(at.into_iter().map(|at| Level::ALL[at]).collect()),
            // As the log's writer put it.
            None => return Ok(text_filter(Some(name), value)),
        },
        "verdict" if value.eq_ignore_ascii_case("none") => Filter::Not(Box::new(Filter::Verdict(Verdict::ALL.to_vec()))),
        "verdict" => {
            let names = Verdict::ALL.map(Verdict::name);
            let at = choices(value, &names).ok_or_else(|| one_of(&["expected", "suspicious", "none"]))?;
            Filter::Verdict(at.into_iter().map(|at| Verdict::ALL[at]).collect())
        }
        "is" => {
            let names = ["unscored", "failed", "scored"];
            let at = choices(value, &names).ok_or_else(|| one_of(&names))?;
            Filter::State(at.into_iter().map(|at| [State::NotScored, State::Failed, State::Scored][at]).collect())
        }
        "score" => {
            score(value).ok_or_else(|| token.error("a score is a number from 0 to 1, as in score:>0.9 or score:0.5..0.7"))?
        }
        "template" => {
            let template: TemplateId =
                value.to_ascii_lowercase().parse().map_err(|_| token.error("a template is 16 hexadecimal digits"))?;
            Filter::Is(Field::Template, template.to_string())
        }
        _ => return Ok(text_filter(Some(name), value)),
    }))
}

/// `high`, `high,critical` and `>=high`, as places among the names, which rise.
fn choices(value: &str, names: &[&str]) -> Option<Vec<usize>> {
    let place = |name: &str| names.iter().position(|known| known.eq_ignore_ascii_case(name));
    let all = || 0..names.len();
    type Holds = fn(usize, usize) -> bool;
    let bounds: [(&str, Holds); 4] = [
        (">=", |at, bound| at >= bound),
        ("<=", |at, bound| at <= bound),
        (">", |at, bound| at > bound),
        ("<", |at, bound| at < bound),
    ];
    for (sign, holds) in bounds {
        if let Some(name) = value.strip_prefix(sign) {
            let bound = place(name)?;
            return Some(all().filter(|at| holds(*at, bound)).collect());
        }
    }
    value.split(',').map(place).collect()
}

fn score(value: &str) -> Option<Filter> {
    let number = |text: &str| text.parse::<f32>().ok().filter(|number| number.is_finite());
    let (from, to) = if let Some((from, to)) = value.split_once("..") {
        (number(from)?, number(to)?)
    } else if let Some(from) = value.strip_prefix(">=") {
        (number(from)?, f32::MAX)
    } else if let Some(from) = value.strip_prefix('>') {
        (number(from)?.next_up(), f32::MAX)
    } else if let Some(to) = value.strip_prefix("<=") {
        (f32::MIN, number(to)?)
    } else if let Some(to) = value.strip_prefix('<') {
        (f32::MIN, number(to)?.next_down())
    } else {
        (number(value)?, number(value)?)
    };
    Some(Filter::Score(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &[&str]) -> Filter {
        Filter::Text(Text { field: None, words: words.iter().map(|word| (*word).to_owned()).collect(), is_prefix: false })
    }

    fn within(field: &str, words: &[&str], is_prefix: bool) -> Filter {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Filter::Text(Text { field: Some(field.into()), words, is_prefix })
    }

    fn not(filter: Filter) -> Filter {
        Filter::Not(Box::new(filter))
    }

    fn check(question: &str, expected: Filter) {
        assert_eq!(parse(question), Ok(expected), "{question}");
    }

    #[test]
    fn words_are_all_asked_for() {
        check("", Filter::everything());
        check(" - \t -- ! ", Filter::everything());
        check("Failed", text(&["failed"]));
        check("failed login", Filter::All(vec![text(&["failed"]), text(&["login"])]));
        check("\"failed login\"", text(&["failed", "login"]));
        check("\"not closed", text(&["not", "closed"]));
        check("fail*", Filter::Text(Text { field: None, words: vec!["fail".into()], is_prefix: true }));
        check("-test", not(text(&["test"])));
        check("-\"a b\" c", Filter::All(vec![not(text(&["a", "b"])), text(&["c"])]));
    }

    #[test]
    fn pasted_text_is_text() {
        check("10.0.0.1:443", text(&["10", "0", "0", "1", "443"]));
        check("http://a.b/c", text(&["http", "a", "b", "c"]));
        check(r"C:\Windows", text(&["c", "windows"]));
        check("std::io", text(&["std", "io"]));
        check("error: main(void)", Filter::All(vec![text(&["error"]), text(&["main", "void"])]));
        check("ws-014", text(&["ws", "014"]));
        check("or", text(&["or"]));
    }

    #[test]
    fn fields_are_looked_into() {
        check("host:WS-014", within("host", &["ws", "014"], false));
        check("LogonType:3", within("LogonType", &["3"], false));
        check("user:\"Ann Other\"", within("user", &["ann", "other"], false));
        check("-user:sys*", not(within("user", &["sys"], true)));
        check("level:verbose", within("level", &["verbose"], false));
        check("@timestamp:2026", within("@timestamp", &["2026"], false));
    }

    #[test]
    fn what_radar_knows_is_asked_for_by_name() {
        check("severity:high", Filter::Severity(vec![Severity::High]));
        check("Severity:>=HIGH", Filter::Severity(vec![Severity::High, Severity::Critical]));
        check("severity:low,critical", Filter::Severity(vec![Severity::Low, Severity::Critical]));
        check("level:>warning", Filter::Level(vec![Level::Error, Level::Critical]));
        check("is:unscored", Filter::State(vec![State::NotScored]));
        check("verdict:suspicious", Filter::Verdict(vec![Verdict::Suspicious]));
        check("verdict:none", not(Filter::Verdict(Verdict::ALL.to_vec())));
        check("score:0.5..0.7", Filter::Score(0.5, 0.7));
        check("score:>=.9", Filter::Score(0.9, f32::MAX));
        check("score:<0.5", Filter::Score(f32::MIN, 0.5_f32.next_down()));
        check("template:00000000000000FF", Filter::Is(Field::Template, "00000000000000ff".into()));
    }

    #[test]
    fn brackets_and_or_make_choices() {
        let [a, b, c] = ["a", "b", "c"].map(|word| text(&[word]));
        check("a OR b c", Filter::Any(vec![a.clone(), Filter::All(vec![b.clone(), c.clone()])]));
        check("(a OR b) c", Filter::All(vec![Filter::Any(vec![a.clone(), b.clone()]), c.clone()]));
        check("-(a b)", not(Filter::All(vec![a.clone(), b])));
        check("a OR", a.clone());
        check("OR a", a);
        check("()", Filter::everything());
    }

    #[test]
    fn what_cannot_be_read_says_where_and_what_would_be() {
        let error = |question: &str| parse(question).unwrap_err();
        assert_eq!(error("a severity:loud").to_string(), "severity is one of safe, low, medium, high, critical, not \"loud\"");
        assert_eq!(error("a severity:loud").at, 2);
        assert_eq!(error("a (b").at, 2);
        assert_eq!(error("a)").at, 1);
        assert_eq!(error("é severity:loud").character("é severity:loud"), 3);
        assert_eq!(error("score:much").at, 0);
        assert_eq!(error("template:1").at, 0);
        error(&"(".repeat(100));
        error(&"a ".repeat(300));
        error(&"a".repeat(5000));
    }

    #[test]
    fn any_text_can_be_asked() {
        let pieces = ["a", "\"", ":", "(", ")", "-", "OR", " ", "*", "é", "severity:", "score:", "\0", ">", "..", "host"];
        let mut seed = 1_u64;
        for _ in 0..20_000 {
            let mut question = String::new();
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                question.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
            }
            if let Ok(filter) = parse(&question) {
                assert!(filter.is_small_enough(), "{question}");
            }
        }
    }
}
