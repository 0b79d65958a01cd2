//! What forms share.

use leptos::prelude::*;

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
