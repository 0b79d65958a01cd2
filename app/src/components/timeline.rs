use leptos::prelude::*;
use radar_types::{Severity, Span, grouped, wire::Bucket};

use super::{ChartPanel, SeverityMark, time_cursor::TimeCursor};
use crate::{
    address::use_switch,
    charts::{self, ChartEvent},
    reader::time_text,
};

/// Events over the whole range, stacked by severity.
#[component]
pub(crate) fn Timeline(
    #[prop(into)] timeline: Signal<Vec<Bucket>>,
    /// What was dragged over, or marked with keys.
    on_zoom: Callback<Span>,
    /// What stands beside the title.
    #[prop(optional, into)]
    note: ViewFn,
) -> impl IntoView {
    let anomalies_only = use_switch("bars", "anomalies");
    let columns = ["From"].into_iter().chain(Severity::ALL.map(Severity::name)).chain(["not scored"]).collect();
    let row = |bucket: &Bucket| {
        let counts = Severity::ALL.map(|severity| bucket.tally.of(severity)).into_iter().chain([bucket.tally.unscored]);
        [time_text(bucket.start)].into_iter().chain(counts.map(grouped)).collect()
    };
    let rows = move || timeline.with(|timeline| timeline.iter().filter(|bucket| bucket.tally.events() > 0).map(row).collect());
    let options = move || timeline.with(|timeline| charts::timeline_options(timeline, !anomalies_only.is_on()));
    let legend = move || {
        let note = note.clone();
        let name = |severity: Severity| view! { <li><SeverityMark severity=Some(severity) /></li> };
        view! {
            {note.run()}
            <ul class="legend" aria-hidden="true">{Severity::ALL.into_iter().rev().map(name).collect_view()}</ul>
            <button
                class="tool"
                data-testid="anomalies-only"
                title="Leaves out what is safe, so that the rest is seen better"
                aria-pressed=move || anomalies_only.pressed()
                on:click=move |_| anomalies_only.toggle()
            >
                "Anomalies only"
            </button>
        }
        .into_any()
    };
    let on_event = Callback::new(move |event: ChartEvent| {
        if let Some(span) = event.span() {
            on_zoom.run(span);
        }
    });
    let marked = RwSignal::new(None);
    let cursor = move || view! { <TimeCursor timeline marked on_zoom /> }.into_any();
    view! {
        <ChartPanel
            name="timeline"
            title="Events by severity"
            options=Box::new(options)
            on_event
            marked
            cursor
            note=legend
            columns
            rows=Box::new(rows)
        />
    }
    .into_any()
}
