//! Rust source as tokens, without its comments and literals.

use super::Finding;

const LINES_MAX: usize = 600;

pub(super) struct Source {
    pub(super) name: String,
    pub(super) tokens: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) text: String,
}

impl Source {
    pub(super) fn new(name: impl Into<String>, text: &str) -> Self {
        Self { name: name.into(), tokens: tokens(&without_comments_and_literals(text)) }
    }

    /// The text of a token, or nothing beyond either end.
    pub(super) fn text(&self, index: Option<usize>) -> &str {
        index.and_then(|index| self.tokens.get(index)).map_or("", |token| &token.text)
    }

    pub(super) fn finding(&self, index: usize, text: impl Into<String>) -> Finding {
        let line = self.tokens.get(index).map(|token| token.line);
        Finding { file: self.name.clone(), line, text: text.into() }
    }

    /// Where a path starts with this crate's name: `axum::Router`, `use axum;`, but not `.axum()`
    /// nor `std::axum::x`, and nowhere in a file that has a module of that name.
    pub(super) fn uses_of_crate(&self, name: &str) -> Vec<usize> {
        if self.tokens.windows(2).any(|pair| pair[0].text == "mod" && pair[1].text == name) {
            return Vec::new();
        }
        let is_use = |index: usize| {
            let before = |steps| self.text(index.checked_sub(steps));
            let is_root = before(1) != "." && (before(1) != "::" || !is_word(before(2)) || before(2) == "use");
            let is_path = self.text(Some(index + 1)) == "::";
            let is_named = before(1) == "use" || (before(1) == "crate" && before(2) == "extern");
            is_named || (is_path && is_root)
        };
        (0..self.tokens.len()).filter(|&index| self.tokens[index].text == name && is_use(index)).collect()
    }
}

/// Work that was put off, and tests that are not run.
pub(super) fn unfinished(source: &Source) -> Vec<Finding> {
    let forbidden = [
        (["todo", "!"].as_slice(), "`todo!` is unfinished work"),
        (&["unimplemented", "!"], "`unimplemented!` is unfinished work"),
        (&["#", "[", "ignore"], "a test that is ignored proves nothing; make it run or remove it"),
    ];
    let texts: Vec<&str> = source.tokens.iter().map(|token| token.text.as_str()).collect();
    let mut findings = Vec::new();
    for index in 0..texts.len() {
        for (words, text) in forbidden {
            if texts[index..].starts_with(words) {
                findings.push(source.finding(index, text));
            }
        }
    }
    findings
}

