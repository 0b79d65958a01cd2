use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use radar_types::people::Registration;

use crate::{
    api::Register,
    components::{EmailField, Password, PasswordField, loaded},
    form::{FormError, FormState, ServerForm},
    viewer::use_viewer,
};

#[component]
pub(crate) fn RegisterPage() -> impl IntoView {
    let viewer = use_viewer();
    view! {
        <Title text="Register" />
        <section class="panel form-page">
            <h1>"Make an account"</h1>
            {loaded(viewer, |viewer| match viewer.registration {
                Registration::Off => view! { <p>"No accounts can be made here. Ask whoever runs this server."</p> }.into_any(),
                registration => view! { <RegisterForm needs_invitation=registration == Registration::Invitation /> }.into_any(),
            })}
            <p class="quiet">"Have an account? " <a href="/log-in">"Log in"</a> "."</p>
        </section>
    }
    .into_any()
}

#[component]
fn RegisterForm(needs_invitation: bool) -> impl IntoView {
    let register = FormState::new(Register::PATH);
    let invitation = use_query_map().with_untracked(|query| query.get("invitation")).unwrap_or_default();
    let is_done = move || register.is_done();
    let label = if needs_invitation { "Invitation" } else { "Invitation, if you have one" };
    view! {
        <ServerForm state=register class="form">
            <EmailField is_focused=true />
            <PasswordField kind=Password::New />
            <label class="field">
                {label}
                <input type="text" name="invitation" autocomplete="off" spellcheck="false" required=needs_invitation value=invitation />
                {needs_invitation.then(|| view! { <small>"An administrator of this server gives it to you."</small> })}
            </label>
            <FormError state=register />
            <button class="button is-primary" data-testid="submit" disabled=move || register.is_pending()>"Make the account"</button>
        </ServerForm>
        <p role="status" data-testid="registered">
            {move || {
                is_done().then(|| view! { "If this address had no account, it has one now. " <a href="/log-in">"Log in"</a> "." })
            }}
        </p>
    }
    .into_any()
}
