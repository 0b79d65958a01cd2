//! Server functions are public endpoints, and short: take the context, call one service, map the error.

use super::{Finding, source::Source};

const BODY_LINES_MAX: usize = 6;

pub(super) fn long_server_functions(source: &Source) -> Vec<Finding> {
    if !source.name.starts_with("app/src/api/") {
        return Vec::new();
    }
    let text = |index: usize| source.text(Some(index));
    let attributes = (0..source.tokens.len()).filter(|&at| text(at) == "#" && text(at + 1) == "[" && text(at + 2) == "server");
    let mut findings = Vec::new();
    for attribute in attributes {
        let lines = body_lines(source, attribute);
        if lines > BODY_LINES_MAX {
            let text = format!("a server function of {lines} lines decides something; let a service decide it");
            findings.push(source.finding(attribute, text));
        }
    }
    findings
}

/// How many lines of the function's body hold code.
fn body_lines(source: &Source, attribute: usize) -> usize {
    let tokens = &source.tokens[attribute..];
    let Some(name) = tokens.iter().position(|token| token.text == "fn") else { return 0 };
    let Some(opening) = tokens[name..].iter().position(|token| token.text == "{").map(|at| name + at) else { return 0 };
    let mut depth = 0;
    let mut lines: Vec<usize> = Vec::new();
    for token in &tokens[opening..] {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            // The closing brace stands on a line of its own, which is not one of the body.
            lines.retain(|line| *line != token.line);
            break;
        }
        lines.push(token.line);
    }
    lines.retain(|line| *line != tokens[opening].line);
    lines.dedup();
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_function_is_a_few_lines() {
        let check = |name: &str, text: &str, findings| {
            assert_eq!(long_server_functions(&Source::new(name, text)).len(), findings, "{text}");
        };
        let of_lines = |count| {
            let body = "    let x = { 1 };\n".repeat(count);
            format!("#[server(Newest)]\npub async fn newest(n: u32) -> Result<Vec<u8>, E> {{\n{body}}}\n\nfn next() {{}}\n")
        };
        check("app/src/api/events.rs", &of_lines(3), 0);
        check("app/src/api/events.rs", &of_lines(6), 0);
        check("app/src/api/events.rs", &of_lines(7), 1);
        check("app/src/pages/overview.rs", &of_lines(7), 0);
        check("app/src/api/events.rs", "#[server]\nfn one() { 1 }", 0);
        check("app/src/api/events.rs", "#[server]", 0);
        check("app/src/api/events.rs", "#[server] fn broken() {", 0);
        check("app/src/api/events.rs", &of_lines(3).replace("#[server(Newest)]", "").repeat(9), 0);
    }

    #[test]
    fn comments_and_empty_lines_cost_nothing() {
        let text = "#[server]\nasync fn f() -> R {\n    // One.\n    // Two.\n\n    a()\n}\n";
        assert_eq!(body_lines(&Source::new("app/src/api/x.rs", text), 0), 1);
    }
}
