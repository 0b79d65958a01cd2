//! Conditions that ask for one value, letter for letter: `host="WS 014"`.
//!
//! They are what facets and details of an event put into a question, so any value that an event can have has such a
//! condition, which finds that value and no other. A quote in it is written twice; nothing else means anything between
//! quotes, so that paths stay readable. A name in quotes is always one of the event's own fields, also where it is like one
//! of ours: `"Host"="x"`.

use std::borrow::Cow;

use super::{Field, Filter};

/// The condition that finds exactly the events with this value. `name` is as [`Field::name`] and facets have it.
pub fn term(name: &str, value: &str) -> String {
    let is_choice = ["severity", "level", "verdict", "template"].contains(&name);
    if is_choice && !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return format!("{name}:{value}");
    }
    format!("{name}={}", quoted(value))
}

impl Field {
    /// As a question names it.
    pub fn name(&self) -> Cow<'_, str> {
        let known = match self {
            Self::Named(name) if is_plain(name) && Self::known(name).is_none() && !is_word_of_questions(name) => name,
            Self::Named(name) => return quoted(name).into(),
            Self::Host => "host",
            Self::Source => "source",
            Self::User => "user",
            Self::Address => "address",
            Self::Channel => "channel",
            Self::Os => "os",
            Self::Collector => "collector",
            Self::Level => "level",
            Self::Template => "template",
            Self::Verdict => "verdict",
        };
        known.into()
    }

    /// The one that a question names so. Whatever is none of ours is one of the event's own.
    pub fn from_name(name: &str) -> Self {
        match unquoted(name) {
            Some((own, "")) => Self::Named(own),
            _ => Self::known(name).unwrap_or_else(|| Self::Named(name.to_owned())),
        }
    }

    fn known(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "host" => Self::Host,
            "source" => Self::Source,
            "user" => Self::User,
            "address" => Self::Address,
            "channel" => Self::Channel,
            "os" => Self::Os,
            "collector" => Self::Collector,
            "level" => Self::Level,
            "template" => Self::Template,
            "verdict" => Self::Verdict,
            _ => return None,
        })
    }
}

/// What stands on both sides of the sign: the name as it is written, and the value.
pub(super) fn parts(term: &str) -> Option<(&str, String)> {
    let name_end = match unquoted(term) {
        Some((_, rest)) => term.len() - rest.len(),
        None => term.find('=')?,
    };
    let (name, rest) = term.split_at(name_end);
    let (value, rest) = unquoted(rest.strip_prefix('=')?)?;
    let is_name = name.starts_with('"') || is_plain(name);
    (is_name && rest.is_empty()).then_some((name, value))
}

pub(super) fn filter(name: &str, value: String) -> Filter {
    Filter::Is(Field::from_name(name), value)
}

/// Whether it can stand before a colon or a sign as it is.
pub(super) fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || matches!(first, '_' | '@'))
        && name.chars().all(|character| character.is_alphanumeric() || matches!(character, '_' | '@' | '.' | '-'))
}

