use leptos::prelude::*;
use radar_types::{
    ScoreState, Scored, Severity,
    wire::{Row, Seq},
    worker::ScoredLine,
};

use crate::{
    format::{score_text, visible},
    reader::{is_zone_known, time_text, zone_label},
};

/// So many arrivals share a list.
const ROWS_OF_LIST: u64 = 1_000;

/// A table of the newest events that grows at its head.
#[component]
pub(crate) fn EventTable(
    #[prop(into)] rows: Signal<Vec<Row>>,
    /// What came after this one came while the reader looks.
    new_after: Seq,
) -> impl IntoView {
    let class = move |row: &Row| {
        let is_new = row.seq > new_after && row.severity == Some(Severity::Critical);
        row_class(row.severity) + if is_new { " is-new" } else { "" }
    };
    let is_zone_known = Memo::new(move |_| is_zone_known());
    // A list never forgets the rows that it had, so it is made anew now and then.
    let generation = Memo::new(move |_| rows.with(|rows| rows.iter().map(|row| row.seq.0 / ROWS_OF_LIST).max()));
    let list = move || {
        generation.track();
        // Nothing in a row listens to anything, for the same reason.
        is_zone_known.track();
        view! {
            <For each=move || rows.get() key=|row| row.seq let:row>
                <tr data-testid="event-row" data-id=row.scored.id.to_string() class=class(&row)>{cells(row.severity, &row.scored)}</tr>
            </For>
        }
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Table of the newest events">
            <table class="events" data-testid="events">
                <TableHead />
                <tbody>{list}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The result of a paste.
#[component]
pub(crate) fn ScoredLines(lines: Vec<ScoredLine>, rejected: Vec<String>) -> impl IntoView {
    let count = lines.len();
    let found = lines.iter().filter(|line| line.severity.is_some_and(Severity::is_anomaly)).count();
    view! {
        <section class="panel" data-testid="results" aria-labelledby="results-title">
            <h2 id="results-title">{format!("{count} scored, {found} of them unusual, {} not understood", rejected.len())}</h2>
            <ul class="rejects">{rejected.into_iter().map(|line| view! { <li>{visible(&line)}</li> }).collect_view()}</ul>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Table of the scored lines">
                <table class="events">
                    <TableHead />
                    <tbody>
                        {lines
                            .into_iter()
                            .map(|ScoredLine { severity, scored }| {
                                let id = scored.id.to_string();
                                view! {
                                    <tr data-testid="result-row" data-id=id class=row_class(severity)>
                                        {cells(severity, &scored)}
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn TableHead() -> impl IntoView {
    view! {
        <thead>
            <tr>
                <th scope="col">"Severity"</th>
                <th scope="col">"Time " <span class="zone">{move || zone_label()}</span></th>
                <th scope="col">"Host"</th>
                <th scope="col">"Source"</th>
                <th scope="col">"Message"</th>
                <th scope="col" class="number">"Score"</th>
                <th scope="col">"Reason"</th>
            </tr>
        </thead>
    }
    .into_any()
}

fn cells(severity: Option<Severity>, scored: &Scored) -> AnyView {
    let Scored { event, score, reasons, .. } = scored;
    let raw = score.score().map(|score| score.raw.to_string());
    let provenance = provenance(score);
    let time = event.timestamp;
    let all_reasons = reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join(" · ");
    let message = visible(&event.message);
    view! {
        <td data-testid="severity"><SeverityMark severity /></td>
        <td data-testid="time"><time datetime=time.to_string() title=time.to_string()>{untrack(|| time_text(time))}</time></td>
        <td data-testid="host">{visible(&event.hostname)}</td>
        <td data-testid="source">{visible(&event.source)}</td>
        <td data-testid="message" class="message" title=message.clone()>{message.clone()}</td>
        <td data-testid="score" class="number" data-raw=raw title=provenance>{score_text(score)}</td>
        <td data-testid="reason" class="reason" title=visible(&all_reasons)>{reasons.first().map(|reason| visible(&reason.text)).unwrap_or_default()}</td>
    }
    .into_any()
}

/// Word, shape and colour, so that none of them is needed to tell severities apart.
#[component]
pub(crate) fn SeverityMark(severity: Option<Severity>) -> impl IntoView {
    let name = severity.map_or("unscored", Severity::name);
    let path = match severity {
        None => "M4 8 h8",
        Some(Severity::Safe) => "M8 5 a3 3 0 1 0 0.01 0 z",
        Some(Severity::Low) => "M3 8 l5 -5 l5 5 l-5 5 z",
        Some(Severity::Medium) => "M3 3 h10 v10 h-10 z",
        Some(Severity::High) => "M8 2 l6.5 11.5 h-13 z",
        Some(Severity::Critical) => "M5 1.5 h6 l3.5 3.5 v6 l-3.5 3.5 h-6 l-3.5 -3.5 v-6 z",
    };
    view! {
        <span class=format!("severity is-{name}")>
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d=path /></svg>
            {name}
        </span>
    }
    .into_any()
}

/// What a score comes from.
pub(crate) fn provenance(score: &ScoreState) -> String {
    match score {
        ScoreState::Scored(score) => format!(
            "{} {}, schema {} {}: raw {}, calibrated {}",
            score.model, score.model_version, score.schema, score.schema_version, score.raw, score.calibrated
        ),
        ScoreState::NotScored => "Not scored".into(),
        ScoreState::Failed { error } => format!("Scoring failed: {error}"),
    }
}

pub(crate) fn row_class(severity: Option<Severity>) -> String {
    format!("row-{}", severity.map_or("unscored", Severity::name))
}
