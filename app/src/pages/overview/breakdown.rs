use leptos::prelude::*;
use radar_types::{
    Level, Severity, Timestamp, grouped, query,
    wire::{Breakdown, Leader},
};

use crate::{
    address::explore_link,
    api::ApiError,
    charts,
    components::{BarItem, BarList, ChartPanel},
    format::visible,
};

use super::{AsOf, Shown};

/// What the events are made of, in small panels side by side. It is asked once, beside the figures, and not with them: they
/// need not wait for it.
#[component]
pub(super) fn BreakdownPanels(breakdown: Resource<Result<Breakdown, ApiError>>, shown: Shown) -> impl IntoView {
    let panels = move || {
        Suspend::new(async move {
            match breakdown.await {
                Ok(first) => view! { <Panels first shown /> }.into_any(),
                Err(error) => view! {
                    <section class="panel breakdown-failure" role="alert">
                        <p>"What the events are made of can't be shown. " {error.0.message}</p>
                        <button class="button" on:click=move |_| breakdown.refetch()>"Try again"</button>
                    </section>
                }
                .into_any(),
            }
        })
    };
    view! {
        <div class="breakdown">
            <Transition fallback=BreakdownSkeleton>{panels}</Transition>
        </div>
    }
    .into_any()
}

#[component]
pub(super) fn BreakdownSkeleton() -> impl IntoView {
    (0..5).map(|_| view! { <div class="panel skeleton" aria-hidden="true"></div> }).collect_view().into_any()
}

#[component]
fn Panels(first: Breakdown, shown: Shown) -> impl IntoView {
    // The figures show a part of it, too. What was counted since stays.
    let is_newer = |known: &Breakdown| known.span == first.span && known.as_of >= first.as_of;
    if !shown.breakdown.with_untracked(|known| known.as_ref().is_some_and(is_newer)) {
        shown.breakdown.set(Some(first.clone()));
    }
    let breakdown = Memo::new(move |_| shown.breakdown.get().unwrap_or_else(|| first.clone()));
    let as_of = Signal::derive(move || shown.is_stale().then(|| breakdown.with(|breakdown| breakdown.as_of)));
    let leaders = move |field: &'static str, of: fn(&Breakdown) -> &Vec<Leader>| {
        Memo::new(move |_| {
            breakdown.with(|breakdown| of(breakdown).iter().map(|leader| leader_item(field, leader, breakdown)).collect::<Vec<_>>())
        })
    };
    let levels = Memo::new(move |_| breakdown.with(level_items));
    view! {
        <Scores breakdown as_of />
        <Bars name="levels" title="Levels" items=levels as_of nothing="No events in this range" />
        <Bars name="top-hosts" title="Hosts by anomalies" items=leaders("host", |breakdown| &breakdown.hosts) as_of nothing=NO_ANOMALIES />
        <Bars name="top-sources" title="Sources by anomalies" items=leaders("source", |breakdown| &breakdown.sources) as_of nothing=NO_ANOMALIES />
        <Bars name="top-templates" title="Templates by anomalies" items=leaders("template", |breakdown| &breakdown.templates) as_of nothing=NO_ANOMALIES />
    }
    .into_any()
}

const NO_ANOMALIES: &str = "No anomalies in this range";

#[component]
fn Scores(breakdown: Memo<Breakdown>, as_of: Signal<Option<Timestamp>>) -> impl IntoView {
    let scores = Memo::new(move |_| breakdown.with(|breakdown| (breakdown.scores.clone(), breakdown.thresholds.clone())));
    let options = move || scores.with(|(scores, thresholds)| charts::score_options(scores, thresholds));
    let rows = move || {
        scores.with(|(scores, thresholds)| {
            let there = scores.iter().enumerate().filter(|(_, count)| **count > 0);
            there
                .map(|(part, count)| {
                    vec![charts::part_name(part), charts::band_of(part, thresholds).name().into(), grouped(*count)]
                })
                .collect()
        })
    };
    let note = move || view! { <AsOf as_of /> };
    view! {
        <ChartPanel name="scores" title="Scores" options=Box::new(options) note columns=vec!["Score", "Severity", "Events"] rows=Box::new(rows) />
    }
    .into_any()
}

