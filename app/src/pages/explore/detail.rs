//! Everything about one event, beside the table.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use radar_types::{
    Event, Verdict,
    explore::{EventDetail, ModelScore, TemplateHistory},
    grouped,
    query::{self, Field},
    wire::{Bucket, Problem, Row, Seq},
};

use super::{
    answer::Answer,
    columns::{Column, toggled},
    state::Explore,
    tail::Tail,
    why::Why,
};
use crate::{
    api::{ApiError, get_event, judge},
    components::{SeverityMark, loaded, provenance},
    dom,
    format::{score_text, visible},
    reader::LocalTime,
    viewer::use_viewer,
};

#[component]
pub(super) fn DetailPanel(explore: Explore, tail: Tail, opening: Option<Result<EventDetail, ApiError>>) -> impl IntoView {
    let detail = Answer::new(opening);
    detail.follow(move || explore.event.get(), get_event);
    // What was closed is not there when something else is opened.
    let is_open = Memo::new(move |_| explore.event.get().is_some());
    Effect::new(move |was_open: Option<bool>| {
        let is_open = is_open.get();
        if is_open && was_open == Some(false) {
            request_animation_frame(|| dom::focus("detail-title"));
        }
        is_open
    });
    let panel = move || {
        is_open.get().then(|| {
            view! {
                <section class="panel detail" aria-labelledby="detail-title" data-testid="detail" class:is-behind=move || detail.is_loading()>
                    <div class="panel-head">
                        <h2 id="detail-title" tabindex="-1">"Event"</h2>
                        <div class="panel-tools">
                            <A href=move || explore.here.with(&[("event", String::new())]) attr:class="tool" attr:data-testid="close-detail">
                                "Close" <kbd aria-hidden="true">"Esc"</kbd>
                            </A>
                        </div>
                    </div>
                    <div class="detail-scroll" tabindex="0" role="region" aria-label="About this event">
                        {detail.view(skeleton, move || {
                            view! { {move || detail.get().map(|shown| view! { <Detail explore tail detail shown /> })} }.into_any()
                        })}
                    </div>
                </section>
            }
        })
    };
    view! { {panel} }.into_any()
}

#[component]
fn Detail(explore: Explore, tail: Tail, detail: Answer<EventDetail>, shown: EventDetail) -> impl IntoView {
    let EventDetail { row, models, features, template, before, after } = shown;
    let scored = row.scored.clone();
    let event = scored.event.clone();
    let json = serde_json::to_string_pretty(&event).unwrap_or_default();
    view! {
        <div class="detail-facts">
            <SeverityMark severity=row.severity />
            <span class="number" title=provenance(&scored.score)>{score_text(&scored.score)}</span>
            <LocalTime time=event.timestamp />
            <bdi>{visible(&event.hostname)}</bdi>
        </div>
        <pre class="detail-message" data-testid="detail-message"><bdi>{visible(&event.message)}</bdi></pre>
        <Verdicts tail detail seq=row.seq verdict=row.verdict />
        <Why reasons=scored.reasons features />
        <Models row=row.clone() models />
        {template.map(|history| view! { <Template explore row=row.clone() history /> })}
        <Fields explore row=row.clone() />
        <Neighbours explore row before after />
        <details class="raw">
            <summary>"Raw"</summary>
            <pre tabindex="0" aria-label="The event as JSON" role="region">{visible_lines(&json)}</pre>
        </details>
    }
    .into_any()
}

