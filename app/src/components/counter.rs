use leptos::prelude::*;

use super::Spark;

/// A figure as it is shown and as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figure {
    /// For programs.
    pub(crate) exact: String,
    pub(crate) text: String,
    /// One sentence with all its digits.
    pub(crate) meaning: String,
}

/// A figure of the whole range with its course.
#[component]
pub(crate) fn Counter(
    name: &'static str,
    label: &'static str,
    #[prop(into)] figure: Signal<Figure>,
    #[prop(into)] course: Signal<Vec<f64>>,
    /// Draws the eye as soon as it is true.
    #[prop(optional, into)]
    is_alarming: Signal<bool>,
) -> impl IntoView {
    view! {
        <div
            class="counter"
            class:is-alarming=is_alarming
            data-testid=format!("counter-{name}")
            data-value=move || figure.with(|figure| figure.exact.clone())
            title=move || figure.with(|figure| figure.meaning.clone())
        >
            <span class="counter-label">{label}</span>
            <span class="counter-value">{move || figure.with(|figure| figure.text.clone())}</span>
            <Spark values=course />
        </div>
    }
    .into_any()
}
