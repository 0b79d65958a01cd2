mod breakdown;
mod empty;
mod figures;
mod shown;

use leptos::prelude::*;
use leptos_meta::Title;
use radar_types::{
    Severity, Side, Timestamp,
    wire::{Breakdown, DEMO_COLLECTOR, Overview, Tally},
};

use crate::{
    address::{explore_link, use_here, use_parameter, use_span},
    api::{ApiError, get_breakdown, get_overview},
    components::{Counter, EventTable, Failure, Figure, LiveIndicator, RangeLinks, Timeline, loaded},
    format::LearningText,
    live::{Findings, RowWindow},
    reader::clock_text,
    viewer::use_viewer,
};
use breakdown::{BreakdownPanels, BreakdownSkeleton};
use empty::SendFirstEvent;
use shown::Shown;

/// The question for what is unusual.
const ANOMALIES: &str = "severity:>=low";
/// The parameter of what the strip of rows shows, and its value for everything.
const SHOW: &str = "show";
const ALL_EVENTS: &str = "events";

#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    let span = use_span();
    let overview = Resource::new_blocking(move || span.get(), get_overview);
    let breakdown = Resource::new(move || span.get(), get_breakdown);
    view! {
        <Title text="" />
        <Transition fallback=Skeleton>
            {move || Suspend::new(async move {
                match overview.await {
                    Ok(overview) => view! { <Dashboard overview breakdown /> }.into_any(),
                    Err(error) => view! { <h1 class="only-heard">"Overview"</h1> <Failure what="The overview" message=error.0.message retry=move || overview.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// The page once its first data is there; from here on it moves by itself.
#[component]
fn Dashboard(overview: Overview, breakdown: Resource<Result<Breakdown, ApiError>>) -> impl IntoView {
    let here = use_here();
    let zoom = Callback::new(move |span| here.show_span(span));
    let shown = Shown::new(overview);
    shown.follow();
    let timeline = Memo::new(move |_| shown.overview.with(|overview| overview.timeline.clone()));
    let as_of = Signal::derive(move || shown.is_stale().then(|| shown.overview.with(|overview| overview.as_of)));
    let has_events = Memo::new(move |_| shown.arrivals.with(|rows| !rows.is_empty()));
    view! {
        <div class="overview">
            <Toolbar shown />
            <Counters shown />
            <Show when=move || has_events.get() fallback=|| view! { <section class="panel" aria-label="The first event"><SendFirstEvent /></section> }>
                <Timeline timeline on_zoom=zoom note=move || view! { <AsOf as_of /> } />
                <BreakdownPanels breakdown shown />
                <Strip shown as_of />
            </Show>
        </div>
    }
    .into_any()
}

#[component]
fn Toolbar(shown: Shown) -> impl IntoView {
    let is_demo =
        Memo::new(move |_| shown.arrivals.with(|rows| rows.iter().any(|row| row.scored.event.collector == DEMO_COLLECTOR)));
    let learning = Memo::new(move |_| shown.overview.with(|overview| LearningText::of(&overview.learning)));
    let is_partial = Memo::new(move |_| shown.overview.with(|overview| overview.is_partial));
    view! {
        <div class="toolbar">
            <h1>"Overview"</h1>
            {loaded(use_viewer(), |viewer| {
                let in_view = match viewer.side {
                    Side::Public => "Public collection",
                    Side::Private if viewer.account.is_some() => "Your private collection",
                    Side::Private => "Private session",
                };
                view! { <span class="tag" data-testid="in-view">{in_view}</span> }.into_any()
            })}
            {move || is_demo.get().then(|| view! { <span class="tag" title="A built-in generator sends these events. Start with --no-demo to leave it out.">"Demonstration"</span> })}
            {move || learning.get().map(|LearningText { short, long }| view! { <span class="tag" data-testid="learning" title=long>{short}</span> })}
            {move || is_partial.get().then(|| view! { <span class="tag" data-testid="partial" title="Time was up before all events were counted, or events of other programs are still being taken in. Reload the page later, or choose a shorter range.">"Counted in part"</span> })}
            <LiveIndicator state=shown.state />
            <RangeLinks />
        </div>
    }
    .into_any()
}

#[component]
fn Counters(shown: Shown) -> impl IntoView {
    let figure = move |of: fn(&Overview) -> Figure| Memo::new(move |_| shown.overview.with(of));
    let course = move |of: fn(&Tally) -> f64| Memo::new(move |_| shown.overview.with(|overview| figures::course(overview, of)));
    let of_whole_bars = move |of: fn(&Tally) -> f64| {
        Memo::new(move |_| shown.overview.with(|overview| figures::course_of_whole_bars(overview, of)))
    };
    let hosts = Memo::new(move |_| {
        let counts = shown.breakdown.with(|breakdown| breakdown.as_ref().map(|breakdown| breakdown.hosts_over_time.clone()));
        counts.unwrap_or_default().into_iter().map(|hosts| hosts as f64).collect::<Vec<f64>>()
    });
    let has_critical = Memo::new(move |_| shown.overview.with(|overview| overview.tally.of(Severity::Critical) > 0));
    view! {
        <div class="counters">
            <Counter name="events" label="Events" figure=figure(figures::events) course=of_whole_bars(|tally| tally.events() as f64) />
            <Counter name="anomalies" label="Anomalies" figure=figure(figures::anomalies) course=course(|tally| tally.anomalies() as f64) />
            <Counter name="share" label="Anomaly rate" figure=figure(figures::share) course=course(figures::share_of) />
            <Counter
                name="critical"
                label="Critical findings"
                figure=figure(figures::critical)
                course=course(|tally| tally.of(Severity::Critical) as f64)
                is_alarming=has_critical
            />
            <Counter name="rate" label="Events/s" figure=figure(figures::rate) course=of_whole_bars(|tally| tally.events() as f64) />
            <Counter name="hosts" label="Hosts reporting" figure=figure(figures::hosts) course=hosts />
        </div>
    }
    .into_any()
}

/// The newest rows: what is unusual, or everything that arrives.
#[component]
fn Strip(shown: Shown, as_of: Signal<Option<Timestamp>>) -> impl IntoView {
    let here = use_here();
    let show = use_parameter(SHOW);
    let is_all = Memo::new(move |_| show.with(|show| show == ALL_EVENTS));
    let new_after = shown.overview.with_untracked(|overview| overview.last_seq);
    let span = shown.overview.with_untracked(|overview| overview.span);
    let rows =
        Signal::derive(
            move || if is_all.get() { shown.arrivals.with(RowWindow::rows) } else { shown.findings.with(Findings::rows) },
        );
    let is_empty = Memo::new(move |_| rows.with(Vec::is_empty));
    let choice = move |name: &'static str, value: &'static str| {
        view! {
            <a
                class="tool"
                href=move || here.with(&[(SHOW, value.to_owned())])
                data-noscroll=""
                data-testid=format!("show-{name}")
                aria-current=move || (is_all.get() == (value == ALL_EVENTS)).then_some("true")
            >
                {if value == ALL_EVENTS { "All events" } else { "Findings" }}
            </a>
        }
    };
    let explore = move || explore_link(if is_all.get() { "" } else { ANOMALIES }, span);
    view! {
        <section class="panel strip" data-testid="strip" aria-labelledby="strip-title">
            <div class="panel-head">
                <h2 id="strip-title">{move || if is_all.get() { "Newest events" } else { "Newest findings" }}</h2>
                <AsOf as_of />
                <div class="panel-tools">
                    {choice("findings", "")}
                    {choice("events", ALL_EVENTS)}
                    <a class="tool" href=explore data-testid="explore">"Explore"</a>
                </div>
            </div>
            <Show when=move || !is_empty.get() fallback=move || view! { <NoFindings shown /> }>
                <EventTable rows new_after />
            </Show>
        </section>
    }
    .into_any()
}

#[component]
fn NoFindings(shown: Shown) -> impl IntoView {
    let text = move || match shown.overview.with(|overview| overview.tally.events()) {
        0 => "No events in this range. A longer one may have some.".to_owned(),
        1 => "Nothing unusual in this range: its one event is as usual.".to_owned(),
        events => format!("Nothing unusual in this range: its {} events are as usual.", radar_types::grouped(events)),
    };
    view! { <p class="quiet" data-testid="no-findings">{text}</p> }.into_any()
}

/// From when the figures are, where they are not up to date.
#[component]
fn AsOf(as_of: Signal<Option<Timestamp>>) -> impl IntoView {
    let text = move || as_of.get().map(|time| view! { <span class="as-of" data-testid="as-of">"as of " {clock_text(time)}</span> });
    view! { {text} }.into_any()
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="overview" aria-busy="true" aria-label="Loading the overview">
            <div class="counters">{(0..6).map(|_| view! { <div class="counter skeleton"></div> }).collect_view()}</div>
            <div class="panel chart-panel is-timeline skeleton"></div>
            <div class="breakdown"><BreakdownSkeleton /></div>
            <div class="panel strip skeleton"></div>
        </div>
    }
    .into_any()
}
