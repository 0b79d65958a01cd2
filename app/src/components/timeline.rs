use leptos::prelude::*;
use radar_types::{Severity, grouped, wire::Bucket};

use super::ChartPanel;
use crate::{
    charts::{self, ChartEvent},
    reader::time_text,
};

/// Events over the whole range, stacked by severity.
#[component]
pub(crate) fn Timeline(
    #[prop(into)] timeline: Signal<Vec<Bucket>>,
    /// Dragged over, it shows what was dragged over.
    on_event: Callback<ChartEvent>,
) -> impl IntoView {
    let columns = ["From"].into_iter().chain(Severity::ALL.map(Severity::name)).chain(["not scored"]).collect();
    let row = |bucket: &Bucket| {
        let counts = Severity::ALL.map(|severity| bucket.tally.of(severity)).into_iter().chain([bucket.tally.unscored]);
        [time_text(bucket.start)].into_iter().chain(counts.map(grouped)).collect()
    };
    let rows = move || timeline.with(|timeline| timeline.iter().filter(|bucket| bucket.tally.events() > 0).map(row).collect());
    let options = move || timeline.with(|timeline| charts::timeline_options(timeline));
    view! {
        <ChartPanel name="timeline" title="Events by severity" options=Box::new(options) on_event columns rows=Box::new(rows) />
    }
    .into_any()
}
