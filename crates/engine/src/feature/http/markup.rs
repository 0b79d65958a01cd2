//! Injected markup, script and template expressions.

use super::lex::{NUMBER, Token, WORD};
use super::rule::{Findings, Rule};
use super::words::{ACTIVE_TAG, CODE_CALL, DOCUMENT_OPERATOR, INNARDS, SCRIPT_CALL, SCRIPT_OBJECT, SCRIPT_SCHEME, TAG};

pub(super) fn find(value: &[u8], tokens: &[Token], findings: &mut Findings) {
    let kind = |at: usize| tokens.get(at).map_or(0, |token| token.kind);
    let joined = |at: usize| tokens.get(at).filter(|token| !token.is_spaced).map_or(0, |token| token.kind);
    let text = |at: usize| tokens.get(at).map_or(&b""[..], |token| token.text(value));
    for (at, token) in tokens.iter().enumerate() {
        let mut add =
            |rule| findings.add(rule, token.start, tokens.get(at + 8).or(tokens.last()).map_or(token.end, |last| last.end));
        match token.kind {
            b'<' => {
                if let Some(rule) = tag(value, tokens, at) {
                    add(rule);
                }
            }
            b'\'' | b'"' => {
                if kind(at + 1) == b'>' || (kind(at + 1) == b'/' && kind(at + 2) == b'>') {
                    add(Rule::QuoteThenTag);
                }
                if kind(at + 1) == b';' && text(at + 2) != b""
                    || (kind(at + 1) == b')' && kind(at + 2) == b';' && kind(at + 3) != 0)
                {
                    add(Rule::ScriptTail);
                }
            }
            b';' if joined(at + 1) == b'/' && joined(at + 2) == b'/' => add(Rule::ScriptTail),
            b'&' if joined(at + 1) == b'{' => add(Rule::AttributePlant),
            b'$' => match joined(at + 1) {
                b'{' if is_lookup(value, tokens, at + 2) => add(Rule::Lookup),
                b'{' => add(Rule::DollarExpression),
                WORD if tokens[at + 1].plays(DOCUMENT_OPERATOR) && at > 0 && matches!(kind(at - 1), b'[' | b'\'' | b'"' | b'{') => {
                    add(Rule::DocumentOperator);
                }
                _ => {}
            },
            b'{' if joined(at + 1) == b'{'
                || joined(at + 1) == b'%'
                || (at > 0 && !token.is_spaced && matches!(kind(at - 1), b'#' | b'*' | b'@' | b'~')) =>
            {
                add(Rule::BraceExpression);
            }
            b'*' if at > 0
                && kind(at - 1) == NUMBER
                && kind(at + 1) == NUMBER
                && matches!(kind(at + 2), b'}' | b')' | b']' | b'%') =>
            {
                add(Rule::TemplateArithmetic);
            }
            WORD => word(value, tokens, at, &mut add),
            _ => {}
        }
    }
    if find_bytes(value, b"+adw-") || find_bytes(value, b" adw-") {
        findings.add(Rule::SevenBitMarkup, 0, value.len() as u32);
    }
}

fn find_bytes(value: &[u8], wanted: &[u8]) -> bool {
    value.windows(wanted.len()).any(|window| window == wanted)
}

fn tag(value: &[u8], tokens: &[Token], at: usize) -> Option<Rule> {
    let next = tokens.get(at + 1)?;
    let behind = tokens.get(at + 2);
    match next.kind {
        b'!' => {
            let word = behind.map_or(&b""[..], |token| token.text(value));
            Some(match word {
                b"entity" | b"doctype" => Rule::XmlEntity,
                b"-" if tokens.get(at + 4).is_some_and(|token| token.kind == b'#') => Rule::ServerInclude,
                b"-" | b"[" => Rule::MarkupComment,
                _ => return None,
            })
        }
        b'?' => match behind.map(|token| token.text(value)) {
            Some(b"xml") => Some(Rule::XmlDeclaration),
            Some(b"php" | b"=") => Some(Rule::ServerTag),
            _ => None,
        },
        b'%' => Some(Rule::ServerTag),
        _ => {
            // `< b` compares, `<b` is an element; browsers take `</ b` and `<\x00b` for one too.
            let is_closing = next.kind == b'/' || next.kind < b' ';
            let name = if is_closing { behind? } else { next };
            if name.kind != WORD || name.is_spaced && !name.plays(ACTIVE_TAG) {
                return None;
            }
            Some(match name.parts {
                parts if parts & ACTIVE_TAG != 0 => Rule::ActiveTag,
                parts if parts & TAG != 0 => Rule::Tag,
                _ => Rule::UnknownTag,
            })
        }
    }
}

