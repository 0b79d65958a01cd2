use leptos::prelude::*;
use radar_types::{Range, Span};

use crate::{
    address::{Here, range_link, use_here, use_span},
    reader::{self, LocalTime, zone_label},
};

/// The ranges of time up to now, and one from a time to another.
#[component]
pub(crate) fn RangeLinks() -> impl IntoView {
    let here = use_here();
    let current = use_span();
    let link = move |range: Range| {
        let is_current = move || (current.get() == Span::Last(range)).then_some("true");
        view! {
            <a href=move || range_link(here, Span::Last(range)) data-range=range.name() aria-current=is_current>
                {range.name()}
            </a>
        }
    };
    view! {
        <nav class="ranges" aria-label="Time range">
            {Range::ALL.map(link).collect_view()}
            <RangeChoice here current />
        </nav>
    }
    .into_any()
}

/// From when to when, as the reader's clock says it.
#[component]
fn RangeChoice(here: Here, current: Memo<Span>) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let from = RwSignal::new(String::new());
    let to = RwSignal::new(String::new());
    let is_refused = RwSignal::new(false);
    let open = move |_| {
        let period = current.get_untracked().period(reader::now());
        from.set(reader::local_input(period.from));
        to.set(reader::local_input(period.to));
        is_refused.set(false);
        is_open.update(|is_open| *is_open = !*is_open);
    };
    let apply = move || match (reader::time_of_input(&from.get_untracked()), reader::time_of_input(&to.get_untracked())) {
        (Some(from), Some(to)) => {
            is_open.set(false);
            here.show_span(Span::between(from, to));
        }
        _ => is_refused.set(true),
    };
    let chosen = move || match current.get() {
        Span::Between(period) => view! {
            <span data-testid="range-chosen">
                <LocalTime time=period.from /> " to " <LocalTime time=period.to />
            </span>
        }
        .into_any(),
        Span::Last(_) => view! { "From … to …" }.into_any(),
    };
    let field = move |label: &'static str, name: &'static str, value: RwSignal<String>| {
        view! {
            <label>
                <span>{label}</span>
                <input
                    type="datetime-local"
                    step="1"
                    data-testid=name
                    prop:value=move || value.get()
                    on:input:target=move |event| value.set(event.target().value())
                />
            </label>
        }
    };
    view! {
        <div class="range-choice" on:keydown=move |event| if event.key() == "Escape" { is_open.set(false) }>
            <button
                class="range-open"
                data-testid="range-open"
                aria-expanded=move || if is_open.get() { "true" } else { "false" }
                aria-current=move || (!current.get().is_live()).then_some("true")
                on:click=open
            >
                {chosen}
            </button>
            <Show when=move || is_open.get()>
                <form
                    class="range-form"
                    aria-label="A range of time"
                    on:submit=move |event| {
                        event.prevent_default();
                        apply();
                    }
                >
                    {field("From", "range-from", from)}
                    {field("To", "range-to", to)}
                    <p class="quiet">"In " {move || zone_label()}</p>
                    {move || is_refused.get().then(|| view! { <p role="alert">"Fill in both times."</p> })}
                    <button class="button is-primary" data-testid="range-apply">"Apply"</button>
                </form>
            </Show>
        </div>
    }
    .into_any()
}
