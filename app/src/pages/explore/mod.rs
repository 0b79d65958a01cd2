//! Where events are looked for. The address holds what is asked and what is open, so a link shows the same to others; what the
//! server renders is what the page begins with, and from there each panel asks for itself.

mod answer;
mod columns;
mod completion;
mod detail;
mod facets;
mod menu;
mod opening;
mod question_bar;
mod rows;
mod saved;
mod state;
mod table;
mod tail;
mod toolbar;
mod why;

use leptos::prelude::*;
use leptos_meta::Title;
use radar_types::grouped;

use crate::{
    api::{get_facets, get_picture},
    components::{LiveIndicator, RangeLinks, Timeline},
    format::counted,
};
use answer::Answer;
use detail::DetailPanel;
use facets::FacetsPanel;
use opening::Opening;
use question_bar::QuestionBar;
use state::{Explore, use_explore};
use table::TablePanel;
use tail::Tail;
use toolbar::{CopyLink, ExportMenu};

#[component]
pub(crate) fn ExplorePage() -> impl IntoView {
    let explore = use_explore();
    let opening = Resource::new_blocking(|| (), move |()| Opening::load(explore));
    view! {
        <Title text="Explore" />
        <Suspense fallback=Skeleton>
            {move || Suspend::new(async move {
                let opening = opening.await;
                view! { <Explorer explore opening /> }.into_any()
            })}
        </Suspense>
    }
    .into_any()
}

/// The page once it knows what the server knew.
#[component]
fn Explorer(explore: Explore, opening: Opening) -> impl IntoView {
    let Opening { picture, facets, page, detail } = opening;
    let picture = Answer::new(picture);
    picture.follow(move || explore.found(), |(question, span)| get_picture(question, span));
    let facets = Answer::new(facets);
    facets.follow(move || explore.found(), |(question, span)| get_facets(question, span));
    let tail = Tail::new(explore, picture, facets, page);
    let zoom = Callback::new(move |span| explore.here.show_span(span));
    let is_toggled = RwSignal::new(false);
    let is_open = move || explore.event.get().is_some();
    let is_refused = move || explore.parsed.with(Result::is_err);
    view! {
        <div class="explore" class:is-open=is_open>
            <h1 class="only-heard">"Explore"</h1>
            <div class="explore-head">
                <QuestionBar explore />
                <div class="toolbar">
                    <Count picture />
                    {move || explore.span.get().is_live().then(|| view! { <LiveIndicator state=tail.live /> })}
                    <saved::SavedMenu explore />
                    <ExportMenu explore />
                    <CopyLink />
                    <RangeLinks />
                </div>
            </div>
            <Show when=move || !is_refused() fallback=AskOtherwise>
                <div class="explore-picture" class:is-behind=move || picture.is_loading()>
                    {picture.view(chart_skeleton, move || {
                        let timeline = Signal::derive(move || picture.with(|picture| picture.timeline.clone()).unwrap_or_default());
                        view! { <Timeline timeline on_zoom=zoom /> }.into_any()
                    })}
                </div>
                <div class="explore-body" class:has-toggled-facets=move || is_toggled.get()>
                    <FacetsPanel explore facets />
                    <TablePanel explore tail toggle_facets=Callback::new(move |()| is_toggled.update(|is_toggled| *is_toggled = !*is_toggled)) />
                </div>
            </Show>
            <DetailPanel explore tail opening=detail.clone() />
        </div>
    }
    .into_any()
}

/// How many events were found.
#[component]
fn Count(picture: Answer<radar_types::explore::Picture>) -> impl IntoView {
    let text = move || {
        picture.with(|picture| {
            let (events, anomalies) = (picture.tally.events(), picture.tally.anomalies());
            let events = counted(events, "event", "events");
            if anomalies == 0 { events } else { format!("{events}, {} unusual", grouped(anomalies)) }
        })
    };
    let is_partial = Memo::new(move |_| picture.with(|picture| picture.is_partial) == Some(true));
    view! {
        <p class="count" data-testid="count" class:is-behind=move || picture.is_loading()>
            {text}
        </p>
        {move || is_partial.get().then(|| view! { <span class="tag" data-testid="partial" title="Time was up before all events were counted. Choose a shorter range or ask for less.">"Counted in part"</span> })}
    }
    .into_any()
}

/// What can be written, for who wrote something else.
#[component]
fn AskOtherwise() -> impl IntoView {
    let example = |written: &'static str, finds: &'static str| {
        view! {
            <tr>
                <th scope="row"><code>{written}</code></th>
                <td>{finds}</td>
            </tr>
        }
    };
    view! {
        <section class="panel empty-question" aria-labelledby="examples-title">
            <h2 id="examples-title">"What a question can be"</h2>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Examples of questions">
                <table>
                    <tbody>
                        {example("failed login", "events with both words")}
                        {example("\"failed login\"", "one behind the other")}
                        {example("fail* -test", "a word that begins so, without another")}
                        {example("host:ws-014 user:\"Ann Other\"", "words in one field")}
                        {example("(a OR b) c", "either, with something else")}
                        {example("severity:>=high level:error,critical", "what RADAR says, and what the log's writer said")}
                        {example("score:0.5..0.7 verdict:none", "by score, and not yet judged")}
                    </tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn chart_skeleton() -> AnyView {
    view! { <div class="panel chart-panel skeleton" aria-busy="true" aria-label="Counting events" role="status"></div> }.into_any()
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="explore" aria-busy="true">
            <div class="explore-head"><div class="question-field skeleton"></div></div>
            <div class="panel chart-panel skeleton"></div>
            <div class="explore-body">
                <div class="panel facets skeleton"></div>
                <div class="panel events-panel skeleton"></div>
            </div>
        </div>
    }
    .into_any()
}