/// What people say of it: stored, seen by all who read the collection, and found by `verdict:`.
#[component]
fn Verdicts(tail: Tail, detail: Answer<EventDetail>, seq: Seq, verdict: Option<Verdict>) -> impl IntoView {
    let problem = RwSignal::new(None::<Problem>);
    let is_pending = RwSignal::new(false);
    let say = move |said: Verdict| {
        if is_pending.get_untracked() {
            return;
        }
        // The same again takes it back.
        let said = Some(said).filter(|said| verdict != Some(*said));
        is_pending.set(true);
        problem.set(None);
        spawn_local(async move {
            let answer = judge(seq, said).await;
            let _ = is_pending.try_set(false);
            match answer {
                Ok(()) => {
                    tail.judge(seq, said);
                    detail.update(|detail| {
                        if detail.row.seq == seq {
                            detail.row.verdict = said;
                        }
                    });
                }
                Err(ApiError(said)) => {
                    let _ = problem.try_set(Some(said));
                }
            }
        });
    };
    let button = move |of: Verdict, label: &'static str| {
        let is_said = verdict == Some(of);
        view! {
            <button
                class=format!("button is-small verdict is-{}", of.name())
                type="button"
                data-testid=format!("verdict-{}", of.name())
                aria-pressed=if is_said { "true" } else { "false" }
                disabled=move || is_pending.get()
                on:click=move |_| say(of)
            >
                {label}
            </button>
        }
    };
    let buttons = loaded(use_viewer(), move |viewer| {
        if viewer.works() {
            view! { {button(Verdict::Expected, "Expected")} {button(Verdict::Suspicious, "Suspicious")} }.into_any()
        } else {
            let said = verdict.map_or("Nobody judged it.", |verdict| match verdict {
                Verdict::Expected => "It was judged as expected.",
                Verdict::Suspicious => "It was judged as suspicious.",
            });
            view! { <p class="quiet">{said} " Analysts say what they think of it."</p> }.into_any()
        }
    });
    view! {
        <div class="verdicts" role="group" aria-label="Verdict" data-testid="verdicts">
            {buttons}
            <p class="form-error" role="alert">{move || problem.get().map(|problem| problem.message)}</p>
        </div>
    }
    .into_any()
}