/// Log4j's lookups: `jndi:` itself, or a name that is put together from others.
fn is_lookup(value: &[u8], tokens: &[Token], at: usize) -> bool {
    let behind = &tokens[at.min(tokens.len())..(at + 40).min(tokens.len())];
    let is_lookup_word = |token: &Token| {
        matches!(
            token.text(value),
            b"jndi"
                | b"lower"
                | b"upper"
                | b"env"
                | b"sys"
                | b"java"
                | b"date"
                | b"ctx"
                | b"main"
                | b"base64"
                | b"script"
                | b"url"
                | b"dns"
                | b"k8s"
                | b"bundle"
        )
    };
    match behind {
        [name, colon, ..] if is_lookup_word(name) && colon.kind == b':' => true,
        [first, second, ..] => first.kind == b':' && second.kind == b':' || first.kind == b'$' && second.kind == b'{',
        _ => false,
    }
}

fn word(value: &[u8], tokens: &[Token], at: usize, add: &mut impl FnMut(Rule)) {
    let token = &tokens[at];
    let name = token.text(value);
    let kind = |at: usize| tokens.get(at).map_or(0, |token| token.kind);
    let is_behind_break = at == 0 || token.is_spaced || matches!(kind(at - 1), b'/' | b'\'' | b'"' | b';' | b'<' | b'`' | 1..=0x1f);
    if name.len() >= 5
        && name.starts_with(b"on")
        && name.iter().all(u8::is_ascii_alphabetic)
        && kind(at + 1) == b'='
        && is_behind_break
    {
        add(Rule::EventHandler);
    }
    if name == b"style" && kind(at + 1) == b'=' && matches!(kind(at + 2), b'\'' | b'"') {
        add(Rule::AttributePlant);
    }
    if name == b"data"
        && kind(at + 1) == b':'
        && matches!(tokens.get(at + 2).map(|token| token.text(value)), Some(b"text" | b"image" | b"application"))
    {
        add(Rule::DataScheme);
    }
    if (name == b"expression" || name == b"url")
        && kind(at + 1) == b'('
        && tokens[at..].iter().take(8).any(|token| token.plays(SCRIPT_CALL | SCRIPT_SCHEME))
    {
        add(Rule::StyleScript);
    }
    let is_package = match name {
        b"java" | b"javax" => true,
        b"org" | b"com" => matches!(
            tokens.get(at + 2).map(|token| token.text(value)),
            Some(b"apache" | b"omg" | b"codehaus" | b"springframework" | b"hibernate" | b"sun" | b"opensymphony")
        ),
        _ => false,
    };
    if is_package && kind(at + 1) == b'.' && kind(at + 2) == WORD && kind(at + 3) == b'.' && kind(at + 4) == WORD {
        add(Rule::Innards);
    }
    if token.parts == 0 {
        return;
    }
    if token.plays(SCRIPT_SCHEME) && kind(at + 1) == b':' {
        add(Rule::ScriptScheme);
    }
    let is_called = matches!(kind(at + 1), b'(' | b'`') || kind(at + 1) == b'/' && kind(at + 2) == b'(';
    if token.plays(SCRIPT_CALL) && (is_called || name == b"fromcharcode" || kind(at + 1) == b'[' || kind(at + 1) == b'\\') {
        let is_everyday = matches!(name, b"open" | b"write" | b"function" | b"fetch" | b"confirm" | b"throw");
        if !is_everyday || !tokens.get(at + 1).is_some_and(|next| next.is_spaced) {
            add(Rule::ScriptCall);
        }
    }
    let is_dotted = kind(at + 1) == b'.'
        && !tokens[at + 1].is_spaced
        && tokens.get(at + 2).is_some_and(|next| next.kind == WORD && !next.is_spaced);
    if token.plays(SCRIPT_OBJECT)
        && (is_dotted && tokens[at + 2].plays(SCRIPT_OBJECT | SCRIPT_CALL) || kind(at + 1) == b'[' && name != b"string")
    {
        add(Rule::ScriptObject);
    }
    if token.plays(INNARDS) {
        let is_proof = name.starts_with(b"_") || name.len() > 9;
        let is_variable = at > 0 && matches!(kind(at - 1), b'$' | b'#' | b'@' | b'[' | b'.');
        if is_proof && (name.starts_with(b"__") || is_variable || kind(at + 1) == b'.' || kind(at + 1) == b'=') {
            add(Rule::Innards);
        } else if is_dotted && tokens[at + 2].plays(INNARDS | CODE_CALL) {
            add(Rule::InnardsDotted);
        }
    }
}