pub(super) fn too_long(source: &Source, text: &str) -> Option<Finding> {
    let lines = text.lines().count();
    let finding = || Finding {
        file: source.name.clone(),
        line: None,
        text: format!("{lines} lines; a file of more than {LINES_MAX} hides something that wants a name of its own"),
    };
    (lines > LINES_MAX).then(finding)
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if is_word_part(first) {
                rest.find(|c| !is_word_part(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push(Token { line: index + 1, text: rest[..length].to_owned() });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

fn is_word(text: &str) -> bool {
    text.chars().next().is_some_and(is_word_part)
}

fn is_word_part(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Keeps line breaks, so that what is found can be said by its line.
fn without_comments_and_literals(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = end_of_comment_or_literal(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
            continue;
        }
        code.push(' ');
        code.extend(chars[at..end].iter().filter(|c| **c == '\n'));
        at = end;
    }
    code
}

/// The end of what starts at `at`, or `at` itself if that is code.
fn end_of_comment_or_literal(chars: &[char], at: usize) -> usize {
    let rest = &chars[at..];
    match rest {
        ['/', '/', ..] => at + rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => end_of_block_comment(chars, at),
        ['"', ..] => end_of_quoted(chars, at, '"'),
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => end_of_quoted(chars, at, '\''),
        ['r', '#' | '"', ..] if is_start_of_word(chars, at) => end_of_raw_string(chars, at),
        _ => at,
    }
}

/// `r` also ends `br` and `cr`, the prefixes of byte and C strings.
fn is_start_of_word(chars: &[char], at: usize) -> bool {
    let before = |steps: usize| at.checked_sub(steps).map(|index| chars[index]);
    let is_free = |c: Option<char>| c.is_none_or(|c| !is_word_part(c));
    is_free(before(1)) || (matches!(before(1), Some('b' | 'c')) && is_free(before(2)))
}

fn end_of_block_comment(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut index = at;
    while index < chars.len() {
        match chars[index..] {
            ['/', '*', ..] => {
                depth += 1;
                index += 2;
            }
            ['*', '/', ..] => {
                depth -= 1;
                index += 2;
                if depth == 0 {
                    return index;
                }
            }
            _ => index += 1,
        }
    }
    index
}

fn end_of_quoted(chars: &[char], at: usize, quote: char) -> usize {
    let mut index = at + 1;
    while index < chars.len() {
        match chars[index] {
            '\\' => index += 2,
            c if c == quote => return index + 1,
            _ => index += 1,
        }
    }
    chars.len()
}

fn end_of_raw_string(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    let opening = at + 1 + hashes;
    if chars.get(opening) != Some(&'"') {
        // A raw identifier such as `r#type`.
        return at;
    }
    let is_end = |&index: &usize| chars[index] == '"' && chars[index + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
    (opening + 1..chars.len()).find(is_end).map_or(chars.len(), |quote| quote + 1 + hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_not_code() {
        let check = |text, words: &[&str]| {
            let source = Source::new("x.rs", text);
            let texts: Vec<&str> = source.tokens.iter().map(|token| token.text.as_str()).collect();
            assert_eq!(texts, words, "{text}");
        };
        check("a // axum::b\nc", &["a", "c"]);
        check("a /* b /* c */ d */ e", &["a", "e"]);
        check(r#"f("todo!()", 'x', '\'', b'"')"#, &["f", "(", ",", ",", ",", "b", ")"]);
        check("&'static str", &["&", "'", "static", "str"]);
        check(r###"r#"a "quoted" b"# c"###, &["c"]);
        check(r#"br"\" d"#, &["b", "d"]);
        check("r#type bar\"x\"", &["r", "#", "type", "bar"]);
        check("a::b:c", &["a", "::", "b", ":", "c"]);
        check("größe", &["größe"]);
        check("\"never closed", &[]);
        check("/* never closed", &[]);
        check("'\\", &[]);
    }

    #[test]
    fn lines_are_counted_through_what_is_left_out() {
        let source = Source::new("x.rs", "/* one\ntwo */\n\"a\nb\" word");
        assert_eq!(source.tokens, [Token { line: 4, text: "word".to_owned() }]);
    }

    #[test]
    fn a_crate_is_used_where_a_path_starts_with_it() {
        let check = |text, uses: usize| assert_eq!(Source::new("x.rs", text).uses_of_crate("windows").len(), uses, "{text}");
        check("use windows::Win32;", 1);
        check("use windows;", 1);
        check("use ::windows::Win32;", 1);
        check("extern crate windows;", 1);
        check("fn f() -> windows::core::Result<()> {}", 1);
        check("Vec<::windows::X>", 1);
        check("#[cfg(windows)]", 0);
        check("use std::os::windows::fs::OpenOptionsExt;", 0);
        check("bytes.windows(2)", 0);
        check("bytes.windows::<2>()", 0);
        check("mod windows; fn f() { windows::line() }", 0);
        check("// windows::core", 0);
    }

    #[test]
    fn unfinished_work_is_found() {
        let check = |text, lines: &[usize]| {
            let found: Vec<usize> = unfinished(&Source::new("x.rs", text)).into_iter().filter_map(|finding| finding.line).collect();
            assert_eq!(found, lines, "{text}");
        };
        check("fn f() {\n    todo!()\n}", &[2]);
        check("unimplemented!(\"later\")", &[1]);
        check("#[test]\n#[ignore]\nfn t() {}", &[2]);
        check("#[ignore = \"slow\"]", &[1]);
        check("let todo = 1; // todo!()", &[]);
        check("\"unimplemented!\"", &[]);
    }

    #[test]
    fn a_file_may_have_six_hundred_lines_and_no_more() {
        let check = |lines, found| {
            let text = "\n".repeat(lines);
            assert_eq!(too_long(&Source::new("x.rs", &text), &text).is_some(), found, "{lines}");
        };
        check(0, false);
        check(600, false);
        check(601, true);
    }
}
