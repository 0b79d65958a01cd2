use leptos::prelude::*;
use radar_types::people::Me;

use crate::{
    api::{ChangePassword, DeleteAccount, LogOutEverywhere},
    components::{Danger, FormError, Outcome, Password, PasswordField},
};

#[component]
pub(super) fn Profile(me: Me) -> impl IntoView {
    let everywhere = ServerAction::<LogOutEverywhere>::new();
    let delete = ServerAction::<DeleteAccount>::new();
    view! {
        <section class="panel" aria-labelledby="account-title">
            <h2 id="account-title">"Account"</h2>
            <dl class="facts">
                <dt>"E-mail"</dt>
                <dd data-testid="me">{me.email.to_string()}</dd>
                <dt>"Role"</dt>
                <dd data-testid="role">{me.role.name()}</dd>
            </dl>
            <ChangePasswordForm />
            <div class="actions">
                <ActionForm action=everywhere>
                    <button class="button" data-testid="log-out-everywhere">"Log out everywhere"</button>
                </ActionForm>
                <Outcome value=everywhere.value() then="/" />
            </div>
            <Danger label="Delete this account">
                <p>"The account goes with its collection: every event in it, its tokens and its saved searches. Nobody can bring it back."</p>
                <ActionForm action=delete attr:class="form">
                    <PasswordField kind=Password::Known label="Your password" />
                    <Outcome value=delete.value() then="/" />
                    <button class="button is-danger" data-testid="delete-account">"Delete the account"</button>
                </ActionForm>
            </Danger>
        </section>
    }
    .into_any()
}

#[component]
fn ChangePasswordForm() -> impl IntoView {
    let change = ServerAction::<ChangePassword>::new();
    let is_done = move || change.value().with(|value| matches!(value, Some(Ok(()))));
    view! {
        <details class="step">
            <summary>"Change the password"</summary>
            <ActionForm action=change attr:class="form">
                <PasswordField kind=Password::Known name="old" label="Password until now" />
                <PasswordField kind=Password::New name="new" label="New password" />
                <FormError value=change.value() />
                <button class="button is-primary" data-testid="change-password" disabled=move || change.pending().get()>"Change it"</button>
                <p role="status">{move || is_done().then_some("Changed. Everywhere else this account is logged out.")}</p>
            </ActionForm>
        </details>
    }
    .into_any()
}
