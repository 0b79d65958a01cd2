//! What a page asks of its elements: where they are scrolled to, what has the focus, where the caret stands.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod stub;

#[cfg(feature = "hydrate")]
pub(crate) use browser::{
    blur, caret, clicked_row, close, copy, focus, holds, is_free, is_link, is_typing, is_within, scroll_to, scrolled, set_caret,
    set_height, wait_millis,
};
#[cfg(not(feature = "hydrate"))]
pub(crate) use stub::{
    blur, caret, clicked_row, close, copy, focus, holds, is_free, is_link, is_typing, is_within, scroll_to, scrolled, set_caret,
    set_height, wait_millis,
};

/// Which part of its content an element shows, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Scrolled {
    pub(crate) top: f64,
    pub(crate) height: f64,
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
    fn a_place_counted_by_a_browser_is_one_of_ours() {
        for (text, units, bytes) in
            [("abc", 0, 0), ("abc", 2, 2), ("abc", 9, 3), ("é東x", 2, 5), ("😀x", 2, 4), ("😀x", 1, 4), ("", 1, 0)]
        {
            assert_eq!(bytes_of_utf16(text, units), bytes, "{text} {units}");
        }
    }
}
