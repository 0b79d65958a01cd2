use leptos::{html, prelude::*};
use radar_types::{Severity, wire::Overview};

use crate::{charts, reader::LocalTime};

/// Events over the whole range, stacked by severity: a picture, and the same as a table.
#[component]
pub(crate) fn Timeline(overview: RwSignal<Overview>) -> impl IntoView {
    let canvas = NodeRef::<html::Div>::new();
    charts::draw(canvas, move || overview.with(|overview| charts::timeline_options(&overview.timeline)));
    view! {
        <section class="panel timeline-panel" data-testid="timeline" aria-labelledby="timeline-title">
            <h2 id="timeline-title">"Events by severity"</h2>
            <div class="chart" node_ref=canvas aria-hidden="true"></div>
            <details class="chart-table">
                <summary>"Show as a table"</summary>
                <div class="table-scroll" tabindex="0" role="region" aria-label="Table of events by severity">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"From"</th>
                                {Severity::ALL.map(|severity| view! { <th scope="col" class="number">{severity.name()}</th> }).collect_view()}
                                <th scope="col" class="number">"not scored"</th>
                            </tr>
                        </thead>
                        <tbody>
                            {move || {
                                overview
                                    .with(|overview| overview.timeline.clone())
                                    .into_iter()
                                    .filter(|bucket| bucket.tally.events() > 0)
                                    .map(|bucket| {
                                        view! {
                                            <tr>
                                                <th scope="row"><LocalTime time=bucket.start /></th>
                                                {Severity::ALL.map(|severity| view! { <td class="number">{bucket.tally.of(severity)}</td> }).collect_view()}
                                                <td class="number">{bucket.tally.unscored}</td>
                                            </tr>
                                        }
                                    })
                                    .collect_view()
                            }}
                        </tbody>
                    </table>
                </div>
            </details>
        </section>
    }
    .into_any()
}
