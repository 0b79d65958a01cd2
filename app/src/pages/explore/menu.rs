use leptos::{ev, html, prelude::*};

use crate::dom;

/// What opens below its name, and closes by `Esc`, a click elsewhere or a link in it.
#[component]
pub(super) fn Menu(label: &'static str, #[prop(default = "")] class: &'static str, children: Children) -> impl IntoView {
    let menu = NodeRef::<html::Details>::new();
    Effect::new(move |_| {
        let clicked = window_event_listener(ev::click, move |event| {
            if !dom::holds(menu, &event) || dom::is_link(&event) {
                dom::close(menu);
            }
        });
        on_cleanup(move || clicked.remove());
    });
    let press = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && dom::close(menu) {
            event.prevent_default();
        }
    };
    view! {
        <details class=format!("menu {class}") name="explore-menu" node_ref=menu on:keydown=press>
            <summary class="tool">{label}</summary>
            <div class="menu-body">{children()}</div>
        </details>
    }
    .into_any()
}
