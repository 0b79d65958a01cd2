use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use crate::{
    api::SetUp,
    components::{EmailField, Password, PasswordField, loaded},
    form::{FormState, Outcome, ServerForm},
    viewer::use_viewer,
};

/// The first run: somebody has to administer the server.
#[component]
pub(crate) fn SetUpPage() -> impl IntoView {
    let viewer = use_viewer();
    view! {
        <Title text="Set up" />
        <section class="panel form-page">
            <h1>"The first administrator"</h1>
            {loaded(viewer, |viewer| {
                if viewer.needs_setup {
                    view! { <SetUpForm needs_code=viewer.needs_setup_code /> }.into_any()
                } else {
                    view! { <p>"This server has an administrator already. " <a href="/log-in">"Log in"</a> "."</p> }.into_any()
                }
            })}
        </section>
    }
    .into_any()
}

#[component]
fn SetUpForm(needs_code: bool) -> impl IntoView {
    let set_up = FormState::new(SetUp::PATH);
    view! {
        <p class="quiet">"An administrator invites others, makes tokens for collectors, and decides how long events are kept."</p>
        <ServerForm state=set_up class="form">
            <EmailField is_focused=true />
            <PasswordField kind=Password::New />
            {needs_code
                .then(|| {
                    view! {
                        <label class="field">
                            "Code"
                            <input type="text" name="code" autocomplete="off" spellcheck="false" required />
                            <small>"The server wrote it to its log when it started."</small>
                        </label>
                    }
                })}
            <Outcome state=set_up then="/settings" />
            <button class="button is-primary" data-testid="submit" disabled=move || set_up.is_pending()>"Make the administrator"</button>
        </ServerForm>
    }
    .into_any()
}
