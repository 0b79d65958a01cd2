use leptos::{prelude::*, server_fn::ServerFn};
use radar_types::{Role, people::AccountInfo};

use crate::{
    api::{Invite, PAGE, RemoveUser, SetRole, get_accounts},
    components::{Danger, loaded},
    form::{FormError, FormState, ServerForm},
    reader::{LocalTime, origin},
};

/// Accounts, for who administers them.
#[component]
pub(super) fn People() -> impl IntoView {
    let set_role = FormState::new(SetRole::PATH);
    let remove = FormState::new(RemoveUser::PATH);
    let after = RwSignal::new(String::new());
    let accounts =
        Resource::new_blocking(move || (set_role.count(), remove.count(), after.get()), |(.., after)| get_accounts(after));
    view! {
        <section class="panel" aria-labelledby="people-title">
            <h2 id="people-title">"People"</h2>
            <InviteForm />
            {loaded(accounts, move |accounts| view! { <AccountTable accounts after set_role remove /> }.into_any())}
            <FormError state=set_role />
            <FormError state=remove />
        </section>
    }
    .into_any()
}

#[component]
fn InviteForm() -> impl IntoView {
    let invite = FormState::new(Invite::PATH);
    let link = move || invite.text().map(|secret| format!("{}/register?invitation={secret}", origin()));
    view! {
        <ServerForm state=invite class="form is-row">
            <label class="field">"Invite somebody as" <RoleSelect role=Role::Analyst /></label>
            <button class="button is-primary" data-testid="invite">"Make an invitation"</button>
            <FormError state=invite />
        </ServerForm>
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
fn AccountTable(accounts: Vec<AccountInfo>, after: RwSignal<String>, set_role: FormState, remove: FormState) -> impl IntoView {
    let accounts_count = accounts.len();
    // The next page begins after the last one of this.
    let next = accounts.last().map(|account| account.email.to_string());
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
        <div class="actions">
            {(accounts_count >= PAGE as usize).then_some(next).flatten().map(|next| view! { <button class="button is-small" on:click=move |_| after.set(next.clone())>"Later in the alphabet"</button> })}
            {move || {
                (!after.with(String::is_empty))
                    .then(|| view! { <button class="button is-small" on:click=move |_| after.set(String::new())>"From the beginning"</button> })
            }}
        </div>
    }
    .into_any()
}

#[component]
fn AccountRow(account: AccountInfo, set_role: FormState, remove: FormState) -> impl IntoView {
    let email = account.email.to_string();
    let (shown, of_role, of_removal) = (email.clone(), email.clone(), email.clone());
    let role_label = format!("Role of {email}");
    view! {
        <tr data-testid="account-row" data-email=email>
            <th scope="row">{shown}</th>
            <td>
                <ServerForm state=set_role class="inline">
                    <input type="hidden" name="email" value=of_role />
                    <label><span class="only-heard">{role_label}</span> <RoleSelect role=account.role /></label>
                    <button class="button is-small" data-testid="set-role">"Change"</button>
                </ServerForm>
            </td>
            <td><LocalTime time=account.created /></td>
            <td>{account.last_login.map_or_else(|| "never".into_any(), |time| view! { <LocalTime time /> }.into_any())}</td>
            <td>
                <Danger label="Remove">
                    <ServerForm state=remove>
                        <input type="hidden" name="email" value=of_removal.clone() />
                        <button class="button is-small is-danger" data-testid="remove-user">"Remove with all its events"</button>
                    </ServerForm>
                </Danger>
            </td>
        </tr>
    }
    .into_any()
}
