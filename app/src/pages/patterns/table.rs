//! The table, and what people say of its rows.

use leptos::{html, prelude::*, task::spawn_local};
use radar_types::patterns::{Pattern, PatternChoice, PatternOrder, Patterns};
use radar_types::{Span, TemplateId, grouped, query};

use super::SORT;
use super::figures::{TREND_HEIGHT, TREND_WIDTH, anomalies, rarity, share, trend_path};
use crate::{
    address::{use_here, use_span},
    api::{mute_pattern, rename_pattern},
    format::visible,
    reader::{LocalTime, zone_label},
};

/// What all rows share.
#[derive(Clone, Copy)]
struct Shared {
    /// All events of the range.
    events: u64,
    /// How many patterns each choice has, as far as is known here.
    choices: RwSignal<[u64; 3]>,
    /// What went wrong last.
    problem: RwSignal<Option<String>>,
    may_note: bool,
    span: Memo<Span>,
}

#[component]
pub(super) fn PatternTable(patterns: Patterns, order: PatternOrder, choices: RwSignal<[u64; 3]>, may_note: bool) -> impl IntoView {
    let shared = Shared { events: patterns.events, choices, problem: RwSignal::new(None), may_note, span: use_span() };
    view! {
        <p class="form-error" role="alert" data-testid="note-error">{move || shared.problem.get()}</p>
        <div class="table-scroll" tabindex="0" role="region" aria-label="Table of patterns">
            <table class="pattern-table" data-testid="patterns">
                <thead>
                    <tr>
                        <th scope="col">"Pattern"</th>
                        <SortHead label="Events" of=PatternOrder::Count order is_number=true />
                        <th scope="col">"Trend"</th>
                        <SortHead label="Rarity" of=PatternOrder::Rarity order is_number=true />
                        <SortHead label="Anomalies" of=PatternOrder::Share order />
                        <SortHead label="First seen" of=PatternOrder::First order />
                        <SortHead label="Last seen" of=PatternOrder::Last order is_time=true />
                        {may_note.then(|| view! { <th scope="col"><span class="only-heard">"Rename or mute"</span></th> })}
                    </tr>
                </thead>
                <tbody>{patterns.rows.into_iter().map(|pattern| view! { <PatternRow pattern shared /> }).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The head of a column by which the table can be sorted. Each has one direction, that in which somebody looks.
#[component]
fn SortHead(
    label: &'static str,
    of: PatternOrder,
    order: PatternOrder,
    #[prop(optional)] is_number: bool,
    #[prop(optional)] is_time: bool,
) -> impl IntoView {
    let here = use_here();
    let value = if of == PatternOrder::default() { String::new() } else { of.name().into() };
    // Rarity rises from the few to the many.
    let direction = if of == PatternOrder::Rarity { "ascending" } else { "descending" };
    let is_current = of == order;
    view! {
        <th scope="col" class:number=is_number aria-sort=is_current.then_some(direction)>
            <a class="sort" href=move || here.with(&[(SORT, value.clone())]) data-testid=format!("sort-{}", of.name())>
                {label}
                {is_current.then(|| view! { <svg viewBox="0 0 8 8" aria-hidden="true"><path d="M1 2.5 h6 l-3 4 z" /></svg> })}
            </a>
            {is_time.then(|| view! { " " <span class="zone">{move || zone_label()}</span> })}
        </th>
    }
    .into_any()
}

/// One pattern, as it was counted and as people see it.
#[derive(Clone, Copy)]
struct Noted {
    template: TemplateId,
    name: RwSignal<Option<String>>,
    is_muted: RwSignal<bool>,
    is_pending: RwSignal<bool>,
    shared: Shared,
}

impl Noted {
    fn rename(self, name: String) {
        let Self { template, .. } = self;
        let said = name.clone();
        self.say(move || rename_pattern(template, said), move || self.name.set((!name.is_empty()).then_some(name)));
    }

    fn mute(self, is_muted: bool) {
        let Self { template, .. } = self;
        let then = move || {
            self.is_muted.set(is_muted);
            self.shared.choices.update(|choices| {
                let (all, muted) = (choices[PatternChoice::All as usize], choices[PatternChoice::Muted as usize]);
                let (more, fewer) = (muted.saturating_add(1), all.saturating_sub(1));
                let moved = if is_muted { (fewer, more) } else { (all.saturating_add(1), muted.saturating_sub(1)) };
                (choices[PatternChoice::All as usize], choices[PatternChoice::Muted as usize]) = moved;
            });
        };
        self.say(move || mute_pattern(template, is_muted), then);
    }

    fn say<F>(self, ask: impl FnOnce() -> F + 'static, then: impl FnOnce() + 'static)
    where
        F: Future<Output = Result<(), crate::api::ApiError>>,
    {
        if self.is_pending.get_untracked() {
            return;
        }
        self.is_pending.set(true);
        spawn_local(async move {
            let answer = ask().await;
            // The reader may have left the page meanwhile, and its signals with it.
            if self.is_pending.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(()) => {
                    self.shared.problem.set(None);
                    then();
                }
                Err(error) => self.shared.problem.set(Some(error.0.message)),
            }
        });
    }
}

#[component]
fn PatternRow(pattern: Pattern, shared: Shared) -> impl IntoView {
    let Pattern { template, text, name, is_muted, is_new, tally, trend, first, last } = pattern;
    let noted =
        Noted { template, name: RwSignal::new(name), is_muted: RwSignal::new(is_muted), is_pending: RwSignal::new(false), shared };
    let text = if text.is_empty() { "(empty message)".to_owned() } else { visible(&text) };
    let (count, unusual) = (tally.events(), tally.anomalies());
    let rarity_title = format!("{} of {} events in this range", grouped(count), grouped(shared.events));
    let highest = trend.iter().copied().max().unwrap_or(0);
    let trend_title = format!("{} events over the range, at most {} in a bar", grouped(count), grouped(highest));
    let trend_label = trend_title.clone();
    let time = |time: Option<radar_types::Timestamp>| match time {
        Some(time) => view! { <LocalTime time /> }.into_any(),
        None => view! { <span class="quiet">"none kept"</span> }.into_any(),
    };
    let said_of = text.clone();
    view! {
        <tr data-testid="pattern" data-template=template.to_string() class:is-muted=move || noted.is_muted.get()>
            <th scope="row" class="pattern-cell">
                <PatternName noted text=text is_new />
            </th>
            <td class="number" data-testid="count">{grouped(count)}</td>
            <td>
                <svg
                    class="trend"
                    viewBox=format!("0 0 {TREND_WIDTH} {TREND_HEIGHT}")
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=trend_label
                >
                    <title>{trend_title}</title>
                    <path d=trend_path(&trend) />
                </svg>
            </td>
            <td class="number" data-testid="rarity" title=rarity_title>{rarity(count, shared.events)}</td>
            <td title=anomalies(&tally)>
                <span class="share">
                    <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                        <rect class="share-all" width="100" height="6" />
                        <rect class="share-part" width=share_width(unusual, count) height="6" />
                    </svg>
                    <span class="share-text" data-testid="share">{share(unusual, count)}</span>
                </span>
            </td>
            <td data-testid="first">{time(first)}</td>
            <td data-testid="last">{time(last)}</td>
            {shared.may_note.then(|| view! { <td class="pattern-tools"><MuteButton noted text=said_of /></td> })}
        </tr>
    }
    .into_any()
}

fn share_width(part: u64, of: u64) -> String {
    // What is there is seen.
    let width = if part == 0 { 0.0 } else { (part as f64 * 100.0 / of.max(1) as f64).max(2.0) };
    format!("{width:.1}")
}

/// The name, which is a link to the events, or the field in which it is written.
#[component]
fn PatternName(noted: Noted, text: String, is_new: bool) -> impl IntoView {
    let is_editing = RwSignal::new(false);
    let rename = NodeRef::<html::Button>::new();
    let close = Callback::new(move |()| {
        is_editing.set(false);
        // Where the reader was before.
        if let Some(button) = rename.get_untracked() {
            let _ = button.focus();
        }
    });
    let link = move || {
        let question = query::term("template", &noted.template.to_string());
        let changes = [("q", question), ("range", noted.shared.span.get().to_string())];
        crate::address::changed("/explore", &leptos_router::params::ParamsMap::new(), &changes)
    };
    let shown = text.clone();
    let name_or_text = move || noted.name.get().map_or_else(|| shown.clone(), |name| visible(&name));
    let edit_label = {
        let text = text.clone();
        move || format!("Rename {}", noted.name.get().map_or_else(|| text.clone(), |name| visible(&name)))
    };
    let below = text.clone();
    // It stays while the field is open, so that the focus can come back to it.
    let tools = noted.shared.may_note.then(|| {
        view! {
            <button class="tool" data-testid="rename" node_ref=rename aria-label=edit_label on:click=move |_| is_editing.set(true)>
                "Rename"
            </button>
        }
    });
    let title = text;
    view! {
        <div class="pattern-name">
            {move || {
                if is_editing.get() {
                    view! { <NameField noted close /> }.into_any()
                } else {
                    let is_named = noted.name.read().is_some();
                    view! {
                        <a href=link class:is-named=is_named title=title.clone() data-testid="pattern-link">{name_or_text.clone()}</a>
                        {is_new.then(|| view! { <span class="tag is-new">"new"</span> })}
                        {move || noted.is_muted.get().then(|| view! { <span class="tag">"muted"</span> })}
                    }
                    .into_any()
                }
            }}
            {tools}
        </div>
        {move || noted.name.read().is_some().then(|| view! { <div class="pattern-text" data-testid="pattern-text">{below.clone()}</div> })}
    }
    .into_any()
}

#[component]
fn NameField(noted: Noted, close: Callback<()>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let written = RwSignal::new(noted.name.get_untracked().unwrap_or_default());
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
            field.select();
        }
    });
    let save = move || {
        noted.rename(written.get_untracked().trim().to_owned());
        close.run(());
    };
    view! {
        <form
            class="rename"
            on:submit=move |event| {
                event.prevent_default();
                save();
            }
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    close.run(());
                }
            }
        >
            <input
                type="text"
                data-testid="name-field"
                aria-label="Name of the pattern"
                placeholder="What people call it"
                maxlength=Pattern::NAME_CHARACTERS_MAX.to_string()
                autocomplete="off"
                node_ref=field
                prop:value=move || written.get()
                on:input=move |event| written.set(event_target_value(&event))
            />
            <button class="tool">"Save"</button>
            <button class="tool" type="button" on:click=move |_| close.run(())>"Cancel"</button>
        </form>
    }
    .into_any()
}

#[component]
fn MuteButton(noted: Noted, text: String) -> impl IntoView {
    let verb = move || if noted.is_muted.get() { "Unmute" } else { "Mute" };
    let label = move || format!("{} {}", verb(), noted.name.get().map_or_else(|| text.clone(), |name| visible(&name)));
    view! {
        <button class="tool" data-testid="mute" aria-label=label on:click=move |_| noted.mute(!noted.is_muted.get_untracked())>
            {verb}
        </button>
    }
    .into_any()
}
