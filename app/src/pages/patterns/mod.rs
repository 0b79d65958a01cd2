//! The templates of a collection: how often they come, when, how unusual they are, and what people call them.

mod figures;
mod table;

use leptos::prelude::*;
use leptos_meta::Title;
use radar_types::patterns::{PatternChoice, PatternOrder, Patterns};
use radar_types::{Range, grouped};

use crate::{
    address::{Here, UsualRange, ready, use_here, use_parameter, use_span},
    api::get_patterns,
    components::{Failure, RangeLinks},
    format::visible,
    viewer::use_viewer,
};
use table::PatternTable;

/// The parameters of the address.
const FIND: &str = "q";
const SHOW: &str = "show";
const SORT: &str = "sort";

#[component]
pub(crate) fn PatternsPage() -> impl IntoView {
    // In an hour there is little that is rare.
    provide_context(UsualRange(Range::Week));
    let (span, find, show, sort) = (use_span(), use_parameter(FIND), use_parameter(SHOW), use_parameter(SORT));
    let choice = ready(Memo::new(move |_| show.with(|name| PatternChoice::from_name(name)).unwrap_or_default()));
    let order = ready(Memo::new(move |_| sort.with(|name| PatternOrder::from_name(name)).unwrap_or_default()));
    let asked = move || (span.get(), find.get(), choice.get(), order.get());
    let patterns = Resource::new_blocking(asked, |(span, find, choice, order)| get_patterns(span, find, choice, order));
    let viewer = use_viewer();
    view! {
        <Title text="Patterns" />
        <div class="patterns">
            <div class="toolbar">
                <h1>"Patterns"</h1>
                <Find find />
                <RangeLinks />
            </div>
            <Transition fallback=Skeleton>
                {move || Suspend::new(async move {
                    let may_note = viewer.await.is_ok_and(|viewer| viewer.works());
                    match patterns.await {
                        Ok(patterns) => {
                            let looks = Looks { choice: choice.get_untracked(), order: order.get_untracked(), find: find.get_untracked() };
                            view! { <Answer patterns looks may_note /> }.into_any()
                        }
                        Err(error) => view! { <Failure what="The patterns" message=error.0.message retry=move || patterns.refetch() /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

/// What somebody looks at, beside the range.
#[derive(Clone, Debug)]
struct Looks {
    choice: PatternChoice,
    order: PatternOrder,
    find: String,
}

/// Works without scripts, too: then it is a form like any other.
#[component]
fn Find(find: Memo<String>) -> impl IntoView {
    let here = use_here();
    let written = RwSignal::new(find.get_untracked());
    // Whoever goes back sees what was looked for there.
    Effect::new(move |_| written.set(find.get()));
    let kept = |name: &'static str| {
        let value = use_parameter(name);
        move || (!value.read().is_empty()).then(|| view! { <input type="hidden" name=name value=move || value.get() /> })
    };
    view! {
        <form
            class="find"
            role="search"
            action="/patterns"
            on:submit=move |event| {
                event.prevent_default();
                here.go(&[(FIND, written.get_untracked().trim().to_owned())]);
            }
        >
            {["range", SHOW, SORT].map(kept).into_iter().collect_view()}
            <input
                type="search"
                name=FIND
                data-testid="find"
                aria-label="Find patterns by their name or their events"
                placeholder="Name, words, host:web-1, severity:high"
                autocomplete="off"
                spellcheck="false"
                prop:value=move || written.get()
                value=find.get_untracked()
                on:input=move |event| written.set(event_target_value(&event))
            />
            <button class="button is-small">"Find"</button>
        </form>
    }
    .into_any()
}

#[component]
fn Answer(patterns: Patterns, looks: Looks, may_note: bool) -> impl IntoView {
    let here = use_here();
    let Looks { choice, order, find } = looks;
    let choices = RwSignal::new(patterns.choices);
    let link = move |of: PatternChoice| {
        let label = match of {
            PatternChoice::All => "All",
            PatternChoice::New => "New since yesterday",
            PatternChoice::Muted => "Muted",
        };
        let value = if of == PatternChoice::All { String::new() } else { of.name().into() };
        view! {
            <a
                href=move || here.with(&[(SHOW, value.clone())])
                aria-current=(of == choice).then_some("true")
                data-testid=format!("show-{}", of.name())
            >
                {label}
                <span class="choice-count">{move || grouped(choices.read()[of as usize])}</span>
            </a>
        }
    };
    let is_partial = patterns.is_partial;
    let (shown, found) = (patterns.rows.len() as u64, patterns.found);
    let is_empty = patterns.rows.is_empty();
    let is_young = patterns.is_young;
    view! {
        <div class="pattern-bar">
            <nav class="choices" aria-label="Which patterns">{PatternChoice::ALL.map(link).into_iter().collect_view()}</nav>
            {is_partial.then(|| view! { <span class="tag" data-testid="partial" title="Time was up before all events were counted. Choose a shorter range or a narrower question.">"Counted in part"</span> })}
            {(shown < found).then(|| view! { <span class="quiet" data-testid="cut">{cut_text(shown, found, order)}</span> })}
        </div>
        {if is_empty {
            view! { <Nothing here choice find is_young /> }.into_any()
        } else {
            view! { <PatternTable patterns order choices may_note /> }.into_any()
        }}
    }
    .into_any()
}

fn cut_text(shown: u64, found: u64, order: PatternOrder) -> String {
    let first = match order {
        PatternOrder::Count => "most frequent",
        PatternOrder::Rarity => "rarest",
        PatternOrder::Share => "most unusual",
        PatternOrder::Last => "last seen",
        PatternOrder::First => "newest",
    };
    format!("The {} {first} of {} are shown; find others by their name or their events.", grouped(shown), grouped(found))
}

/// What to do when there is nothing to see.
#[component]
fn Nothing(here: Here, choice: PatternChoice, find: String, is_young: bool) -> impl IntoView {
    let (text, change, label) = match choice {
        _ if !find.is_empty() => {
            (format!("No pattern here fits \u{201c}{}\u{201d}.", visible(&find)), (FIND, String::new()), "Show all")
        }
        PatternChoice::New if is_young => (
            "The oldest event here is less than a day old, so every pattern would be new. Come back tomorrow.".into(),
            (SHOW, String::new()),
            "Show all patterns",
        ),
        PatternChoice::New => {
            ("No pattern was seen for the first time within the last 24 hours.".into(), (SHOW, String::new()), "Show all patterns")
        }
        PatternChoice::Muted => (
            "Nobody muted a pattern here. A muted one is no news: it is left out of this list, and its events stay.".into(),
            (SHOW, String::new()),
            "Show all patterns",
        ),
        PatternChoice::All => {
            ("There are no events in this range.".into(), ("range", Range::Quarter.name().into()), "Look at 90 days")
        }
    };
    view! {
        <div class="empty" data-testid="nothing">
            <p>{text}</p>
            <p><a class="button" href=move || here.with(std::slice::from_ref(&change))>{label}</a></p>
        </div>
    }
    .into_any()
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="pattern-skeleton" aria-busy="true" aria-label="Loading the patterns" role="status">
            {(0..8).map(|_| view! { <div class="skeleton"></div> }).collect_view()}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_list_says_what_is_left_out() {
        let text = cut_text(200, 1_234, PatternOrder::Rarity);
        assert_eq!(text, "The 200 rarest of 1,234 are shown; find others by their name or their events.");
    }
}
