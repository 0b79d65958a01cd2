//! What the found events are made of, and each value with a way to ask for it or for all but it.

use leptos::prelude::*;
use radar_types::{
    Severity,
    explore::{Facet, FacetValue},
    grouped, query,
};

use super::{answer::Answer, state::Explore};
use crate::{components::SeverityMark, format::visible};

#[component]
pub(super) fn FacetsPanel(explore: Explore, facets: Answer<Vec<Facet>>) -> impl IntoView {
    let list = move || {
        let fields = Memo::new(move |_| {
            facets.with(|facets| {
                facets.iter().filter(|facet| !facet.values.is_empty()).map(|facet| facet.field.clone()).collect::<Vec<_>>()
            })
        });
        let groups = move || fields.get().unwrap_or_default();
        view! {
            <For each=groups key=|field| field.clone() let:field>
                <FacetGroup explore facets field />
            </For>
            {move || fields.with(|fields| fields.as_ref().is_some_and(Vec::is_empty)).then(|| view! { <p class="quiet">"Nothing to filter by."</p> })}
        }
        .into_any()
    };
    view! {
        <section class="panel facets" id="facets" aria-labelledby="facets-title" data-testid="facets">
            <h2 id="facets-title" class="only-heard">"Filters"</h2>
            <div class="facets-scroll" tabindex="0" role="region" aria-label="Values to filter by" class:is-behind=move || facets.is_loading()>
                {facets.view(skeleton, list)}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn FacetGroup(explore: Explore, facets: Answer<Vec<Facet>>, field: String) -> impl IntoView {
    let this = {
        let field = field.clone();
        Memo::new(move |_| facets.with(|facets| facets.iter().find(|facet| facet.field == field).cloned()).flatten())
    };
    let (label, name) = (label(&field), field.clone());
    let total = move || {
        this.with(|facet| facet.as_ref().map_or(0, |facet| facet.values.iter().map(|value| value.count).max().unwrap_or(0)))
    };
    let distinct = move || {
        this.with(|facet| {
            let facet = facet.as_ref()?;
            let or_more = if facet.distinct >= Facet::DISTINCT_MAX.into() { "+" } else { "" };
            Some(format!("{}{or_more}", grouped(facet.distinct)))
        })
    };
    let values = move || {
        let values = this.with(|facet| facet.as_ref().map(|facet| facet.values.clone())).unwrap_or_default();
        let most = total();
        // Read here for all of them: they come and go with every count.
        explore
            .question
            .with(|question| values.into_iter().map(|value| line(explore, &field, value, most, question)).collect_view())
    };
    view! {
        <details class="facet" open data-facet=name>
            <summary>{label} <span class="facet-distinct">{distinct}</span></summary>
            <ul>{values}</ul>
        </details>
    }
    .into_any()
}

fn line(explore: Explore, field: &str, value: FacetValue, most: u64, question: &str) -> AnyView {
    let FacetValue { value, label, count, worst } = value;
    let include = query::term(field, &value);
    let exclude = format!("-{include}");
    let shown = match label.as_deref().unwrap_or(&value) {
        "" => "(empty)".to_owned(),
        text => visible(text),
    };
    let of_field = format!("{field} {shown}");
    let is_in = query::has(question, &include);
    let ask = move |condition: &str| {
        let question = explore.question.get_untracked();
        explore.ask(if query::has(&question, condition) {
            query::without(&question, condition)
        } else {
            query::with(&question, condition)
        });
    };
    let severity = Severity::ALL.into_iter().find(|severity| field == "severity" && severity.name() == value);
    let text = match severity {
        Some(severity) => view! { <SeverityMark severity=Some(severity) /> }.into_any(),
        None => {
            // The marks stand below each other, so those without one leave room for it.
            let title = worst.map(|worst| format!("The worst is {worst}"));
            let mark = worst.filter(|worst| worst.is_anomaly()).map(|worst| view! { <SeverityMark severity=Some(worst) /> });
            let worst = view! { <span class="worst" title=title aria-hidden="true">{mark}</span> };
            view! { {worst} <bdi class="facet-text">{shown.clone()}</bdi> }.into_any()
        }
    };
    // A bar as wide as the value is frequent; the page's policy allows no width in a style.
    let width = (count.saturating_mul(100) / most.max(1)).to_string();
    view! {
        <li class="facet-value" class:is-in=is_in>
            <svg class="facet-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                <rect width=width height="1" />
            </svg>
            <button
                type="button"
                class="facet-include"
                title=format!("Only {of_field}")
                aria-pressed=if is_in { "true" } else { "false" }
                on:click=move |_| ask(&include)
            >
                <span class="only-heard">{format!("Only {field} ")}</span>
                {text}
                <span class="only-heard">", "</span>
                <span class="facet-count">{grouped(count)}</span>
            </button>
            <button type="button" class="facet-exclude" title=format!("All but {of_field}") aria-label=format!("All but {of_field}") on:click=move |_| ask(&exclude)>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8 h10" /></svg>
            </button>
        </li>
    }
    .into_any()
}

fn label(field: &str) -> String {
    let mut characters = field.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn skeleton() -> AnyView {
    view! {
        <div class="rows-skeleton" role="status" aria-label="Counting values" aria-busy="true">
            {(0..14).map(|_| view! { <span class="skeleton"></span> }).collect_view()}
        </div>
    }
    .into_any()
}
