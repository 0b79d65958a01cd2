//! The grammar of injected SQL: how a value gets out of its string, and what comes then.

use super::lex::{COMMENT, NUMBER, Token, WORD};
use super::rule::{Findings, Rule};
use super::words::{CATALOGUE, CLAUSE, COMPARISON, LOGIC, SQL_CALL, SQL_PROOF, STATEMENT};

/// So far behind its left side a comparison is looked for.
const CONDITION_TOKENS_MAX: usize = 8;
/// So far behind `select` its `from` is looked for.
const SELECT_TOKENS_MAX: usize = 64;

pub(super) fn find(value: &[u8], tokens: &[Token], findings: &mut Findings) {
    let sql = Sql { value, tokens };
    let mut quotes = [0_usize; 2];
    let mut depth = 0_i32;
    for (at, token) in tokens.iter().enumerate() {
        let mut add =
            |rule| findings.add(rule, token.start, tokens.get(at + 6).or(tokens.last()).map_or(token.end, |last| last.end));
        match token.kind {
            b'\'' | b'"' if !sql.is_apostrophe(at) => {
                quotes[usize::from(token.kind == b'"')] += 1;
                if let Some(rule) = sql.quote(at) {
                    add(rule);
                }
            }
            b'(' => {
                depth += 1;
                if sql.kind(at + 1) == WORD && tokens[at + 1].plays(STATEMENT) && sql.is(at + 1, b"select") {
                    add(Rule::Subquery);
                }
            }
            b')' => {
                depth -= 1;
                if depth < 0 {
                    add(Rule::ParenthesisUnopened);
                    if at > 0 && matches!(tokens[at - 1].kind, NUMBER | b'%' | b'\'' | b'"') {
                        add(Rule::ParenthesisAfterNumber);
                    }
                }
            }
            COMMENT if at > 0 && at + 1 < tokens.len() && !token.is_spaced => add(Rule::SqlInlineComment),
            b'-' if sql.kind(at + 1) == b'-' && sql.is_comment(at, 2) => add(Rule::SqlComment),
            b'#' if at > 0 && sql.is_comment(at, 1) => add(Rule::SqlComment),
            b'@' if sql.kind(at + 1) == b'@' && sql.kind(at + 2) == WORD => add(Rule::SqlVariable),
            b'|' | b'&' if sql.kind(at + 1) == token.kind && sql.condition(at + 2).is_some() => add(Rule::Condition),
            b';' if sql.word(at + 1).is_some_and(|next| next.plays(STATEMENT)) && sql.is_statement(at + 1) => add(Rule::Stacked),
            b'=' if sql.is_tautology(at) => add(Rule::Tautology),
            NUMBER if token.end - token.start > 5 && token.text(value).starts_with(b"0x") => add(Rule::HexLiteral),
            WORD if token.parts != 0 => sql.word_rules(at, &mut add),
            _ => {}
        }
    }
    if quotes.iter().any(|count| count % 2 == 1) {
        let end = tokens.last().map_or(0, |last| last.end);
        findings.add(Rule::QuoteUnpaired, 0, end);
    }
}

struct Sql<'a> {
    value: &'a [u8],
    tokens: &'a [Token],
}

