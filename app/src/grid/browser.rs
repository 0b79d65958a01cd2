use leptos::ev::KeyboardEvent;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::step;

/// Goes to the next cell with a link in the direction of the arrow, if one was pressed.
pub(crate) fn move_focus(event: &KeyboardEvent) {
    let Some(step) = step(&event.key()) else { return };
    event.prevent_default();
    let link = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(next) = link.and_then(|link| next(&link, step)) {
        let _ = next.focus();
    }
}

fn next(link: &Element, (rows, columns): (i32, i32)) -> Option<HtmlElement> {
    let (mut cell, mut row) = (link.closest("td").ok()??, link.closest("tr").ok()??);
    loop {
        if rows == 0 {
            cell = if columns < 0 { cell.previous_element_sibling() } else { cell.next_element_sibling() }?;
        } else {
            let place = place(&cell);
            row = if rows < 0 { row.previous_element_sibling() } else { row.next_element_sibling() }?;
            cell = row.children().item(place)?;
        }
        if let Some(found) = cell.query_selector("a").ok()? {
            return found.dyn_into().ok();
        }
    }
}

/// Among its siblings.
fn place(cell: &Element) -> u32 {
    std::iter::successors(cell.previous_element_sibling(), Element::previous_element_sibling).count() as u32
}
