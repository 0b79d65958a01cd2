use leptos::{prelude::*, server_fn::ServerFn};
use radar_types::people::Me;

use crate::{
    api::{ChangePassword, DeleteAccount, LogOutEverywhere},
    components::{Danger, Password, PasswordField},
    form::{FormError, FormState, Outcome, ServerForm},
};

#[component]
pub(super) fn Profile(me: Me) -> impl IntoView {
    let everywhere = FormState::new(LogOutEverywhere::PATH);
    let delete = FormState::new(DeleteAccount::PATH);
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
                <ServerForm state=everywhere>
                    <button class="button" data-testid="log-out-everywhere">"Log out everywhere"</button>
                </ServerForm>
                <Outcome state=everywhere then="/" />
            </div>
            <Danger label="Delete this account">
                <p>"The account goes with its collection: every event in it, its tokens and its saved searches. Nobody can bring it back."</p>
                <ServerForm state=delete class="form">
                    <PasswordField kind=Password::Known label="Your password" />
                    <Outcome state=delete then="/" />
                    <button class="button is-danger" data-testid="delete-account">"Delete the account"</button>
                </ServerForm>
            </Danger>
        </section>
    }
    .into_any()
}

#[component]
fn ChangePasswordForm() -> impl IntoView {
    let change = FormState::new(ChangePassword::PATH);
    let is_done = move || change.is_done();
    view! {
        <details class="step">
            <summary>"Change the password"</summary>
            <ServerForm state=change class="form">
                <PasswordField kind=Password::Known name="old" label="Password until now" />
                <PasswordField kind=Password::New name="new" label="New password" />
                <FormError state=change />
                <button class="button is-primary" data-testid="change-password" disabled=move || change.is_pending()>"Change it"</button>
                <p role="status">{move || is_done().then_some("Changed. Everywhere else this account is logged out.")}</p>
            </ServerForm>
        </details>
    }
    .into_any()
}
