use leptos::prelude::*;

use radar_types::grouped;

#[component]
pub(crate) fn Counter(
    name: &'static str,
    label: &'static str,
    #[prop(into)] value: Signal<u64>,
    /// Draws the eye as soon as it is not zero.
    #[prop(optional)]
    is_alarming: bool,
) -> impl IntoView {
    view! {
        <div
            class="counter"
            class:is-alarming=move || is_alarming && value.get() != 0
            data-testid=format!("counter-{name}")
            data-value=move || value.get().to_string()
        >
            <span class="counter-label">{label}</span>
            <span class="counter-value">{move || grouped(value.get())}</span>
        </div>
    }
    .into_any()
}
