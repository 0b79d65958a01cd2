use leptos::prelude::*;

use crate::format::visible;

/// Stands where a page would, says what is wrong, and asks again.
#[component]
pub(crate) fn Failure(
    /// What can't be shown.
    what: &'static str,
    message: String,
    retry: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <section class="empty" role="alert" data-testid="failure">
            <h2>{what} " can't be shown"</h2>
            <p>{visible(&message)}</p>
            <button class="button" on:click=move |_| retry()>"Try again"</button>
        </section>
    }
    .into_any()
}
