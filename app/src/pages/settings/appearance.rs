use leptos::prelude::*;

use crate::reader::{self, Theme};

/// How pages look in this browser.
#[component]
pub(super) fn Appearance() -> impl IntoView {
    let chosen = RwSignal::new(reader::theme());
    let choice = |theme: Option<Theme>, name: &'static str| {
        let choose = move |_| {
            reader::set_theme(theme);
            chosen.set(theme);
        };
        view! {
            <button aria-pressed=move || if chosen.get() == theme { "true" } else { "false" } on:click=choose>
                {name}
            </button>
        }
    };
    view! {
        <section class="panel" aria-labelledby="appearance-title">
            <h2 id="appearance-title">"Appearance"</h2>
            <p class="quiet">"Of this browser. The keys are listed when you press "<kbd>"?"</kbd>"."</p>
            <div class="choice" role="group" aria-label="Theme" data-testid="themes">
                {choice(None, "As the system")}
                {choice(Some(Theme::Dark), "Dark")}
                {choice(Some(Theme::Light), "Light")}
            </div>
        </section>
    }
    .into_any()
}
