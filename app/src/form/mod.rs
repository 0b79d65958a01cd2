//! Forms that a server function answers.
//!
//! Leptos has such forms, too. They are made anew for each function, and the code of a dozen of them is half as large as
//! everything else on the page; these are one, whatever the function. Without scripts the browser sends them by itself, and
//! the server answers with the page they came from.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod stub;

#[cfg(feature = "hydrate")]
use browser as platform;
#[cfg(not(feature = "hydrate"))]
use stub as platform;

use leptos::{prelude::*, server_fn::error::ServerFnUrlError};
use leptos_router::hooks::use_query_map;
use radar_types::wire::Problem;

use crate::{api::ApiError, reader};

/// What becomes of a form. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct FormState {
    path: &'static str,
    /// The JSON that the function answered, or why it did not.
    answer: RwSignal<Option<Result<String, Problem>>>,
    is_pending: RwSignal<bool>,
    /// How often the function did what it was asked.
    count: RwSignal<u32>,
}

impl FormState {
    /// Of the function at `path`.
    pub(crate) fn new(path: &'static str) -> Self {
        let answer = RwSignal::new(failed_without_scripts(path).map(Err));
        Self { path, answer, is_pending: RwSignal::new(false), count: RwSignal::new(0) }
    }

    pub(crate) fn is_pending(self) -> bool {
        self.is_pending.get()
    }

    pub(crate) fn is_done(self) -> bool {
        self.answer.with(|answer| matches!(answer, Some(Ok(_))))
    }

    /// For what has to be asked anew when something was changed.
    pub(crate) fn count(self) -> u32 {
        self.count.get()
    }

    /// The text that the function answered.
    pub(crate) fn text(self) -> Option<String> {
        self.answer.with(|answer| serde_json::from_str(answer.as_ref()?.as_ref().ok()?).ok())
    }

    fn message(self) -> Option<String> {
        self.answer.with(|answer| Some(answer.as_ref()?.as_ref().err()?.message.clone()))
    }
}

/// What the server says in the address of a page that a browser without scripts comes back to. Anybody can write such an
/// address, so what is said are our own words.
fn failed_without_scripts(path: &str) -> Option<Problem> {
    let query = use_query_map().get_untracked();
    let error = query.get("__path").filter(|failed| failed == path).and_then(|_| query.get("__err"))?;
    let ApiError(Problem { code, .. }) = ServerFnUrlError::decode_err(&error);
    let message = match &*code {
        "wrong_login" => "The e-mail address or the password is wrong.",
        "too_many" => "That was tried too often. Try again later.",
        "log_in_needed" => "Log in first.",
        _ => "That did not work. Look at what you wrote, then try again.",
    };
    Some(Problem { code, message: message.into() })
}

#[component]
pub(crate) fn ServerForm(state: FormState, #[prop(default = "")] class: &'static str, children: Children) -> impl IntoView {
    view! {
        <form action=state.path method="post" class=class on:submit=move |event| platform::send(&event, state)>
            {children()}
        </form>
    }
    .into_any()
}

/// Says what went wrong.
#[component]
pub(crate) fn FormError(state: FormState) -> impl IntoView {
    view! {
        <p class="form-error" role="alert" data-testid="form-error">
            {move || state.message()}
        </p>
    }
    .into_any()
}

/// Says what went wrong, and loads another page when nothing did: another reader sees other things.
#[component]
pub(crate) fn Outcome(state: FormState, #[prop(into)] then: String) -> impl IntoView {
    Effect::new(move |_| {
        if state.is_done() {
            reader::go_to(&then);
        }
    });
    view! { <FormError state /> }
}
