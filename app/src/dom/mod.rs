//! What a page asks of its elements: where they are scrolled to, what has the focus, where the caret stands.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod stub;

#[cfg(feature = "hydrate")]
pub(crate) use browser::{
    blur, caret, clicked_row, close, copy, focus, holds, is_free, is_link, is_typing, is_within, keep_focus, mark_row, scroll_to,
    scrolled, set_caret, set_height, wait_millis,
};
#[cfg(not(feature = "hydrate"))]
pub(crate) use stub::{
    blur, caret, clicked_row, close, copy, focus, holds, is_free, is_link, is_typing, is_within, keep_focus, mark_row, scroll_to,
    scrolled, set_caret, set_height, wait_millis,
};

/// Which part of its content an element shows, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Scrolled {
    pub(crate) top: f64,
    pub(crate) height: f64,
}

/// How a row of a table stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) is_open: bool,
    pub(crate) is_under_cursor: bool,
}

impl Mark {
    fn classes(self) -> [(&'static str, bool); 2] {
        [("is-open", self.is_open), ("is-under-cursor", self.is_under_cursor)]
    }

    /// The class of the row, beside its own.
    pub(crate) fn class(self, own: String) -> String {
        self.classes().into_iter().filter(|(_, is)| *is).fold(own, |class, (name, _)| class + " " + name)
    }

    /// A reader enters a table with the tabulator in one place only.
    pub(crate) fn tabindex(self) -> &'static str {
        if self.is_under_cursor { "0" } else { "-1" }
    }

    pub(crate) fn current(self) -> Option<&'static str> {
        self.is_open.then_some("true")
    }
}

/// A place in a text as browsers count it, in bytes.
#[cfg_attr(not(any(test, feature = "hydrate")), expect(dead_code, reason = "only a browser has a caret"))]
fn bytes_of_utf16(text: &str, units: usize) -> usize {
    let mut seen = 0;
    text.char_indices()
        .find(|(_, character)| {
            let is_there = seen >= units;
            seen += character.len_utf16();
            is_there
        })
        .map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_own_class_and_those_of_its_marks() {
        let both = Mark { is_open: true, is_under_cursor: true };
        assert_eq!(Mark::default().class("severity-low".into()), "severity-low");
        assert_eq!(both.class("severity-low".into()), "severity-low is-open is-under-cursor");
    }

    #[test]
    fn a_place_counted_by_a_browser_is_one_of_ours() {
        for (text, units, bytes) in
            [("abc", 0, 0), ("abc", 2, 2), ("abc", 9, 3), ("é東x", 2, 5), ("😀x", 2, 4), ("😀x", 1, 4), ("", 1, 0)]
        {
            assert_eq!(bytes_of_utf16(text, units), bytes, "{text} {units}");
        }
    }
}
