//! Injected commands and program code, and filters of directories and documents.

use super::lex::{NUMBER, Token, WORD};
use super::rule::{Findings, Rule};
use super::words::{CODE_CALL, COMMAND, DIRECTORY_ATTRIBUTE, ROOT_DIRECTORY};

/// Programs whose names people write in sentences.
const EVERYDAY: [&[u8]; 52] = [
    b"more", b"less", b"find", b"last", b"who", b"type", b"host", b"set", b"date", b"make", b"sort", b"cut", b"top", b"start",
    b"move", b"copy", b"mail", b"ip", b"w", b"which", b"source", b"service", b"users", b"history", b"net", b"route", b"echo",
    b"dig", b"export", b"strings", b"head", b"tail", b"time", b"timeout", b"sc", b"reg", b"su", b"tr", b"ps", b"node", b"cat",
    b"command", b"mount", b"locate", b"kill", b"touch", b"dash", b"del", b"su", b"od", b"df", b"du",
];

pub(super) fn find(value: &[u8], tokens: &[Token], findings: &mut Findings) {
    let kind = |at: usize| tokens.get(at).map_or(0, |token| token.kind);
    let mut backticks = 0;
    for (at, token) in tokens.iter().enumerate() {
        let mut add =
            |rule| findings.add(rule, token.start, tokens.get(at + 8).or(tokens.last()).map_or(token.end, |last| last.end));
        match token.kind {
            b';' | b'|' | b'&' | b'\n' => {
                if let Some(is_everyday) = command_behind(value, tokens, at) {
                    add(if is_everyday { Rule::CommandSeparatedEveryday } else { Rule::CommandSeparated });
                }
                if token.kind != b'\n' && at == 0 && tokens.len() > 1 {
                    add(Rule::SeparatorLeading);
                }
                if matches!(token.kind, b'|' | b'&') && at > 0 && at + 1 == tokens.len() {
                    add(Rule::SeparatorTrailing);
                }
                if token.kind == b'&' && at == 0 && token.start == 0 && kind(1) == b'&' {
                    add(Rule::SeparatorTrailing);
                }
            }
            b'`' => {
                backticks += 1;
                if backticks == 2 {
                    add(Rule::Backticks);
                }
            }
            b'$' if kind(at + 1) == b'(' && !tokens[at + 1].is_spaced => add(Rule::CommandSubstituted),
            b'$' if tokens.get(at + 1).is_some_and(|next| next.text(value) == b"ifs") => add(Rule::CommandSubstituted),
            b'<' | b'>' if kind(at + 1) == b'(' => add(Rule::CommandSubstituted),
            b'{' if at >= 2 && kind(at - 1) == b')' && kind(at - 2) == b'(' && (at == 2 || kind(at + 1) == b':') => {
                add(Rule::FunctionDefinition)
            }
            b'>' | b'<' => {
                let is_descriptor = kind(at + 1) == b'&' && kind(at + 2) == NUMBER;
                let is_path = kind(at + 1) == b'/'
                    && tokens.get(at + 2).is_some_and(|next| next.plays(ROOT_DIRECTORY) && kind(at + 3) == b'/');
                if is_descriptor || is_path {
                    add(Rule::Redirection);
                }
            }
            b'*' if kind(at + 1) == b')' && (kind(at + 2) == b'(' || kind(at + 2) == b'%') => add(Rule::FilterBreak),
            b'*' if at > 0 && kind(at + 1) == b'|' && matches!(kind(at - 1), b'(' | b'=') => add(Rule::FilterTail),
            b')' if kind(at + 1) == b'(' && matches!(kind(at + 2), b'|' | b'&' | b'!') => add(Rule::FilterBreak),
            b'(' if matches!(kind(at + 1), b'|' | b'&' | b'!') && kind(at + 2) == b'(' => add(Rule::FilterBreak),
            b'(' if tokens.get(at + 1).is_some_and(|next| next.plays(DIRECTORY_ATTRIBUTE))
                && matches!(kind(at + 2), b'=' | b'~' | b'>') =>
            {
                add(Rule::FilterAttribute);
            }
            b'/' if kind(at + 1) == b'/' && kind(at + 2) == b'*' && at + 3 == tokens.len() => add(Rule::NodeTest),
            b'?' if kind(at + 1) == b'?' && at > 0 && matches!(kind(at - 1), b'/' | b'?') => add(Rule::WildcardPath),
            WORD => word(value, tokens, at, &mut add),
            _ => {}
        }
    }
}