#[component]
fn Models(row: Row, models: Vec<ModelScore>) -> impl IntoView {
    let whole = row.scored.score.score().map(|score| {
        view! {
            <tr>
                <th scope="row">"together"</th>
                <td><SeverityMark severity=row.severity /></td>
                <td class="number">{format!("{:.3}", score.calibrated)}</td>
                <td class="number">{format!("{:.4}", score.raw)}</td>
            </tr>
        }
    });
    let of_model = |model: ModelScore| {
        view! {
            <tr>
                <th scope="row" title=format!("version {}", model.model_version)>{model.model}</th>
                <td><SeverityMark severity=Some(model.severity) /></td>
                <td class="number">{format!("{:.3}", model.calibrated)}</td>
                <td class="number">{format!("{:.4}", model.raw)}</td>
            </tr>
        }
    };
    view! {
        <section aria-labelledby="models-title">
            <h3 id="models-title">"Scores"</h3>
            <table class="models">
                <thead><tr><th scope="col">"Model"</th><th scope="col">"Says"</th><th scope="col" class="number">"Score"</th><th scope="col" class="number">"Raw"</th></tr></thead>
                <tbody>{whole} {models.into_iter().map(of_model).collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

/// The family of messages it belongs to, and how often that came during the week before.
#[component]
fn Template(explore: Explore, row: Row, history: TemplateHistory) -> impl IntoView {
    let TemplateHistory { template, name, count, first, timeline, .. } = history;
    let times =
        if count == 1 { "Once in the week before".to_owned() } else { format!("{} times in the week before", grouped(count)) };
    let condition = row.scored.template.map(|template| query::term("template", &template.to_string()));
    let link = condition.map(|condition| {
        view! { <A href=move || explore.here.with(&[("q", query::with(&explore.question.get(), &condition))]) attr:class="tool">"Only these"</A> }
    });
    view! {
        <section aria-labelledby="template-title">
            <div class="panel-head">
                <h3 id="template-title">"Template"</h3>
                <div class="panel-tools">{link}</div>
            </div>
            {name.map(|name| view! { <p><strong>{visible(&name)}</strong></p> })}
            <p class="template"><bdi>{visible(&template)}</bdi></p>
            <Spark timeline label=times.clone() />
            <p class="quiet">{times} {first.map(|first| view! { ", first " <LocalTime time=first /> })}</p>
        </section>
    }
    .into_any()
}

/// Bars so small that their shape is all they say.
#[component]
fn Spark(timeline: Vec<Bucket>, label: String) -> impl IntoView {
    let most = timeline.iter().map(|bucket| bucket.tally.events()).max().unwrap_or(0).max(1);
    let bars = timeline.iter().enumerate().filter(|(_, bucket)| bucket.tally.events() > 0).map(|(at, bucket)| {
        // One event among thousands is still there to be seen.
        let height = (bucket.tally.events() as f64 / most as f64 * 24.0).max(1.5);
        view! { <rect x=at.to_string() y=format!("{:.2}", 24.0 - height) width="0.8" height=format!("{height:.2}") /> }
    });
    let bars = bars.collect_view();
    view! {
        <svg class="spark" viewBox=format!("0 0 {} 24", timeline.len().max(1)) preserveAspectRatio="none" role="img" aria-label=label>
            {bars}
        </svg>
    }
    .into_any()
}

#[component]
fn Fields(explore: Explore, row: Row) -> impl IntoView {
    let event: &Event = &row.scored.event;
    let optional = [(Field::User, &event.user), (Field::Address, &event.address), (Field::Channel, &event.channel)];
    let known = [
        (Field::Host, event.hostname.clone()),
        (Field::Source, event.source.clone()),
        (Field::Level, event.severity_level().name().to_owned()),
    ];
    let last = [(Field::Os, event.os_type.clone()), (Field::Collector, event.collector.clone())];
    let fields: Vec<(Field, String)> = known
        .into_iter()
        .chain(optional.into_iter().filter_map(|(field, value)| Some((field, value.clone()?))))
        .chain(event.fields.iter().map(|(name, value)| (Field::Named(name.clone()), value.clone())))
        .chain(last)
        .collect();
    let record = event
        .record_id
        .clone()
        .map(|record| view! { <div class="field-row"><dt>"Record"</dt><dd><bdi>{visible(&record)}</bdi></dd></div> });
    view! {
        <section aria-labelledby="fields-title">
            <h3 id="fields-title">"Fields"</h3>
            <dl class="field-list">{fields.into_iter().map(|(field, value)| view! { <FieldRow explore field value /> }).collect_view()} {record}</dl>
        </section>
    }
    .into_any()
}

#[component]
fn FieldRow(explore: Explore, field: Field, value: String) -> impl IntoView {
    let include = query::term(&field.name(), &value);
    let exclude = format!("-{include}");
    let (label, shown) = (Column::Field(field.clone()).label(), visible(&value));
    let column = Column::Field(field);
    let ask = move |condition: &str| explore.ask(query::with(&explore.question.get_untracked(), condition));
    let named = format!("{label} {shown}");
    let shows = format!("Column {label}");
    view! {
        <div class="field-row">
            <dt><bdi>{label}</bdi></dt>
            <dd>
                <bdi>{shown}</bdi>
                <span class="field-tools">
                    <button class="tool" type="button" title="Only this" aria-label=format!("Only {named}") on:click=move |_| ask(&include)>"="</button>
                    <button class="tool" type="button" title="All but this" aria-label=format!("All but {named}") on:click=move |_| ask(&exclude)>"≠"</button>
                    <button
                        class="tool"
                        type="button"
                        title="As a column"
                        aria-label=shows
                        on:click=move |_| explore.here.replace(&[("columns", toggled(&explore.columns.get_untracked(), &column))])
                    >
                        "▥"
                    </button>
                </span>
            </dd>
        </div>
    }
    .into_any()
}

/// What happened on that host just before and just after.
#[component]
fn Neighbours(explore: Explore, row: Row, before: Vec<Row>, after: Vec<Row>) -> impl IntoView {
    let this = row.seq;
    let rows: Vec<Row> = after.into_iter().rev().chain([row]).chain(before).collect();
    let neighbour = move |row: Row| {
        let (seq, message) = (row.seq, visible(&row.scored.event.message));
        let is_this = seq == this;
        view! {
            <li class:is-this=is_this>
                <A href=move || explore.event_link(seq) scroll=false attr:aria-current=is_this.then_some("true")>
                    <SeverityMark severity=row.severity />
                    <LocalTime time=row.scored.event.timestamp />
                    <bdi class="neighbour-text">{message}</bdi>
                </A>
            </li>
        }
    };
    view! {
        <section aria-labelledby="neighbours-title">
            <h3 id="neighbours-title">"Around that time on this host"</h3>
            <ol class="neighbours" data-testid="neighbours">{rows.into_iter().map(neighbour).collect_view()}</ol>
        </section>
    }
    .into_any()
}

/// As [`visible`], but lines stay lines.
fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

fn skeleton() -> AnyView {
    view! {
        <div class="rows-skeleton" role="status" aria-label="Loading the event" aria-busy="true">
            {(0..10).map(|_| view! { <span class="skeleton"></span> }).collect_view()}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_json_stay_lines() {
        assert_eq!(visible_lines("{\n  \"a\": 1\u{202e}\n}"), "{\n  \"a\": 1<U+202E>\n}");
    }
}
