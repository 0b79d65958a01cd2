//! Who looks at the page and at which collection, in the header of each page.

use leptos::{prelude::*, server_fn::ServerFn};
use radar_types::{
    Side,
    people::{PrivateSession, Viewer},
};

use crate::{
    address::use_path,
    api::{ApiError, ChooseSide, ClearSession, LogOut, get_viewer},
    components::loaded,
    form::{FormState, Outcome, ServerForm},
    reader::LocalTime,
};

/// One question for all who want to know.
#[derive(Clone, Copy)]
pub(crate) struct ViewerResource(Resource<Result<Viewer, ApiError>>);

pub(crate) fn provide_viewer() {
    provide_context(ViewerResource(Resource::new_blocking(|| (), |()| get_viewer())));
}

/// Who looks at this page.
pub(crate) fn use_viewer() -> Resource<Result<Viewer, ApiError>> {
    let ViewerResource(viewer) = expect_context();
    viewer
}

/// The switch between what is public and what is private, and the way in and out.
#[component]
pub(crate) fn ViewerBar() -> impl IntoView {
    loaded(use_viewer(), |viewer| view! { <SideSwitch side=viewer.side /> <AccountMenu viewer /> }.into_any())
}

/// Says plainly what a private session is, and what to do on the first run.
#[component]
pub(crate) fn ViewerNotice() -> impl IntoView {
    let pathname = use_path();
    loaded(use_viewer(), move |viewer| {
        let setup = viewer.needs_setup.then(|| {
            // Who is there already is told so by the page.
            let is_elsewhere = move || pathname.with(|pathname| pathname != "/set-up");
            view! {
                <p class="notice" data-testid="needs-setup" hidden=move || !is_elsewhere()>
                    "Nobody administers this server yet. " <a href="/set-up">"Make the first administrator"</a> "."
                </p>
            }
        });
        let session = viewer.session.filter(|_| viewer.side == Side::Private);
        let session = session.map(|session| view! { <SessionNotice session /> });
        let is_there = setup.is_some() || session.is_some();
        is_there.then(|| view! { <aside aria-label="About this view">{setup} {session}</aside> }).into_any()
    })
}

#[component]
fn SessionNotice(session: PrivateSession) -> impl IntoView {
    let clear = FormState::new(ClearSession::PATH);
    let PrivateSession { ends, idle_minutes } = session;
    view! {
        <div class="notice is-private" data-testid="private-session">
            <span>
                "This collection is private to this browser. It vanishes when it was not used for "
                {format!("{idle_minutes} min")} ", and at the latest at " <LocalTime time=ends /> ". "
                "To send to it, " <a href="/settings#tokens">"make a token"</a> "."
            </span>
            <ServerForm state=clear>
                <button class="button is-small" data-testid="clear-session">"Clear"</button>
            </ServerForm>
            <Outcome state=clear then="/" />
        </div>
    }
    .into_any()
}

#[component]
fn SideSwitch(side: Side) -> impl IntoView {
    let choose = FormState::new(ChooseSide::PATH);
    let pathname = use_path();
    let choice = move |name: &'static str, label: &'static str, title: &'static str, of: Side| {
        view! {
            <button
                name="side"
                value=name
                title=title
                data-testid=format!("side-{name}")
                aria-pressed=if of == side { "true" } else { "false" }
            >
                {label}
            </button>
        }
    };
    view! {
        <div role="group" aria-label="Collection in view" data-testid="side" data-side=if side == Side::Private { "private" } else { "public" }>
            <ServerForm state=choose class="choice">
                {choice("public", "Public", "What everybody sees", Side::Public)}
                {choice("private", "Private", "What only you see", Side::Private)}
            </ServerForm>
            <Outcome state=choose then=pathname.get_untracked() />
        </div>
    }
    .into_any()
}

#[component]
fn AccountMenu(viewer: Viewer) -> impl IntoView {
    let log_out = FormState::new(LogOut::PATH);
    match viewer.account {
        Some(me) => view! {
            <div class="account">
                <a href="/settings" class="account-name" data-testid="account" title=me.email.to_string()>{me.email.to_string()}</a>
                <ServerForm state=log_out>
                    <button class="button is-small" data-testid="log-out">"Log out"</button>
                </ServerForm>
                <Outcome state=log_out then="/" />
            </div>
        }
        .into_any(),
        None => view! {
            <div class="account">
                <a href="/log-in" data-testid="log-in">"Log in"</a>
            </div>
        }
        .into_any(),
    }
}
