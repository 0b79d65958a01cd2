//! The past year: days by weeks, and the hours of one week. Each cell leads to its range.

mod calendar;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::params::ParamsMap;
use radar_types::history::History;
use radar_types::{Span, grouped};

use crate::{
    address::{changed, ready, use_here, use_parameter},
    api::get_history,
    components::Failure,
    grid::move_focus,
    reader::{minutes_past_utc, zone_label, zone_offset_millis},
};
use calendar::{Calendar, Date, Levels, Measure, WEEKDAYS};

/// The parameter that says of which week hours are shown.
const WEEK: &str = "week";
/// Weekdays whose names stand beside the calendar; the others are between them.
const NAMED_DAYS: [bool; 7] = [true, false, true, false, true, false, true];

#[component]
pub(crate) fn HistoryPage() -> impl IntoView {
    let minutes_past = ready(Memo::new(|_| minutes_past_utc()));
    let history = Resource::new_blocking(move || minutes_past.get(), get_history);
    view! {
        <Title text="History" />
        <div class="history">
            <div class="toolbar">
                <h1>"History"</h1>
                <span class="quiet">"The past year, by the days of " <span class="zone">{move || zone_label()}</span></span>
            </div>
            <Transition fallback=Skeleton>
                {move || Suspend::new(async move {
                    match history.await {
                        Ok(history) => view! { <Year history /> }.into_any(),
                        Err(error) => view! { <Failure what="The history" message=error.0.message retry=move || history.refetch() /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

#[component]
fn Year(history: History) -> impl IntoView {
    let is_partial = history.is_partial;
    // Folded anew when the zone is known.
    let calendar = Memo::new(move |_| Calendar::new(&history, zone_offset_millis));
    view! {
        {is_partial.then(|| view! { <span class="tag" data-testid="partial" title="Time was up before all events were counted. Reload the page later.">"Counted in part"</span> })}
        {move || {
            if calendar.read().is_empty() {
                return view! {
                    <div class="empty" data-testid="nothing">
                        <p>"Nothing happened here within the past year. As soon as events arrive, each day has its place on this page."</p>
                        <p><a class="button" href="/">"Go to the overview"</a></p>
                    </div>
                }
                .into_any();
            }
            view! {
                <Recent calendar />
                <DayGrid calendar measure=Measure::Events title="Events a day" name="days-events" />
                <DayGrid calendar measure=Measure::Anomalies title="Anomalies a day" name="days-anomalies" />
                <Hours calendar />
            }
            .into_any()
        }}
    }
    .into_any()
}

fn link(path: &str, span: Option<Span>) -> String {
    let range = span.map(|span| span.to_string()).unwrap_or_default();
    changed(path, &ParamsMap::new(), &[("range", range)])
}

/// What is asked for most: one click to it.
#[component]
fn Recent(calendar: Memo<Calendar>) -> impl IntoView {
    let card = move |(name, from, days): (&'static str, Date, i64)| {
        let calendar = calendar.read();
        let counts = calendar.sum(from, days);
        view! {
            <a class="recent" href=link("/", calendar.span(from, days)) data-testid="recent">
                <span class="counter-label">{name}</span>
                <span class="recent-events">{grouped(counts.events)} <span class="quiet">" events"</span></span>
                <span class="recent-anomalies" class:is-quiet=counts.anomalies == 0>{grouped(counts.anomalies)} {if counts.anomalies == 1 { " anomaly" } else { " anomalies" }}</span>
            </a>
        }
    };
    let cards = move || {
        let today = calendar.read().today;
        let monday = today.monday();
        let all =
            [("Today", today, 1), ("Yesterday", today.plus(-1), 1), ("This week", monday, 7), ("Last week", monday.plus(-7), 7)];
        all.map(card).into_iter().collect_view()
    };
    view! { <nav class="recents" aria-label="Recent days and weeks">{cards}</nav> }.into_any()
}

/// A cell that leads to its range; its label is read out, and shown when it has the focus or the pointer.
fn cell(label: String, href: String, level: u64, is_stop: bool) -> AnyView {
    let tab_index = if is_stop { "0" } else { "-1" };
    view! {
        <td class="heat">
            <a class=format!("level-{level}") href=href tabindex=tab_index aria-label=label.clone() title=label.clone() data-label=label></a>
        </td>
    }
    .into_any()
}

fn nothing() -> AnyView {
    view! { <td class="heat"></td> }.into_any()
}

#[component]
fn Legend(levels: Levels, noun: &'static str) -> impl IntoView {
    let step = |(level, up_to): (u64, u64)| view! { <li><span class=format!("swatch level-{level}")></span> "up to " {grouped(up_to)}</li> };
    view! {
        <ul class="legend" aria-label="What the colours stand for">
            <li><span class="swatch level-0"></span> {format!("no {noun}")}</li>
            {levels.legend().into_iter().map(step).collect_view()}
        </ul>
    }
    .into_any()
}

#[component]
fn DayGrid(calendar: Memo<Calendar>, measure: Measure, title: &'static str, name: &'static str) -> impl IntoView {
    let here = use_here();
    let week_name = use_parameter(WEEK);
    let title_id = format!("{name}-title");
    let labelled_by = title_id.clone();
    let noun = if measure == Measure::Events { "events" } else { "anomalies" };
    let body = move || {
        let calendar = calendar.read();
        let levels = calendar.day_levels(measure);
        let day_cell = |day: Date| {
            if !calendar.has(day) {
                return nothing();
            }
            let counts = calendar.day(day);
            cell(calendar.day_label(day), link("/", calendar.span(day, 1)), levels.level(measure.of(counts)), day == calendar.today)
        };
        let row = |(place, weekday): (i64, &'static str)| {
            let cells = calendar.weeks().map(|monday| day_cell(monday.plus(place))).collect_view();
            let is_named = NAMED_DAYS[place as usize];
            view! { <tr><th scope="row"><span class:only-heard=!is_named>{weekday}</span></th>{cells}</tr> }
        };
        (0..).zip(WEEKDAYS).map(row).collect_view()
    };
    let months = move || {
        let mut months: Vec<(&'static str, usize)> = Vec::new();
        for monday in calendar.read().weeks() {
            match months.last_mut() {
                Some((month, weeks)) if *month == monday.month() => *weeks += 1,
                _ => months.push((monday.month(), 1)),
            }
        }
        // The first and the last may be the same month of two years.
        months
            .into_iter()
            .map(|(month, weeks)| view! { <th scope="colgroup" colspan=weeks.to_string()>{month}</th> })
            .collect_view()
    };
    let weeks = move || {
        let chosen = week_name.with(|name| calendar.read().week(name));
        let week = |monday: Date| {
            let href = here.with(&[(WEEK, monday.name())]);
            let label = format!("Hours of the week of {}", monday.text());
            view! {
                <th scope="col">
                    <a class="week" href=href aria-label=label aria-current=(monday == chosen).then_some("true") tabindex=if monday == chosen { "0" } else { "-1" } data-noscroll="">
                        {monday.day_of_month()}
                    </a>
                </th>
            }
        };
        calendar.read().weeks().map(week).collect_view()
    };
    view! {
        <section class=format!("panel heat-panel of-{noun}") aria-labelledby=labelled_by data-testid=name>
            <div class="panel-head">
                <h2 id=title_id>{title}</h2>
                {move || view! { <Legend levels=calendar.read().day_levels(measure) noun /> }}
            </div>
            <div class="heat-scroll" tabindex="0" role="region" aria-label=format!("{title}, a table by weeks and weekdays; arrow keys go from day to day")>
                <table class="days" on:keydown=move |event| move_focus(&event)>
                    <thead>
                        <tr><td></td>{months}</tr>
                        <tr><td></td>{weeks}</tr>
                    </thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// The hours of the chosen week.
#[component]
fn Hours(calendar: Memo<Calendar>) -> impl IntoView {
    let here = use_here();
    let name = use_parameter(WEEK);
    let week = Memo::new(move |_| name.with(|name| calendar.read().week(name)));
    let beside = move |weeks: i64, label: &'static str| {
        let other = week.get().plus(7 * weeks);
        let is_there = calendar.read().weeks().any(|monday| monday == other);
        is_there.then(|| view! { <a class="tool" href=here.with(&[(WEEK, other.name())])>{label}</a> })
    };
    let span = move || calendar.read().span(week.get(), 7);
    view! {
        <section class="panel hours-panel" aria-labelledby="hours-title" data-testid="hours">
            <div class="panel-head">
                <h2 id="hours-title">{move || format!("Week of {}", week.get().text())}</h2>
                <span class="quiet" data-testid="week-counts">{move || calendar.read().sum(week.get(), 7).text()}</span>
                <div class="panel-tools">
                    {move || beside(-1, "Earlier week")}
                    {move || beside(1, "Later week")}
                    <a class="tool" href=move || link("/", span()) data-testid="week-overview">"Overview"</a>
                    <a class="tool" href=move || link("/explore", span()) data-testid="week-explore">"Explore"</a>
                </div>
            </div>
            <div class="hour-grids">
                <HourGrid calendar week measure=Measure::Events title="Events an hour" />
                <HourGrid calendar week measure=Measure::Anomalies title="Anomalies an hour" />
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn HourGrid(calendar: Memo<Calendar>, week: Memo<Date>, measure: Measure, title: &'static str) -> impl IntoView {
    let noun = if measure == Measure::Events { "events" } else { "anomalies" };
    let levels = move || calendar.read().hour_levels(week.get(), measure);
    let body = move || {
        let (calendar, levels, week) = (calendar.read(), levels(), week.get());
        let stop = if calendar.today.monday() == week { calendar.today } else { week };
        let row = |(place, weekday): (i64, &'static str)| {
            let day = week.plus(place);
            let hour_cell = |hour: i64| {
                if !calendar.has(day) {
                    return nothing();
                }
                let span = calendar.hour_span(day, hour, zone_offset_millis);
                let level = levels.level(measure.of(calendar.hour(day, hour)));
                cell(calendar.hour_label(day, hour), link("/", Some(span)), level, day == stop && hour == 0)
            };
            view! { <tr><th scope="row">{weekday}</th>{(0..24).map(hour_cell).collect_view()}</tr> }
        };
        (0..).zip(WEEKDAYS).map(row).collect_view()
    };
    let head = |hour: i64| view! { <th scope="col"><span class:only-heard=hour % 3 != 0>{format!("{hour:02}")}</span></th> };
    view! {
        <div class=format!("hour-grid of-{noun}") data-testid=format!("hours-{noun}")>
            <div class="panel-head">
                <h3>{title}</h3>
                {move || view! { <Legend levels=levels() noun /> }}
            </div>
            <div class="heat-scroll is-from-start" tabindex="0" role="region" aria-label=format!("{title}, a table by weekdays and hours; arrow keys go from hour to hour")>
                <table class="hours" on:keydown=move |event| move_focus(&event)>
                    <thead><tr><td></td>{(0..24).map(head).collect_view()}</tr></thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="history-skeleton" aria-busy="true" aria-label="Loading the history" role="status">
            {(0..3).map(|_| view! { <div class="panel skeleton"></div> }).collect_view()}
        </div>
    }
    .into_any()
}