/// A list of counts, or that there is nothing to count.
#[component]
fn Bars(
    name: &'static str,
    title: &'static str,
    items: Memo<Vec<BarItem>>,
    as_of: Signal<Option<Timestamp>>,
    nothing: &'static str,
) -> impl IntoView {
    let title_id = format!("{name}-title");
    let labelled_by = title_id.clone();
    let is_empty = Memo::new(move |_| items.with(Vec::is_empty));
    view! {
        <section class="panel bars-panel" data-testid=name aria-labelledby=labelled_by>
            <div class="panel-head">
                <h2 id=title_id>{title}</h2>
                <AsOf as_of />
            </div>
            <Show when=move || !is_empty.get() fallback=move || view! { <p class="quiet">{nothing}</p> }>
                <BarList items />
            </Show>
        </section>
    }
    .into_any()
}

/// The most urgent first. Without events there are none.
fn level_items(breakdown: &Breakdown) -> Vec<BarItem> {
    let all: u64 = breakdown.by_level.iter().sum();
    if all == 0 {
        return Vec::new();
    }
    let item = |(level, count): (Level, u64)| BarItem {
        name: level.name().into(),
        count,
        meaning: format!("{} of {} events, {:.2}%", grouped(count), grouped(all), count as f64 * 100.0 / all as f64),
        href: explore_link(&query::term("level", level.name()), breakdown.span),
        worst: None,
        has_mark: false,
    };
    Level::ALL.into_iter().zip(breakdown.by_level).rev().map(item).collect()
}

fn leader_item(field: &'static str, leader: &Leader, breakdown: &Breakdown) -> BarItem {
    let name = leader.label.as_deref().unwrap_or(&leader.value);
    let name = if name.is_empty() { "(empty)".into() } else { visible(name) };
    let worst = leader.worst.map_or("unscored", Severity::name);
    BarItem {
        meaning: format!(
            "{name}: {} anomalies among {} events, the worst {worst}",
            grouped(leader.anomalies),
            grouped(leader.events)
        ),
        name,
        count: leader.anomalies,
        href: explore_link(&format!("{} {}", query::term(field, &leader.value), super::ANOMALIES), breakdown.span),
        worst: leader.worst,
        has_mark: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use radar_types::{Range, Span};

    fn breakdown(by_level: [u64; 5]) -> Breakdown {
        Breakdown {
            span: Span::Last(Range::Day),
            as_of: Timestamp::MIN,
            is_partial: false,
            scores: vec![],
            thresholds: vec![],
            by_level,
            hosts: vec![],
            sources: vec![],
            templates: vec![],
            hosts_over_time: vec![],
        }
    }

    #[test]
    fn levels_stand_by_their_urgency() {
        assert_eq!(level_items(&breakdown([0; 5])), []);
        let items = level_items(&breakdown([1, 6, 0, 2, 1]));
        let names: Vec<(&str, u64)> = items.iter().map(|item| (item.name.as_str(), item.count)).collect();
        assert_eq!(names, [("critical", 1), ("error", 2), ("warning", 0), ("info", 6), ("debug", 1)]);
        assert_eq!(items[0].href, "/explore?q=level%3Acritical&range=24h");
        assert_eq!(items[3].meaning, "6 of 10 events, 60.00%");
    }

    #[test]
    fn a_leader_leads_to_its_anomalies_whatever_it_is_called() {
        let leader = Leader { value: "a \"b\"\u{202e}".into(), label: None, anomalies: 3, events: 40, worst: Some(Severity::High) };
        let item = leader_item("host", &leader, &breakdown([0; 5]));
        assert_eq!(item.meaning, "a \"b\"<U+202E>: 3 anomalies among 40 events, the worst high");
        assert_eq!(item.href, "/explore?q=host%3D%22a%20%22%22b%22%22%E2%80%AE%22%20severity%3A%3E%3Dlow&range=24h");
        let question = "host=\"a \"\"b\"\"\u{202e}\" severity:>=low";
        assert!(radar_types::query::parse(question).is_ok());
        let labelled = Leader { value: "00ff".into(), label: Some("login of *".into()), ..leader.clone() };
        assert_eq!(leader_item("template", &labelled, &breakdown([0; 5])).name, "login of *");
        assert_eq!(leader_item("host", &Leader { value: String::new(), ..leader }, &breakdown([0; 5])).name, "(empty)");
    }
}
