use leptos::{prelude::*, server_fn::ServerFn};
use radar_types::{Scope, Side, people::TokenInfo};

use crate::{
    api::{CreateToken, RevokeToken, get_tokens},
    components::loaded,
    form::{FormError, FormState, ServerForm},
    reader::LocalTime,
};

/// What collectors and scripts show instead of logging in.
#[component]
pub(super) fn Tokens(side: Side) -> impl IntoView {
    let create = FormState::new(CreateToken::PATH);
    let revoke = FormState::new(RevokeToken::PATH);
    let tokens = Resource::new_blocking(move || (create.count(), revoke.count()), |_| get_tokens());
    let of = if side == Side::Public { "the public collection" } else { "your private collection" };
    view! {
        <section class="panel" id="tokens" aria-labelledby="tokens-title">
            <h2 id="tokens-title">"Tokens"</h2>
            <p class="quiet">"A collector or a script shows a token instead of logging in. These are for " {of} " alone."</p>
            <CreateForm create />
            {loaded(tokens, move |tokens| {
                if tokens.is_empty() {
                    view! { <p class="quiet">"There is none yet."</p> }.into_any()
                } else {
                    view! { <TokenTable tokens revoke /> }.into_any()
                }
            })}
            <FormError state=revoke />
        </section>
    }
    .into_any()
}

#[component]
fn CreateForm(create: FormState) -> impl IntoView {
    let secret = move || create.text();
    view! {
        <ServerForm state=create class="form is-row">
            <label class="field">
                "Name"
                <input type="text" name="name" required maxlength="80" autocomplete="off" placeholder="collector on WS-014" />
            </label>
            <fieldset class="checks">
                <legend>"It may"</legend>
                <label><input type="checkbox" name="may_send" value="true" checked=true /> "send events"</label>
                <label><input type="checkbox" name="may_read" value="true" /> "read them"</label>
            </fieldset>
            <label class="field">
                "Until"
                <select name="days">
                    <option value="0">"it is revoked"</option>
                    <option value="1">"tomorrow"</option>
                    <option value="30">"30 days from now"</option>
                    <option value="365">"a year from now"</option>
                </select>
            </label>
            <button class="button is-primary" data-testid="create-token">"Make a token"</button>
            <FormError state=create />
        </ServerForm>
        <div role="status">
            {move || {
                secret()
                    .map(|secret| {
                        let command = format!("radar-collector send events.ndjson --server {} --token {secret}", crate::reader::origin());
                        view! {
                            <div class="secret">
                                <p>"Copy it now; it is not shown again:"</p>
                                <code data-testid="token-secret">{secret}</code>
                                <p>"A file is sent with it like this:"</p>
                                <code>{command}</code>
                            </div>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}

#[component]
fn TokenTable(tokens: Vec<TokenInfo>, revoke: FormState) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Table of tokens">
            <table class="plain" data-testid="tokens">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"May"</th>
                        <th scope="col">"Made"</th>
                        <th scope="col">"By"</th>
                        <th scope="col">"Last used"</th>
                        <th scope="col">"Until"</th>
                        <th scope="col"><span class="only-heard">"Revoke"</span></th>
                    </tr>
                </thead>
                <tbody>{tokens.into_iter().map(|token| view! { <TokenRow token revoke /> }).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn TokenRow(token: TokenInfo, revoke: FormState) -> impl IntoView {
    let may: Vec<&str> = token.scopes.iter().map(|scope| if *scope == Scope::Ingest { "send" } else { "read" }).collect();
    let label = format!("Revoke {}", token.name);
    view! {
        <tr data-testid="token">
            <th scope="row">{token.name}</th>
            <td>{may.join(", ")}</td>
            <td><LocalTime time=token.created /></td>
            <td>{token.created_by}</td>
            <td>{token.last_used.map_or_else(|| "never".into_any(), |time| view! { <LocalTime time /> }.into_any())}</td>
            <td>{token.expires.map_or_else(|| "revoked".into_any(), |time| view! { <LocalTime time /> }.into_any())}</td>
            <td>
                <ServerForm state=revoke>
                    <input type="hidden" name="id" value=token.id />
                    <button class="button is-small" data-testid="revoke" aria-label=label>"Revoke"</button>
                </ServerForm>
            </td>
        </tr>
    }
    .into_any()
}
