//! What a reader may change: each section is there for those who may use it, and for nobody else.

mod appearance;
mod audit;
mod collection;
mod people;
mod profile;
mod thresholds;
mod tokens;

use leptos::prelude::*;
use leptos_meta::Title;
use radar_types::{Side, people::Viewer};

use crate::{components::loaded, viewer::use_viewer};
use {
    appearance::Appearance, audit::Audit, collection::CollectionSection, people::People, profile::Profile,
    thresholds::ThresholdSection, tokens::Tokens,
};

#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let viewer = use_viewer();
    view! {
        <Title text="Settings" />
        <div class="settings">
            <h1>"Settings"</h1>
            {loaded(viewer, |viewer| view! { <Sections viewer /> }.into_any())}
        </div>
    }
    .into_any()
}

#[component]
fn Sections(viewer: Viewer) -> impl IntoView {
    let (works, administers, side) = (viewer.works(), viewer.administers(), viewer.side);
    let is_session = side == Side::Private && viewer.session.is_some();
    let clears = side == Side::Private || administers;
    view! {
        {match viewer.account.clone() {
            Some(me) => view! { <Profile me /> }.into_any(),
            None => view! { <Stranger is_private=side == Side::Private /> }.into_any(),
        }}
        <Appearance />
        <CollectionSection side clears is_session=is_session />
        <ThresholdSection clears />
        {works.then(|| view! { <Tokens side /> })}
        {administers.then(|| view! { <People /> <Audit /> })}
    }
    .into_any()
}

#[component]
fn Stranger(is_private: bool) -> impl IntoView {
    let hint = if is_private {
        "Without an account, this browser has a private collection that vanishes with its session."
    } else {
        "Without an account, you see what is public, and can open a private session with the switch above."
    };
    view! {
        <section class="panel" aria-labelledby="account-title">
            <h2 id="account-title">"Account"</h2>
            <p>"You are not logged in. " {hint}</p>
            <p><a class="button" href="/log-in?next=/settings">"Log in"</a></p>
        </section>
    }
    .into_any()
}
