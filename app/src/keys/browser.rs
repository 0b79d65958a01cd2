use leptos::{ev, html, leptos_dom::helpers::window_event_listener, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::dom;

/// Tells of keys that are pressed where nothing is written, for as long as the owner of this call lives. A key that
/// did something does nothing else.
pub(crate) fn listen(on_key: impl Fn(&str, f64) -> bool + 'static) {
    let on_key = StoredValue::new_local(on_key);
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
            if event.default_prevented() || dom::is_typing(&event) {
                return;
            }
            if on_key.try_with_value(|on_key| on_key(&event.key(), event.time_stamp())) == Some(true) {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}

/// Moves the focus to the element that is the target, if there is one.
pub(crate) fn focus(target: &str) -> bool {
    let element = document().query_selector(&format!("[data-key-target={target}]")).ok().flatten();
    element.and_then(|element| element.dyn_into::<HtmlElement>().ok()).is_some_and(|element| element.focus().is_ok())
}

pub(crate) fn open(dialog: NodeRef<html::Dialog>) {
    if let Some(dialog) = dialog.get_untracked() {
        // One that is open already stays so.
        let _ = dialog.show_modal();
    }
}