impl Sql<'_> {
    fn kind(&self, at: usize) -> u8 {
        self.tokens.get(at).map_or(0, |token| token.kind)
    }

    fn word(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at).filter(|token| token.kind == WORD)
    }

    fn is(&self, at: usize, word: &[u8]) -> bool {
        self.word(at).is_some_and(|token| token.text(self.value) == word)
    }

    fn is_any(&self, at: usize, words: &[&[u8]]) -> bool {
        self.word(at).is_some_and(|token| words.contains(&token.text(self.value)))
    }

    /// Between two letters, as in `O'Brien`.
    fn is_apostrophe(&self, at: usize) -> bool {
        let [before, after] = [at.wrapping_sub(1), at + 1].map(|near| self.word(near));
        let is_spaced = self.tokens[at].is_spaced || self.tokens.get(at + 1).is_some_and(|next| next.is_spaced);
        // Or behind an article that was moved to the end, as in `Hospitalet, l'`.
        let is_article = at >= 2
            && at + 1 == self.tokens.len()
            && before.is_some_and(|before| before.end - before.start == 1 && before.is_spaced);
        self.tokens[at].kind == b'\'' && !is_spaced && before.is_some() && (after.is_some() || is_article)
    }

    fn is_possessive(&self, at: usize) -> bool {
        self.kind(at) == b'\'' && self.is_apostrophe(at)
    }

    /// What a quote that ends somebody else's string is followed by.
    fn quote(&self, at: usize) -> Option<Rule> {
        let mut next = at + 1;
        while matches!(self.kind(next), b')' | b'%' | COMMENT) || self.tokens.get(next).is_some_and(Token::is_quote) {
            next += 1;
        }
        let Some(token) = self.tokens.get(next) else {
            return (at > 0 || self.tokens.len() == 1).then_some(Rule::QuoteTrailing).filter(|_| self.is_lonely_quote(at));
        };
        let is_apart = token.is_spaced || next > at + 1;
        match token.kind {
            WORD if token.plays(LOGIC | COMPARISON) && is_apart && next + 1 < self.tokens.len() => Some(Rule::QuoteThenLogic),
            WORD if token.plays(CLAUSE | STATEMENT) && is_apart && self.is_clause(next) => Some(Rule::QuoteThenClause),
            b'-' if self.kind(next + 1) == b'-' => Some(Rule::QuoteThenComment),
            b'#' => Some(Rule::QuoteThenComment),
            b'/' if self.kind(next + 1) == b'*' => Some(Rule::QuoteThenComment),
            b'|' | b'+' | b'&' | b'-' | b'*' => {
                let behind = if self.kind(next + 1) == token.kind { next + 2 } else { next + 1 };
                let is_joined = self.kind(behind) == b'(' || self.tokens.get(behind).is_some_and(Token::is_quote);
                is_joined.then_some(Rule::QuoteThenConcatenation)
            }
            b'=' | b'<' | b'>' | b'!' => {
                let behind = next + 1 + usize::from(matches!(self.kind(next + 1), b'=' | b'>'));
                let is_compared = self.tokens.get(behind).is_some_and(|token| token.is_quote() || token.kind == NUMBER);
                is_compared.then_some(Rule::QuoteCompared)
            }
            b',' if self.kind(next + 1) == b'(' => Some(Rule::QuoteThenClause),
            b';' => Some(Rule::QuoteThenEnd),
            _ => None,
        }
    }

    /// The last quote of a value in which no other opens the string.
    fn is_lonely_quote(&self, at: usize) -> bool {
        let kind = self.tokens[at].kind;
        self.tokens.iter().filter(|token| token.kind == kind).count() % 2 == 1
    }

    fn is_clause(&self, at: usize) -> bool {
        self.is_any(
            at,
            &[b"union", b"order", b"group", b"limit", b"procedure", b"as", b"select", b"into", b"from", b"case", b"in", b"waitfor"],
        )
    }

    /// A word that begins a statement, and does go on as one.
    fn is_statement(&self, at: usize) -> bool {
        if self.is_any(at, &[b"shutdown", b"begin"]) {
            return true;
        }
        self.tokens.get(at + 1).is_some_and(|next| {
            next.plays(CLAUSE | SQL_CALL | SQL_PROOF | STATEMENT | CATALOGUE)
                || matches!(next.kind, b'(' | b'*' | b'@' | NUMBER | COMMENT | b'\'' | b'"')
                || self.tokens[at..].iter().take(12).any(|token| token.plays(CLAUSE | SQL_CALL | SQL_PROOF))
        })
    }

    /// A double dash or a hash that cuts off the rest of a statement.
    fn is_comment(&self, at: usize, length: usize) -> bool {
        let is_at_end = at + length >= self.tokens.len();
        let ends_expression = at > 0 && matches!(self.tokens[at - 1].kind, NUMBER | b')' | b'\'' | b'"' | b';' | b'`');
        let follows_word =
            at > 0 && self.tokens[at - 1].kind == WORD && (self.tokens[at - 1].plays(CLAUSE | CATALOGUE) || is_at_end);
        (ends_expression && (is_at_end || self.tokens[at + length].is_spaced || self.tokens[at + length].kind != WORD))
            || (follows_word && (is_at_end || length == 2) && self.tokens.len() > 2 + length)
    }

    /// Two sides that are the same, or at least both constant.
    fn is_tautology(&self, at: usize) -> bool {
        let (Some(mut left), mut right) = (at.checked_sub(1), at + 1) else { return false };
        while right < self.tokens.len() && (self.tokens[right].is_quote() || matches!(self.tokens[right].kind, b'(' | b'=')) {
            right += 1;
        }
        let is_quoted = self.tokens[left].is_quote() && self.tokens.get(at + 1).is_some_and(Token::is_quote);
        if self.tokens[left].is_quote() && left > 0 {
            left -= 1;
        }
        let (Some(a), Some(b)) = (self.tokens.get(left), self.tokens.get(right)) else { return is_quoted };
        let is_same = a.kind == b.kind && a.text(self.value) == b.text(self.value);
        (a.kind == NUMBER && b.kind == NUMBER) || (is_same && matches!(a.kind, WORD | NUMBER)) || is_quoted
    }

    /// Whether a comparison begins here, and whether one of its sides is a constant or a call.
    fn condition(&self, start: usize) -> Option<bool> {
        let mut at = start;
        while matches!(self.kind(at), b'(' | b'-' | b'~' | b'!' | b'@' | b'\'' | b'"' | b'%' | COMMENT)
            || self.is_any(at, &[b"not", b"binary", b"exists"])
        {
            at += 1;
        }
        let is_quoted = self.tokens[start.min(self.tokens.len())..at.min(self.tokens.len())].iter().any(Token::is_quote);
        let left = self.tokens.get(at)?;
        if !matches!(left.kind, WORD | NUMBER) {
            return None;
        }
        let is_call = left.plays(SQL_CALL | SQL_PROOF | STATEMENT) && self.kind(at + 1) == b'(' || self.is(at, b"select");
        if is_call {
            return Some(true);
        }
        let behind = &self.tokens[(at + 1).min(self.tokens.len())..(at + CONDITION_TOKENS_MAX).min(self.tokens.len())];
        let comparison = behind.iter().position(|token| matches!(token.kind, b'=' | b'<' | b'>') || token.plays(COMPARISON))?;
        let is_constant = left.kind == NUMBER
            || is_quoted
            || behind[comparison + 1..].iter().any(|token| token.kind == NUMBER || token.is_quote());
        Some(is_constant)
    }

    fn word_rules(&self, at: usize, add: &mut impl FnMut(Rule)) {
        let token = &self.tokens[at];
        let is_call = self.kind(at + 1) == b'(';
        if token.plays(LOGIC) && !self.is(at, b"not") {
            match self.condition(at + 1) {
                Some(true) => {
                    add(Rule::Condition);
                    if at > 0 && matches!(self.tokens[at - 1].kind, NUMBER | b')') {
                        add(Rule::NumberThenLogic);
                    }
                }
                Some(false) => add(Rule::ConditionOfWords),
                None => {}
            }
        }
        if token.plays(SQL_PROOF) && (is_call || self.kind(at + 1) == b'.' || token.text(self.value).contains(&b'_')) {
            add(Rule::SqlProof);
        }
        if token.plays(SQL_CALL) && is_call {
            let is_nested = at > 0 && self.tokens[..at].iter().any(|before| before.plays(SQL_CALL) || before.plays(SQL_PROOF));
            add(if is_nested { Rule::SqlCallNested } else { Rule::SqlCall });
        }
        if token.plays(CATALOGUE) && (self.is_any(at.wrapping_sub(1), &[b"from", b"join"]) || self.is_named_catalogue(at)) {
            add(Rule::Catalogue);
        }
        if token.plays(STATEMENT) {
            self.statement(at, add);
        }
        if self.is(at, b"like") && self.is_tautology(at) {
            add(Rule::Tautology);
        }
        if self.is_clause_phrase(at) {
            add(Rule::ClausePhrase);
        }
        if self.is(at, b"case") && self.tokens[at..].iter().take(12).any(|token| token.text(self.value) == b"when") {
            add(Rule::CaseWhen);
        }
    }

    fn is_named_catalogue(&self, at: usize) -> bool {
        let text = self.tokens[at].text(self.value);
        text.contains(&b'_') && !matches!(text, b"table_name" | b"column_name" | b"table_schema")
            || text.starts_with(b"sysobj")
            || text.starts_with(b"syscol")
    }

    fn statement(&self, at: usize, add: &mut impl FnMut(Rule)) {
        let text = self.tokens[at].text(self.value);
        let next_is = |words: &[&[u8]]| self.is_any(at + 1, words);
        match text {
            b"union" => {
                let mut next = at + 1;
                while matches!(self.kind(next), b'(' | COMMENT | b'+') || self.is_any(next, &[b"all", b"distinct"]) {
                    next += 1;
                }
                let is_whole = next + 1 < self.tokens.len() || at > 0 && self.tokens[at - 1].kind != WORD;
                if is_whole && self.is_any(next, &[b"select", b"values"]) {
                    add(Rule::Union);
                }
            }
            b"select" => {
                let behind = &self.tokens[(at + 1).min(self.tokens.len())..(at + SELECT_TOKENS_MAX).min(self.tokens.len())];
                let first = behind.first();
                let is_expression = !self.is_possessive(at + 1)
                    && first.is_some_and(|next| {
                        matches!(next.kind, b'*' | b'(' | NUMBER | b'\'' | b'"' | b'@' | COMMENT)
                            || next.plays(SQL_PROOF)
                            || self.is(at + 1, b"null")
                            || (next.plays(SQL_CALL) && self.kind(at + 2) == b'(')
                    });
                if is_expression {
                    add(Rule::SelectExpression);
                }
                let from = behind.iter().position(|token| token.text(self.value) == b"from");
                // "Select a room from the list" is what people write.
                let is_list =
                    |length: usize| behind[..length].iter().any(|token| matches!(token.kind, b',' | b'(' | b'*')) || length == 1;
                if from.is_some_and(|length| (is_expression || is_list(length)) && length + 1 < behind.len()) {
                    add(Rule::SelectFrom);
                }
            }
            b"insert" if next_is(&[b"into"]) => add(Rule::StatementPhrase),
            b"delete" if next_is(&[b"from"]) => add(Rule::StatementPhrase),
            b"drop" | b"alter" | b"create" | b"truncate"
                if self.tokens.len() > 2
                    && (at + 2 < self.tokens.len() || at > 0 && self.tokens[at - 1].kind != WORD)
                    && next_is(&[b"table", b"database", b"user", b"procedure", b"view", b"function", b"login"]) =>
            {
                add(Rule::StatementPhrase);
            }
            b"update" if self.is_any(at + 2, &[b"set"]) => add(Rule::StatementPhrase),
            b"exec" | b"execute" | b"call" | b"declare"
                if self.kind(at + 1) == b'@' || self.tokens.get(at + 1).is_some_and(|next| next.plays(SQL_PROOF | CATALOGUE)) =>
            {
                add(Rule::StatementPhrase);
            }
            b"waitfor" if next_is(&[b"delay", b"time"]) => add(Rule::StatementPhrase),
            _ => {}
        }
    }

    fn is_clause_phrase(&self, at: usize) -> bool {
        let next_kind = self.kind(at + 2);
        let has_operand =
            matches!(next_kind, NUMBER | b'(' | b'\'' | b'"') || self.tokens.get(at + 2).is_some_and(|next| next.plays(SQL_CALL));
        match self.tokens[at].text(self.value) {
            b"order" | b"group" => self.is(at + 1, b"by") && has_operand,
            b"into" => self.is_any(at + 1, &[b"outfile", b"dumpfile"]),
            b"procedure" => self.is(at + 1, b"analyse"),
            b"in" => self.is(at + 1, b"boolean"),
            b"like" | b"rlike" | b"regexp" | b"between" => matches!(self.kind(at + 1), b'\'' | b'"' | b'(' | NUMBER),
            b"is" => self.is(at + 1, b"null") || self.is(at + 1, b"not") && self.is(at + 2, b"null"),
            b"having" => matches!(self.kind(at + 1), NUMBER | b'(' | b'\''),
            b"limit" => self.kind(at + 1) == NUMBER && next_kind == b',',
            b"as" => self.is(at + 2, b"where"),
            _ => false,
        }
    }
}
