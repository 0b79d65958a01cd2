//! Where the question is written, with what it may go on with.

use leptos::{ev, html, prelude::*, reactive::spawn_local_scoped_with_cancellation};
use radar_types::{explore::FacetValue, grouped, query::ParseError};

use super::{
    completion::Writing,
    state::{Explore, sort_parameter},
};
use crate::{api, dom, format::visible};

/// Whoever writes fast is not interrupted.
const PAUSE_MILLIS: i32 = 120;

#[component]
pub(super) fn QuestionBar(explore: Explore) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let draft = RwSignal::new(explore.question.get_untracked());
    let writing = RwSignal::new(None::<Writing>);
    let choices = RwSignal::new(Vec::<FacetValue>::new());
    let chosen = RwSignal::new(None::<usize>);
    Effect::new(move |_| {
        draft.set(explore.question.get());
        writing.set(None);
    });
    Effect::new(move |_| {
        let asked = writing.get().filter(Writing::is_open);
        chosen.set(None);
        let Some(Writing { field, start, .. }) = asked else {
            choices.set(Vec::new());
            return;
        };
        let span = explore.span.get_untracked();
        spawn_local_scoped_with_cancellation(async move {
            dom::wait_millis(PAUSE_MILLIS).await;
            // What can't be completed is written without help.
            let found = api::complete(span, field, start).await.unwrap_or_default();
            let _ = choices.try_set(found);
        });
    });
    let look = move || {
        let text = draft.get_untracked();
        writing.set(Some(Writing::at(&text, dom::caret(input))));
    };
    let take = move |choice: &str| {
        let Some(writing_now) = writing.get_untracked() else { return };
        let (question, caret) = writing_now.chosen(&draft.get_untracked(), choice);
        dom::set_caret(input, &question, caret);
        draft.set(question);
        look();
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        writing.set(None);
        let question = draft.get_untracked().trim().to_owned();
        explore.ask(question);
    };
    let press = move |event: ev::KeyboardEvent| {
        let count = choices.with_untracked(Vec::len);
        let at = chosen.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if count == 0 => look(),
            "ArrowDown" => chosen.set(Some(at.map_or(0, |at| (at + 1) % count))),
            "ArrowUp" if count > 0 => chosen.set(Some(at.map_or(count - 1, |at| (at + count - 1) % count))),
            "Enter" | "Tab" if at.is_some() => {
                if let Some(choice) = at.and_then(|at| choices.with_untracked(|choices| choices.get(at).cloned())) {
                    take(&choice.value);
                }
            }
            "Escape" if count > 0 => writing.set(None),
            "Escape" => dom::blur(input),
            _ => return,
        }
        event.prevent_default();
    };
    let refused = move || explore.parsed.with(|parsed| parsed.as_ref().err().cloned());
    let is_refused = move || refused().is_some();
    let is_open = move || choices.with(|choices| !choices.is_empty());
    let option = move |(at, choice): (usize, FacetValue)| {
        let FacetValue { value, label, count, .. } = choice;
        let shown = visible(if value.is_empty() { "(empty)" } else { &value });
        view! {
            <li
                id=option_id(at)
                role="option"
                aria-selected=move || if chosen.get() == Some(at) { "true" } else { "false" }
                on:mousedown=move |event| {
                    // The field keeps the focus.
                    event.prevent_default();
                    take(&value);
                }
            >
                <bdi class="option-text">{shown}</bdi>
                {label.map(|label| view! { <bdi class="option-label">{visible(&label)}</bdi> })}
                <span class="option-count">{(count > 0).then(|| grouped(count))}</span>
            </li>
        }
    };
    view! {
        <form class="question-bar" role="search" action="/explore" method="get" on:submit=submit>
            <div class="question-field" class:is-refused=is_refused>
                <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.5" /><path d="M10.5 10.5 L14 14" /></svg>
                <input
                    node_ref=input
                    type="text"
                    name="q"
                    data-key-target="question"
                    data-testid="question"
                    aria-label="Question"
                    placeholder="failed login  -test  host:web*  severity:>=high"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    maxlength="4096"
                    role="combobox"
                    aria-autocomplete="list"
                    aria-expanded=move || if is_open() { "true" } else { "false" }
                    aria-controls="question-choices"
                    aria-activedescendant=move || chosen.get().map(option_id)
                    aria-invalid=move || is_refused().then_some("true")
                    aria-describedby="question-error"
                    value=draft.get_untracked()
                    prop:value=move || draft.get()
                    on:input:target=move |event| {
                        draft.set(event.target().value());
                        look();
                    }
                    on:keydown=press
                    on:blur=move |_| writing.set(None)
                />
                <kbd aria-hidden="true">"/"</kbd>
                <ul id="question-choices" class="question-choices" role="listbox" aria-label="What the question may go on with" data-testid="choices" hidden=move || !is_open()>
                    {move || choices.get().into_iter().enumerate().map(option).collect_view()}
                </ul>
            </div>
            <input type="hidden" name="range" value=move || explore.span.get().to_string() />
            {move || Some(sort_parameter(explore.order.get())).filter(|sort| !sort.is_empty()).map(|sort| view! { <input type="hidden" name="sort" value=sort /> })}
            <button class="button is-primary" data-testid="ask">"Search"</button>
        </form>
        <div id="question-error" role="alert" class="question-error" data-testid="question-error">
            {move || refused().map(|error| refusal(&explore.question.get(), &error))}
        </div>
    }
    .into_any()
}

fn option_id(at: usize) -> String {
    format!("choice-{at}")
}

/// Where the question can't be read, and what would be.
fn refusal(question: &str, error: &ParseError) -> AnyView {
    let (before, wrong, after) = split(question, error.at);
    view! {
        <p>{format!("At character {}: {}.", error.character(question), visible(&error.to_string()))}</p>
        <code><bdi>{visible(before)}<mark>{visible(wrong)}</mark>{visible(after)}</bdi></code>
    }
    .into_any()
}

/// What comes before the term that begins there, the term, and what comes after it.
fn split(question: &str, at: usize) -> (&str, &str, &str) {
    let (before, rest) = question.split_at_checked(at).unwrap_or((question, ""));
    let mut is_quoted = false;
    let end = rest.find(|character: char| {
        is_quoted ^= character == '"';
        character.is_whitespace() && !is_quoted
    });
    let (wrong, after) = rest.split_at(end.unwrap_or(rest.len()));
    (before, wrong, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_set_apart() {
        assert_eq!(split("a severity:loud b", 2), ("a ", "severity:loud", " b"));
        assert_eq!(split("severity:\"very loud\" b", 0), ("", "severity:\"very loud\"", " b"));
        assert_eq!(split("a (b", 2), ("a ", "(b", ""));
        assert_eq!(split("é", 1), ("é", "", ""));
    }
}