/// A command behind a separator, perhaps with its path; whether its name is also an everyday word.
fn command_behind(value: &[u8], tokens: &[Token], separator: usize) -> Option<bool> {
    let mut at = separator + 1;
    while tokens.get(at).is_some_and(|token| {
        matches!(token.kind, b';' | b'|' | b'&' | b'\n' | b'(' | b'{' | b'\'' | b'"' | b'`' | b'$' | b'+' | b'@' | b'\\')
    }) {
        at += 1;
    }
    let mut has_path = false;
    while tokens.get(at).is_some_and(|token| token.kind == b'/' || token.plays(ROOT_DIRECTORY) || token.kind == b'.') {
        has_path = true;
        at += 1;
    }
    let command = tokens.get(at)?;
    if !command.plays(COMMAND) {
        return None;
    }
    let name = command.text(value);
    let next = tokens.get(at + 1);
    // A parameter, not a command: `&id=7`, or an entity, `&sort;`.
    if next.is_some_and(|next| matches!(next.kind, b'=' | b':')) {
        return None;
    }
    let goes_on = next.is_none_or(|next| {
        matches!(next.kind, b';' | b'|' | b'&' | b'-' | b'/' | b'>' | b'\'' | b'"' | b'`' | b'$' | b'.' | b'+' | b')' | b'#')
    });
    let is_everyday = EVERYDAY.contains(&name) && !has_path && !(goes_on && name.len() > 1);
    Some(is_everyday)
}

fn word(value: &[u8], tokens: &[Token], at: usize, add: &mut impl FnMut(Rule)) {
    let token = &tokens[at];
    let name = token.text(value);
    let kind = |at: usize| tokens.get(at).map_or(0, |token| token.kind);
    if matches!(name, b"ancestor" | b"child" | b"descendant" | b"parent" | b"following" | b"preceding" | b"attribute" | b"self")
        && kind(at + 1) == b':'
        && kind(at + 2) == b':'
    {
        add(Rule::Axis);
    }
    if matches!(name, b"text" | b"node" | b"comment" | b"position" | b"last") && kind(at + 1) == b'(' && kind(at + 2) == b')' {
        add(Rule::NodeTest);
    }
    if name == b"count" && kind(at + 1) == b'(' && matches!(kind(at + 2), b'/')
        || name == b"length" && at >= 2 && kind(at - 1) == b'-' && kind(at + 1) == b'('
    {
        add(Rule::XPathCall);
    }
    if token.parts == 0 {
        return;
    }
    if token.plays(CODE_CALL) && kind(at + 1) == b'(' && !tokens[at + 1].is_spaced {
        let is_everyday = matches!(
            name,
            b"open" | b"print" | b"include" | b"md5" | b"die" | b"require" | b"chr" | b"spawn" | b"assert" | b"runtime"
        );
        add(if is_everyday { Rule::CodeCallEveryday } else { Rule::CodeCall });
    }
    // `(system)('id')` and `"system"(id)` call it too.
    let is_wrapped =
        at > 0 && matches!(kind(at - 1), b'(' | b'[' | b'"' | b'\'') && matches!(kind(at + 1), b')' | b']' | b'"' | b'\'');
    if token.plays(CODE_CALL) && is_wrapped && tokens[at + 1..].iter().take(6).any(|token| token.kind == b'(') {
        add(Rule::CodeCallWrapped);
    }
    if token.plays(COMMAND) {
        command(value, tokens, at, add);
    }
}

fn command(value: &[u8], tokens: &[Token], at: usize, add: &mut impl FnMut(Rule)) {
    let name = tokens[at].text(value);
    let token = |at: usize| tokens.get(at);
    let kind = |at: usize| token(at).map_or(0, |token| token.kind);
    let is_in_bin = at >= 2 && kind(at - 1) == b'/' && matches!(tokens[at - 2].text(value), b"bin" | b"sbin");
    if is_in_bin {
        add(Rule::CommandPath);
    }
    let is_program = kind(at + 1) == b'.' && token(at + 2).is_some_and(|next| next.text(value) == b"exe");
    let is_windows_option = kind(at + 1) == b'/'
        && token(at + 1).is_some_and(|next| next.is_spaced)
        && matches!(token(at + 2).map(|next| next.text(value)), Some(b"c" | b"k" | b"r"));
    if is_program || name == b"cmd" && is_windows_option || name == b"powershell" && kind(at + 1) == b'-' {
        add(Rule::WindowsShell);
    }
    let argument = at + 1;
    let is_apart = token(argument).is_some_and(|next| next.is_spaced);
    let is_option = kind(argument) == b'-'
        && token(argument + 1).is_some_and(|next| next.kind == WORD && !next.is_spaced && next.end - next.start <= 6);
    let is_path = kind(argument) == b'/' && token(argument + 1).is_some_and(|next| next.plays(ROOT_DIRECTORY));
    let is_drive =
        kind(argument) == WORD && token(argument).is_some_and(|next| next.end - next.start == 1) && kind(argument + 1) == b':';
    let is_at_start = at == 0 || !matches!(kind(at - 1), WORD | NUMBER | b',');
    if is_apart && is_at_start && (is_option || is_path || is_drive) {
        add(Rule::CommandWithArguments);
    }
}
