use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::api::set_not_found();
    view! {
        <Title text="Not found" />
        <section class="empty">
            <h1>"There is nothing here"</h1>
            <p>"The address may be mistyped, or the page has moved. " <a href="/">"Go to the overview"</a> "."</p>
        </section>
    }
}
