use leptos::prelude::*;
use leptos_meta::Title;
use radar_types::{
    Severity, Side,
    wire::{DEMO_COLLECTOR, LiveUpdate, Overview},
};

use crate::{
    address::{use_here, use_span},
    api::{ApiError, get_overview},
    charts::ChartEvent,
    components::{Counter, EventTable, LiveIndicator, RangeLinks, Timeline, loaded},
    format::LearningText,
    live::{LiveState, RowWindow, connect},
    reader::after_millis,
    viewer::use_viewer,
};

/// How long counters and timeline may trail the rows, so that a busy feed asks once a second and
/// not with each message.
const REFRESH_MILLIS: u32 = 1000;

#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    let span = use_span();
    let overview = Resource::new_blocking(move || span.get(), get_overview);
    view! {
        <Title text="" />
        <Transition fallback=Skeleton>
            {move || Suspend::new(async move {
                match overview.await {
                    Ok(overview) => view! { <Dashboard overview /> }.into_any(),
                    Err(error) => view! { <Failure error retry=move || overview.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// The page once its first data is there; from here on it moves by itself.
#[component]
fn Dashboard(overview: Overview) -> impl IntoView {
    let span = overview.span;
    let here = use_here();
    let zoom = Callback::new(move |event: ChartEvent| {
        if let Some(span) = event.span() {
            here.show_span(span);
        }
    });
    let rows = RwSignal::new(RowWindow::new(overview.newest.clone()));
    let live_state = RwSignal::new(LiveState::Connecting);
    let connected_after = overview.last_seq;
    let shown = RwSignal::new(overview);
    let is_refreshing = StoredValue::new(false);

    let refresh = move || {
        if is_refreshing.get_value() {
            return;
        }
        is_refreshing.set_value(true);
        after_millis(REFRESH_MILLIS, async move {
            let fresh = get_overview(span).await;
            // The reader may have left the page meanwhile, and its signals with it.
            let _ = is_refreshing.try_update_value(|is_refreshing| *is_refreshing = false);
            if let Ok(fresh) = fresh {
                let _ = shown.try_set(fresh);
            }
        });
    };
    connect(
        connected_after,
        move |update: LiveUpdate| {
            rows.update(|rows| rows.add_update(update));
            refresh();
        },
        move |state| live_state.set(state),
    );

    let is_demo = Memo::new(move |_| rows.with(|rows| rows.iter().any(|row| row.scored.event.collector == DEMO_COLLECTOR)));
    let learning = Memo::new(move |_| shown.with(|shown| LearningText::of(&shown.learning)));
    let is_partial = Memo::new(move |_| shown.with(|shown| shown.is_partial));
    let is_empty = Memo::new(move |_| rows.with(RowWindow::is_empty));
    view! {
        <div class="overview">
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
                <LiveIndicator state=live_state />
                {move || is_demo.get().then(|| view! { <span class="tag" title="A built-in generator sends these events. Start with --no-demo to leave it out.">"Demonstration"</span> })}
                {move || learning.get().map(|LearningText { short, long }| view! { <span class="tag" data-testid="learning" title=long>{short}</span> })}
                {move || is_partial.get().then(|| view! { <span class="tag" data-testid="partial" title="Time was up before all events were counted, or events of other programs are still being taken in. Reload the page later, or choose a shorter range.">"Counted in part"</span> })}
                <RangeLinks />
            </div>
            <div class="counters">
                <Counter name="events" label="Events" value=Signal::derive(move || shown.with(|shown| shown.tally.events())) />
                <Counter name="anomalies" label="Anomalies" value=Signal::derive(move || shown.with(|shown| shown.tally.anomalies())) />
                <Counter name="high" label="High or critical" is_alarming=true
                    value=Signal::derive(move || shown.with(|shown| shown.tally.of(Severity::High) + shown.tally.of(Severity::Critical))) />
                <Counter name="hosts" label="Hosts" value=Signal::derive(move || shown.with(|shown| shown.hosts)) />
            </div>
            <Timeline timeline=Signal::derive(move || shown.with(|shown| shown.timeline.clone())) on_event=zoom />
            <section class="panel events-panel" aria-labelledby="events-title">
                <h2 id="events-title">"Newest events"</h2>
                <Show when=move || !is_empty.get() fallback=SendFirstEvent>
                    <EventTable rows />
                </Show>
            </section>
        </div>
    }
    .into_any()
}

/// What to do when nothing was ever sent.
#[component]
fn SendFirstEvent() -> impl IntoView {
    loaded(use_viewer(), |viewer| match viewer.side {
        Side::Public => view! { <SendFirstPublicEvent /> }.into_any(),
        Side::Private => view! {
            <div class="empty">
                <p>"No event has arrived here yet. This collection takes events from who shows a token for it."</p>
                <p><a class="button is-primary" href="/settings#tokens">"Make a token"</a></p>
                <p>"Then point a collector or a file at it:"</p>
                <pre tabindex="0">"radar-collector send events.ndjson --server http://127.0.0.1:7171 --token radar_..."</pre>
            </div>
        }
        .into_any(),
    })
}

#[component]
fn SendFirstPublicEvent() -> impl IntoView {
    const COMMAND: &str = r#"curl -X POST http://127.0.0.1:7171/api/ingest -d '[{
  "timestamp": "2026-01-31T08:30:00Z", "hostname": "web-1", "source": "nginx", "os_type": "Linux",
  "level": "error", "message": "upstream timed out", "collector": "curl"}]'"#;
    view! {
        <div class="empty">
            <p>"No event has arrived yet. Point a collector at this server:"</p>
            <pre tabindex="0">"radar-collector send events.ndjson --server http://127.0.0.1:7171"</pre>
            <p>"or send one by hand, and see it appear here:"</p>
            <pre tabindex="0">{COMMAND}</pre>
        </div>
    }
    .into_any()
}

#[component]
fn Failure(error: ApiError, retry: impl Fn() + 'static) -> impl IntoView {
    view! {
        <section class="empty" role="alert">
            <h1>"The overview can't be shown"</h1>
            <p>{error.0.message}</p>
            <button class="button" on:click=move |_| retry()>"Try again"</button>
        </section>
    }
    .into_any()
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="overview" aria-busy="true" aria-label="Loading the overview">
            <div class="counters">{(0..4).map(|_| view! { <div class="counter skeleton"></div> }).collect_view()}</div>
            <div class="panel timeline-panel skeleton"></div>
            <div class="panel events-panel skeleton"></div>
        </div>
    }
    .into_any()
}
