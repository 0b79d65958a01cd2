use js_sys::{Function, Promise, Reflect};
use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    html,
    prelude::*,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement, Node};

use super::{Mark, Scrolled, bytes_of_utf16};

/// The element, if it is on the page. What is done with the next frame may come after its end.
fn there<E>(element: NodeRef<E>) -> Option<E::Output>
where
    E: html::ElementType,
    E::Output: JsCast + Clone + 'static,
{
    element.try_get_untracked().flatten()
}

pub(crate) fn scrolled(element: NodeRef<html::Div>) -> Option<Scrolled> {
    let element = there(element)?;
    Some(Scrolled { top: element.scroll_top().into(), height: element.client_height().into() })
}

pub(crate) fn scroll_to(element: NodeRef<html::Div>, top: f64) {
    if let Some(element) = there(element) {
        element.set_scroll_top(top as i32);
    }
}

/// Through the object model, as the page's policy allows no style in its text.
pub(crate) fn set_height(element: NodeRef<html::Td>, pixels: f64) {
    if let Some(element) = there(element) {
        let _ = element.unchecked_ref::<HtmlElement>().style().set_property("height", &format!("{pixels}px"));
    }
}

/// Leaves the page where it is scrolled to.
pub(crate) fn focus(id: &str) {
    let Some(element) = document().get_element_by_id(id) else { return };
    let options = js_sys::Object::new();
    let _ = Reflect::set(&options, &"preventScroll".into(), &true.into());
    if let Ok(focus) = Reflect::get(&element, &"focus".into()).and_then(JsCast::dyn_into::<Function>) {
        let _ = focus.call1(&element, &options);
    }
}

/// What is in the element is about to be drawn anew. If that takes the focus away, what has the same id then gets it.
pub(crate) fn keep_focus(element: NodeRef<html::Div>) {
    let Some((element, focused)) = there(element).zip(document().active_element()) else { return };
    let id = focused.id();
    if id.is_empty() || !element.contains(Some(&focused)) {
        return;
    }
    queue_microtask(move || {
        if document().active_element().is_none_or(|active| active.tag_name() == "BODY") {
            focus(&id);
        }
    });
}

/// Marks the row of the link with this id, if it is on the page.
pub(crate) fn mark_row(link: &str, mark: Mark) {
    let Some(link) = document().get_element_by_id(link) else { return };
    let _ = link.set_attribute("tabindex", mark.tabindex());
    let _ = match mark.current() {
        Some(current) => link.set_attribute("aria-current", current),
        None => link.remove_attribute("aria-current"),
    };
    if let Ok(Some(row)) = link.closest("tr") {
        for (name, is) in mark.classes() {
            let _ = row.class_list().toggle_with_force(name, is);
        }
    }
}

pub(crate) fn blur(input: NodeRef<html::Input>) {
    if let Some(input) = there(input) {
        let _ = input.blur();
    }
}

/// Whether it was open. Its name has the focus then, if something in it had.
pub(crate) fn close(menu: NodeRef<html::Details>) -> bool {
    let Some(menu) = there(menu).filter(|menu| menu.has_attribute("open")) else { return false };
    let had_focus = menu.contains(document().active_element().as_ref().map(AsRef::as_ref));
    let _ = menu.remove_attribute("open");
    if let Some(summary) = menu.query_selector("summary").ok().flatten().filter(|_| had_focus) {
        let _ = summary.unchecked_into::<HtmlElement>().focus();
    }
    true
}

/// Whether something in it was clicked. What a click takes out of the page is in nothing.
pub(crate) fn holds(menu: NodeRef<html::Details>, event: &MouseEvent) -> bool {
    let clicked = event.target().and_then(|target| target.dyn_into::<Node>().ok());
    let Some((menu, clicked)) = there(menu).zip(clicked) else { return false };
    menu.contains(Some(&clicked)) || !clicked.is_connected()
}

/// The place of the table's row that was clicked, unless it is to be opened in a tab of its own.
pub(crate) fn clicked_row(event: &MouseEvent) -> Option<usize> {
    if event.ctrl_key() || event.meta_key() {
        return None;
    }
    let clicked = event.target()?.dyn_into::<Element>().ok()?;
    clicked.closest("tr[data-at]").ok()??.get_attribute("data-at")?.parse().ok()
}

/// Whether what was clicked leads somewhere.
pub(crate) fn is_link(event: &MouseEvent) -> bool {
    let clicked = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    clicked.is_some_and(|clicked| is_within_any(&clicked, "a[href]"))
}

/// Whether the focus is in the element.
pub(crate) fn is_within(element: NodeRef<html::Div>) -> bool {
    let focused = document().active_element();
    there(element).is_some_and(|element| element.contains(focused.as_ref().map(AsRef::as_ref)))
}

/// Whether nothing that has the focus does something of its own with a key.
pub(crate) fn is_free(event: &KeyboardEvent) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    !element.is_some_and(|element| element.matches("a, button, summary, input, textarea, select").unwrap_or(true))
}

/// Whether a key is meant for what has the focus, or the dialog that it is in, and not for the page.
pub(crate) fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return false };
    let has_modifier = event.ctrl_key() || event.alt_key() || event.meta_key();
    has_modifier || is_within_any(&element, "input:not([type=checkbox]), textarea, select, [contenteditable], dialog")
}

fn is_within_any(element: &Element, selector: &str) -> bool {
    element.closest(selector).ok().flatten().is_some()
}

pub(crate) fn caret(input: NodeRef<html::Input>) -> usize {
    let Some(input) = there(input) else { return 0 };
    let text = input.value();
    let units = input.selection_end().ok().flatten().map_or(usize::MAX, |units| units as usize);
    bytes_of_utf16(&text, units)
}

pub(crate) fn set_caret(input: NodeRef<html::Input>, text: &str, at: usize) {
    let Some(input) = there(input) else { return };
    input.set_value(text);
    let units = text.get(..at).unwrap_or(text).encode_utf16().count() as u32;
    let _ = input.focus();
    let _ = input.set_selection_range(units, units);
}

/// Whether the text is on the clipboard. A page that did not come over a safe connection has none.
pub(crate) async fn copy(text: &str) -> bool {
    let written = || -> Result<Promise, JsValue> {
        let clipboard = Reflect::get(&window().navigator(), &"clipboard".into())?;
        let write: Function = Reflect::get(&clipboard, &"writeText".into())?.dyn_into()?;
        write.call1(&clipboard, &text.into())?.dyn_into()
    };
    match written() {
        Ok(promise) => JsFuture::from(promise).await.is_ok(),
        Err(_) => false,
    }
}

pub(crate) async fn wait_millis(millis: i32) {
    let later = Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
    });
    let _ = JsFuture::from(later).await;
}
