use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use radar_types::people::Registration;

use crate::{
    api::LogIn,
    components::{EmailField, Outcome, Password, PasswordField},
    reader::local_path,
    viewer::use_viewer,
};

#[component]
pub(crate) fn LogInPage() -> impl IntoView {
    let viewer = use_viewer();
    let log_in = ServerAction::<LogIn>::new();
    let next = local_path(use_query_map().with_untracked(|query| query.get("next")));
    view! {
        <Title text="Log in" />
        <section class="panel form-page">
            <h1>"Log in"</h1>
            <ActionForm action=log_in attr:class="form">
                <EmailField is_focused=true />
                <PasswordField kind=Password::Known />
                <Outcome value=log_in.value() then=next />
                <button class="button is-primary" data-testid="submit" disabled=move || log_in.pending().get()>"Log in"</button>
            </ActionForm>
            <Transition>
                {move || Suspend::new(async move {
                    let viewer = viewer.await.ok()?;
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
                    Some(view! { {me} {others} })
                })}
            </Transition>
        </section>
    }
    .into_any()
}
