//! Cells of tables that are written out. What stands in them is hostile: strangers wrote it, and a spreadsheet opens it.

/// What a spreadsheet takes for the beginning of a formula, also in the width of East Asian letters.
const FORMULA_STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A text that a spreadsheet would take for a formula gets an apostrophe in front, which
/// spreadsheets do not show.
pub(crate) fn cell(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(FORMULA_STARTS) || text.starts_with(['\t', '\r', '\n']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    // In some countries cells are separated by semicolons or tabs.
    if text.contains([',', ';', '\t', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(cell(text), expected);
    }

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_never_a_formula() {
        check("plain", "plain");
        check("a,b", "\"a,b\"");
        check("a;b", "\"a;b\"");
        check("say \"x\"", "\"say \"\"x\"\"\"");
        check("=1+1", "'=1+1");
        check("  @SUM(A1)", "'  @SUM(A1)");
        check("\u{a0}=1", "'\u{a0}=1");
        check("\t=1", "\"'\t=1\"");
        check("-2,3", "\"'-2,3\"");
        check("＝1", "'＝1");
        check("", "");
    }
}
