use leptos::{prelude::*, server_fn::ServerFn};
use radar_types::{Side, grouped, people::Keeping};

use crate::{
    api::{ClearCollection, SetKeeping, get_keeping},
    components::{Danger, loaded},
    form::{FormError, FormState, ServerForm},
};

/// The collection in view: how long it keeps its events, and an end to all of them.
#[component]
pub(super) fn CollectionSection(side: Side, clears: bool, is_session: bool) -> impl IntoView {
    let set = FormState::new(SetKeeping::PATH);
    let keeping = Resource::new_blocking(move || set.count(), |_| get_keeping());
    let title = match (side, is_session) {
        (Side::Public, _) => "The public collection",
        (Side::Private, true) => "The collection of this session",
        (Side::Private, false) => "Your private collection",
    };
    view! {
        <section class="panel" aria-labelledby="collection-title">
            <h2 id="collection-title">{title}</h2>
            {loaded(keeping, move |keeping| {
                view! {
                    <p data-testid="keeping">{sentence(&keeping, if is_session { "until the session ends" } else { "for ever" })}</p>
                    {clears.then(|| view! { <KeepingForm set keeping /> })}
                }
                .into_any()
            })}
            {clears.then(|| view! { <ClearForm /> })}
        </section>
    }
    .into_any()
}

#[component]
fn KeepingForm(set: FormState, keeping: Keeping) -> impl IntoView {
    let megabytes = keeping.bytes.map_or(0, |bytes| bytes.div_ceil(1 << 20));
    view! {
        <ServerForm state=set class="form is-row">
            <label class="field">
                "Days, 0 for ever"
                <input type="number" name="days" min="0" max="100000" value=keeping.days.unwrap_or_default().to_string() />
            </label>
            <label class="field">
                "Megabytes, 0 for any"
                <input type="number" name="megabytes" min="0" max="4000000000" value=megabytes.to_string() />
            </label>
            <button class="button" data-testid="set-keeping">"Keep so much"</button>
            <FormError state=set />
        </ServerForm>
    }
    .into_any()
}

#[component]
fn ClearForm() -> impl IntoView {
    let clear = FormState::new(ClearCollection::PATH);
    let is_done = move || clear.is_done();
    view! {
        <Danger label="Remove all events">
            <p>"Every event of this collection goes. Tokens and what was learned of it stay."</p>
            <ServerForm state=clear>
                <button class="button is-danger" data-testid="clear-collection">"Remove them all"</button>
            </ServerForm>
            <FormError state=clear />
            <p role="status">{move || is_done().then_some("They are gone.")}</p>
        </Danger>
    }
    .into_any()
}

/// `otherwise` is how long they are kept where there is no limit.
fn sentence(keeping: &Keeping, otherwise: &str) -> String {
    let days = keeping.days.map(|days| format!("for {} days", grouped(days.into())));
    let bytes = keeping.bytes.map(|bytes| format!("up to {} MB", grouped(bytes.div_ceil(1 << 20))));
    match (days, bytes) {
        (None, None) => format!("Events are kept {otherwise}."),
        (Some(one), None) | (None, Some(one)) => format!("Events are kept {one}."),
        (Some(days), Some(bytes)) => format!("Events are kept {days}, and {bytes}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_events_are_kept_is_one_sentence() {
        for (days, bytes, expected) in [
            (None, None, "Events are kept for ever."),
            (Some(30), None, "Events are kept for 30 days."),
            (None, Some(5 << 30), "Events are kept up to 5,120 MB."),
            (Some(1_000), Some(1), "Events are kept for 1,000 days, and up to 1 MB."),
        ] {
            assert_eq!(sentence(&Keeping { days, bytes }, "for ever"), expected);
        }
    }
}