/// These are asked for by name and are no fields.
fn is_word_of_questions(name: &str) -> bool {
    ["severity", "score", "is"].iter().any(|word| word.eq_ignore_ascii_case(name))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The text in quotes at the beginning, and what comes after it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut found = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        found.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                found.push('"');
                rest = after;
            }
            None => return Some((found, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Candidate, parse};
    use super::*;
    use crate::{Level, Severity, TemplateId, Verdict};

    fn check(question: &str, field: Field, value: &str) {
        assert_eq!(parse(question), Ok(Filter::Is(field, value.to_owned())), "{question}");
    }

    #[test]
    fn a_sign_and_quotes_ask_for_exactly_that() {
        check("host=\"WS 014\"", Field::Host, "WS 014");
        check("USER=\"\"", Field::User, "");
        check(r#"user="CORP\ann""#, Field::User, r"CORP\ann");
        check("address=\"10.0.0.1:443\"", Field::Address, "10.0.0.1:443");
        check("LogonType=\"3\"", Field::Named("LogonType".into()), "3");
        check("source=\"say \"\"hi\"\" (twice) OR -not\"", Field::Source, "say \"hi\" (twice) OR -not");
        check("\"Host\"=\"a\"", Field::Named("Host".into()), "a");
        check("\"user agent\"=\"x\"", Field::Named("user agent".into()), "x");
    }

    #[test]
    fn exact_conditions_stand_among_others() {
        let is = |value: &str| Filter::Is(Field::Host, value.to_owned());
        assert_eq!(parse("-host=\"a b\""), Ok(Filter::Not(Box::new(is("a b")))));
        assert_eq!(parse("(host=\"a)\" OR host=\"b\")"), Ok(Filter::Any(vec![is("a)"), is("b")])));
        assert_eq!(parse("severity=\"high\""), Ok(Filter::Severity(vec![Severity::High])));
    }

    #[test]
    fn what_is_no_exact_condition_is_text_as_before() {
        for question in ["user_id=7", "a=b", "host=\"open", "host=\"a\"b", "=\"a\"", "a b=\"", "1=\"a\""] {
            let has_exact = |filter: &Filter| matches!(filter, Filter::Is(..));
            match parse(question).unwrap() {
                Filter::All(all) => assert!(!all.iter().any(has_exact), "{question}"),
                one => assert!(!has_exact(&one), "{question}"),
            }
        }
    }

    /// Pieces of which hostile names and values are made.
    const PIECES: [&str; 22] = [
        "a",
        "\"",
        "\"\"",
        "\\",
        "\\\"",
        " ",
        "\t",
        "\n",
        "=",
        ":",
        "(",
        ")",
        "-",
        "OR",
        "*",
        "é",
        "東",
        "\u{202e}",
        "\0",
        "host",
        "severity:",
        "$gt",
    ];

    fn hostile(seed: &mut u64) -> String {
        let mut next = |bound: usize| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*seed >> 33) as usize % bound
        };
        (0..next(8)).map(|_| PIECES[next(PIECES.len())]).collect()
    }

    #[test]
    fn any_value_of_any_field_has_a_condition_that_finds_it_alone() {
        let known = [
            Field::Host,
            Field::Source,
            Field::User,
            Field::Address,
            Field::Channel,
            Field::Os,
            Field::Collector,
            Field::Named("Host".into()),
            Field::Named("severity".into()),
            Field::Named("IS".into()),
            Field::Named(String::new()),
        ];
        let mut seed = 1;
        for round in 0..50_000 {
            let value = hostile(&mut seed);
            let field = known.get(round % 16).cloned().unwrap_or_else(|| Field::Named(hostile(&mut seed)));
            let question = term(&field.name(), &value);
            assert_eq!(Field::from_name(&field.name()), field, "{field:?}");
            let is = Filter::Is(field, value);
            assert_eq!(parse(&question), Ok(is.clone()), "{question:?}");
            let within = format!("a (-{question} OR b)");
            let not = Filter::Not(Box::new(is));
            let Ok(Filter::All(all)) = parse(&within) else { panic!("{within:?}") };
            assert!(matches!(&all[1], Filter::Any(choices) if choices[0] == not), "{within:?}");
        }
    }

    #[test]
    fn what_has_few_values_is_asked_for_as_people_write_it() {
        assert_eq!(term("severity", "high"), "severity:high");
        assert_eq!(term("level", "error"), "level:error");
        assert_eq!(parse(&term("level", "error")), Ok(Filter::Level(vec![Level::Error])));
        assert_eq!(parse(&term("verdict", "expected")), Ok(Filter::Verdict(vec![Verdict::Expected])));
        let template = "00000000000000ff".parse::<TemplateId>().unwrap().to_string();
        assert_eq!(parse(&term("template", &template)), Ok(Filter::Is(Field::Template, template)));
        assert_eq!(term("host", "high"), "host=\"high\"");
    }

    #[test]
    fn every_value_of_an_event_is_found_by_its_own_condition() {
        let event = serde_json::json!({"timestamp": "2026-03-02T12:00:00Z", "hostname": "a \"b\"", "source": "s\\", "os_type": "",
            "level": "WARN", "message": "m", "collector": "c:d", "fields": {"Host": "other", "x y": "(z"}});
        let event: crate::Event = serde_json::from_value(event).unwrap();
        let id = event.id(0);
        let scored = crate::Scored { id, event, score: crate::ScoreState::NotScored, reasons: Vec::new(), template: None };
        let candidate = Candidate { scored: &scored, verdict: None };
        let named = ["Host", "x y"].map(|name| Field::Named(name.into()));
        for field in [Field::Host, Field::Source, Field::Os, Field::Level, Field::Collector].into_iter().chain(named) {
            let value = candidate.value(&field).unwrap();
            let filter = parse(&term(&field.name(), &value)).unwrap();
            assert!(filter.matches(candidate, &crate::Scale::ensemble()), "{field:?}");
        }
    }
}
