//! What forms share. Each works without scripts as well: the browser then sends it, and the server answers with the page.

use leptos::prelude::*;

use crate::{api::ApiError, reader};

/// Says what went wrong with a form; takes the reader to another page when nothing did.
#[component]
pub(crate) fn Outcome<T: Clone + Send + Sync + 'static>(
    #[prop(into)] value: Signal<Option<Result<T, ApiError>>>,
    /// Loaded anew, because another reader sees other things.
    #[prop(into)]
    then: String,
) -> impl IntoView {
    Effect::new(move |_| {
        if value.with(|value| matches!(value, Some(Ok(_)))) {
            reader::go_to(&then);
        }
    });
    view! { <FormError value /> }
}

#[component]
pub(crate) fn FormError<T: Clone + Send + Sync + 'static>(
    #[prop(into)] value: Signal<Option<Result<T, ApiError>>>,
) -> impl IntoView {
    let message = move || value.get().and_then(Result::err).map(|error| error.0.message);
    view! {
        <p class="form-error" role="alert" data-testid="form-error">
            {message}
        </p>
    }
    .into_any()
}

#[component]
pub(crate) fn EmailField(#[prop(optional)] is_focused: bool) -> impl IntoView {
    view! {
        <label class="field">
            "E-mail"
            <input type="email" name="email" autocomplete="username" required maxlength="100" autofocus=is_focused />
        </label>
    }
    .into_any()
}

/// What a password is for decides what the browser offers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Password {
    Known,
    New,
}

#[component]
pub(crate) fn PasswordField(
    kind: Password,
    #[prop(default = "password")] name: &'static str,
    #[prop(default = "Password")] label: &'static str,
) -> impl IntoView {
    let autocomplete = if kind == Password::New { "new-password" } else { "current-password" };
    view! {
        <label class="field">
            {label}
            <input type="password" name=name autocomplete=autocomplete required minlength=(kind == Password::New).then_some("10") maxlength="256" />
            {(kind == Password::New).then(|| view! { <small>"At least 10 characters; a few words make a good one."</small> })}
        </label>
    }
    .into_any()
}

/// Something that can't be undone, behind a second step.
#[component]
pub(crate) fn Danger(label: &'static str, children: Children) -> impl IntoView {
    view! {
        <details class="danger">
            <summary>{label}</summary>
            <div class="danger-body">{children()}</div>
        </details>
    }
    .into_any()
}
