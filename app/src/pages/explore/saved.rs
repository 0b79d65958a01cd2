//! Questions that somebody keeps, each with its range of time and its order.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::{components::A, params::ParamsMap};
use radar_types::explore::SavedSearch;

use super::{
    menu::Menu,
    state::{Explore, order_name, sort_parameter},
};
use crate::{
    api::{RemoveSearch, SaveSearch, get_searches},
    components::loaded,
    form::{FormError, FormState, ServerForm},
    viewer::use_viewer,
};

#[component]
pub(super) fn SavedMenu(explore: Explore) -> impl IntoView {
    let save = FormState::new(SaveSearch::PATH);
    let remove = FormState::new(RemoveSearch::PATH);
    let searches = Resource::new_blocking(move || (save.count(), remove.count()), |_| get_searches());
    let list = loaded(searches, move |searches| {
        if searches.is_empty() {
            return view! { <p class="quiet">"Nothing is saved yet."</p> }.into_any();
        }
        view! { <ul class="saved" data-testid="saved">{searches.into_iter().map(|search| view! { <Saved search remove /> }).collect_view()}</ul> }.into_any()
    });
    view! {
        <Menu label="Saved">
            <div class="saved-body" data-testid="saved-menu">
                {list}
                <FormError state=remove />
                {loaded(use_viewer(), move |viewer| {
                    if viewer.account.is_none() && viewer.session.is_none() {
                        return view! { <p class="quiet"><a href="/log-in?next=/explore">"Log in"</a> " to save a search."</p> }.into_any();
                    }
                    view! {
                        <ServerForm state=save class="form">
                            <label class="field">
                                "Save this search as"
                                <input type="text" name="name" required maxlength=SavedSearch::NAME_CHARACTERS_MAX.to_string() autocomplete="off" />
                            </label>
                            <input type="hidden" name="question" value=move || explore.question.get() />
                            <input type="hidden" name="span" value=move || explore.span.get().to_string() />
                            <input type="hidden" name="order" value=move || order_name(explore.order.get()) />
                            <button class="button is-small" data-testid="save-search" disabled=move || save.is_pending()>"Save"</button>
                            <FormError state=save />
                        </ServerForm>
                    }
                    .into_any()
                })}
            </div>
        </Menu>
    }
    .into_any()
}

#[component]
fn Saved(search: SavedSearch, remove: FormState) -> impl IntoView {
    let link = link(&search);
    let SavedSearch { id, name, question, .. } = search;
    let removes = format!("Remove {name}");
    view! {
        <li>
            <A href=link attr:title=question>{name}</A>
            <ServerForm state=remove>
                <input type="hidden" name="id" value=id />
                <button class="tool" aria-label=removes>"Remove"</button>
            </ServerForm>
        </li>
    }
    .into_any()
}

fn link(search: &SavedSearch) -> String {
    let mut query = ParamsMap::new();
    for (name, value) in
        [("q", search.question.clone()), ("range", search.span.to_string()), ("sort", sort_parameter(search.order))]
    {
        if !value.is_empty() {
            query.insert(name, value);
        }
    }
    format!("/explore{}", query.to_query_string())
}

#[cfg(test)]
mod tests {
    use radar_types::{Range, Span, query::Order};

    use super::*;

    #[test]
    fn a_saved_search_is_a_link() {
        let search = |question: &str, order| SavedSearch {
            id: "1".into(),
            name: "a".into(),
            question: question.into(),
            span: Span::Last(Range::Day),
            order,
        };
        assert_eq!(link(&search("host=\"a&b\"", Order::Score)), "/explore?q=host%3D%22a%26b%22&range=24h&sort=score");
        assert_eq!(link(&search("", Order::Newest)), "/explore?range=24h");
    }
}
