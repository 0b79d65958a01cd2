use leptos::prelude::*;
use radar_types::{Role, people::AccountInfo};

use crate::{
    api::{Invite, RemoveUser, SetRole, get_accounts},
    components::{Danger, FormError},
    reader::{LocalTime, origin},
};

/// Accounts, for who administers them.
#[component]
pub(super) fn People() -> impl IntoView {
    let set_role = ServerAction::<SetRole>::new();
    let remove = ServerAction::<RemoveUser>::new();
    let accounts =
        Resource::new_blocking(move || (set_role.version().get(), remove.version().get()), |_| get_accounts(String::new()));
    view! {
        <section class="panel" aria-labelledby="people-title">
            <h2 id="people-title">"People"</h2>
            <InviteForm />
            <Transition>
                {move || Suspend::new(async move {
                    match accounts.await {
                        Ok(accounts) => view! { <AccountTable accounts set_role remove /> }.into_any(),
                        Err(error) => view! { <p role="alert">{error.0.message}</p> }.into_any(),
                    }
                })}
            </Transition>
            <FormError value=set_role.value() />
            <FormError value=remove.value() />
        </section>
    }
    .into_any()
}

#[component]
fn InviteForm() -> impl IntoView {
    let invite = ServerAction::<Invite>::new();
    let link = move || invite.value().get().and_then(Result::ok).map(|secret| format!("{}/register?invitation={secret}", origin()));
    view! {
        <ActionForm action=invite attr:class="form is-row">
            <label class="field">"Invite somebody as" <RoleSelect role=Role::Analyst /></label>
            <button class="button is-primary" data-testid="invite">"Make an invitation"</button>
            <FormError value=invite.value() />
        </ActionForm>
        <div role="status">
            {move || {
                link()
                    .map(|link| {
                        view! {
                            <div class="secret">
                                <p>"Send this link to one person. It is good for one account, within a week, and is not shown again:"</p>
                                <code data-testid="invitation">{link}</code>
                            </div>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}

#[component]
fn RoleSelect(role: Role) -> impl IntoView {
    view! {
        <select name="role">
            {Role::ALL.map(|each| view! { <option value=each.name() selected=each == role>{each.name()}</option> }).collect_view()}
        </select>
    }
    .into_any()
}

#[component]
fn AccountTable(accounts: Vec<AccountInfo>, set_role: ServerAction<SetRole>, remove: ServerAction<RemoveUser>) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Table of accounts">
            <table class="plain" data-testid="accounts">
                <thead>
                    <tr>
                        <th scope="col">"E-mail"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Made"</th>
                        <th scope="col">"Last logged in"</th>
                        <th scope="col"><span class="only-heard">"Remove"</span></th>
                    </tr>
                </thead>
                <tbody>{accounts.into_iter().map(|account| view! { <AccountRow account set_role remove /> }).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn AccountRow(account: AccountInfo, set_role: ServerAction<SetRole>, remove: ServerAction<RemoveUser>) -> impl IntoView {
    let email = account.email.to_string();
    let (shown, of_role, of_removal) = (email.clone(), email.clone(), email.clone());
    let role_label = format!("Role of {email}");
    view! {
        <tr data-testid="account-row" data-email=email>
            <th scope="row">{shown}</th>
            <td>
                <ActionForm action=set_role attr:class="inline">
                    <input type="hidden" name="email" value=of_role />
                    <label><span class="only-heard">{role_label}</span> <RoleSelect role=account.role /></label>
                    <button class="button is-small" data-testid="set-role">"Change"</button>
                </ActionForm>
            </td>
            <td><LocalTime time=account.created /></td>
            <td>{account.last_login.map_or_else(|| "never".into_any(), |time| view! { <LocalTime time /> }.into_any())}</td>
            <td>
                <Danger label="Remove">
                    <ActionForm action=remove>
                        <input type="hidden" name="email" value=of_removal.clone() />
                        <button class="button is-small is-danger" data-testid="remove-user">"Remove with all its events"</button>
                    </ActionForm>
                </Danger>
            </td>
        </tr>
    }
    .into_any()
}
