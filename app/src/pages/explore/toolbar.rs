//! What can be done with what was found: other columns, a file, a link.

use leptos::{prelude::*, task::spawn_local};
use radar_types::query::Order;

use super::{
    columns::{Column, toggled},
    menu::Menu,
    state::{Explore, order_name},
};
use crate::{dom, reader::address};

#[component]
pub(super) fn ColumnsMenu(explore: Explore) -> impl IntoView {
    let all = move || {
        let shown = explore.columns.get();
        let own = shown.iter().filter(|column| !Column::KNOWN.contains(column)).cloned().collect::<Vec<_>>();
        Column::KNOWN.into_iter().chain(own).map(|column| (shown.contains(&column), column)).collect::<Vec<_>>()
    };
    let choice = move |(is_shown, column): (bool, Column)| {
        let (label, name) = (column.label(), column.name());
        view! {
            <li>
                <label>
                    <input
                        type="checkbox"
                        data-column=name
                        prop:checked=is_shown
                        on:change=move |_| explore.here.replace(&[("columns", toggled(&explore.columns.get_untracked(), &column))])
                    />
                    {label}
                </label>
            </li>
        }
    };
    view! {
        <Menu label="Columns" class="needs-scripts">
            <ul class="menu-list" data-testid="columns">{move || all().into_iter().map(choice).collect_view()}</ul>
        </Menu>
    }
    .into_any()
}

#[component]
pub(super) fn ExportMenu(explore: Explore) -> impl IntoView {
    let link = move |format: &'static str| {
        move || {
            // A file is in the order of time.
            let order = if explore.order.get() == Order::Oldest { Order::Oldest } else { Order::Newest };
            let mut query = leptos_router::params::ParamsMap::new();
            query.insert("format", format.to_owned());
            query.insert("question", explore.question.get());
            query.insert("span", explore.span.get().to_string());
            query.insert("order", order_name(order).to_owned());
            format!("/api/export{}", query.to_query_string())
        }
    };
    view! {
        <Menu label="Export">
            <ul class="menu-list">
                <li><a href=link("csv") download rel="external" data-testid="export-csv">"Table (CSV)"</a></li>
                <li><a href=link("jsonl") download rel="external" data-testid="export-jsonl">"JSON lines"</a></li>
            </ul>
        </Menu>
    }
    .into_any()
}

/// The address says all that is on the page.
#[component]
pub(super) fn CopyLink() -> impl IntoView {
    let said = RwSignal::new("");
    let copy = move |_| {
        spawn_local(async move {
            let is_copied = dom::copy(&address()).await;
            let _ = said.try_set(if is_copied { "Copied" } else { "This browser does not allow it. Copy the address instead." });
            dom::wait_millis(4_000).await;
            let _ = said.try_set("");
        });
    };
    view! {
        <button class="tool needs-scripts" type="button" data-testid="copy-link" on:click=copy>"Copy link"</button>
        <span class="said" role="status" data-testid="copied">{said}</span>
    }
    .into_any()
}
