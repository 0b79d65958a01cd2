use leptos::prelude::*;
use radar_types::people::AuditPage;

use crate::{api::get_audit, components::loaded, reader::LocalTime};

/// Who did what, latest first, a page at a time.
#[component]
pub(super) fn Audit() -> impl IntoView {
    let after = RwSignal::new(String::new());
    let page = Resource::new_blocking(move || after.get(), get_audit);
    view! {
        <section class="panel" aria-labelledby="audit-title">
            <h2 id="audit-title">"What was done"</h2>
            {loaded(page, move |page| view! { <DeedTable page after /> }.into_any())}
        </section>
    }
    .into_any()
}

#[component]
fn DeedTable(page: AuditPage, after: RwSignal<String>) -> impl IntoView {
    let AuditPage { deeds, next } = page;
    view! {
        <div class="table-scroll audit" tabindex="0" role="region" aria-label="Table of what was done">
            <table class="plain" data-testid="audit">
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"About"</th>
                    </tr>
                </thead>
                <tbody>
                    {deeds
                        .into_iter()
                        .map(|deed| {
                            view! {
                                <tr>
                                    <td><LocalTime time=deed.when /></td>
                                    <td>{deed.who}</td>
                                    <td>{deed.what}</td>
                                    <td>{deed.about}</td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
        <div class="actions">
            {next.map(|next| view! { <button class="button is-small" on:click=move |_| after.set(next.clone())>"Earlier"</button> })}
            {move || {
                (!after.with(String::is_empty))
                    .then(|| view! { <button class="button is-small" on:click=move |_| after.set(String::new())>"Latest"</button> })
            }}
        </div>
    }
    .into_any()
}
