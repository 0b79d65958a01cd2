use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use radar_types::people::Registration;

use crate::{
    api::LogIn,
    components::{EmailField, Password, PasswordField, loaded},
    form::{FormState, Outcome, ServerForm},
    reader::local_path,
    viewer::use_viewer,
};

#[component]
pub(crate) fn LogInPage() -> impl IntoView {
    let viewer = use_viewer();
    let log_in = FormState::new(LogIn::PATH);
    let next = local_path(use_query_map().with_untracked(|query| query.get("next")));
    view! {
        <Title text="Log in" />
        <section class="panel form-page">
            <h1>"Log in"</h1>
            <ServerForm state=log_in class="form">
                <EmailField is_focused=true />
                <PasswordField kind=Password::Known />
                <Outcome state=log_in then=next />
                <button class="button is-primary" data-testid="submit" disabled=move || log_in.is_pending()>"Log in"</button>
            </ServerForm>
            {loaded(viewer, |viewer| {
                let me = viewer.account.map(|me| {
                    view! {
                        <p class="quiet" data-testid="logged-in">
                            "You are logged in as " <b>{me.email.to_string()}</b> ". " <a href="/">"Go to the overview"</a> "."
                        </p>
                    }
                });
                let others = (viewer.registration != Registration::Off).then(|| {
                    view! { <p class="quiet">"No account yet? " <a href="/register">"Make one"</a> "."</p> }
                });
                view! { {me} {others} }.into_any()
            })}
        </section>
    }
    .into_any()
}
