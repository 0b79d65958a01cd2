//! What stands out, each with its number and a link to its events.

use leptos::prelude::*;
use radar_types::{
    Severity,
    graph::{BusyAddress, FailingService, Graph, NewUse},
    grouped,
};

use crate::{
    components::SeverityMark,
    format::{counted, visible},
};

#[component]
pub(super) fn BusyAddresses(
    found: Vec<BusyAddress>,
    link: impl Fn(&[(&str, &str)]) -> String + Copy + Send + 'static,
) -> impl IntoView {
    let items = found.into_iter().map(|BusyAddress { address, events, times_usual, worst }| Item {
        href: link(&[("address", &address)]),
        name: visible(&address),
        number: format!("{} × usual", grouped(times_usual.round() as u64)),
        more: counted(events, "event", "events"),
        worst,
    });
    list(
        "busy-addresses",
        "Unusually busy addresses",
        items.collect(),
        "No address has many times the events of the others.".into(),
    )
}

#[component]
pub(super) fn FailingServices(
    found: Vec<FailingService>,
    error_rate: f64,
    link: impl Fn(&[(&str, &str)]) -> String + Copy + Send + 'static,
) -> impl IntoView {
    let items = found.into_iter().map(|FailingService { service, events, errors }| Item {
        href: link(&[("source", &service)]) + "%20level%3Aerror%2Ccritical",
        name: visible(&service),
        number: format!("{} errors", percent(errors as f64 / events.max(1) as f64)),
        more: format!("{} of {} events, {} of all", grouped(errors), grouped(events), percent(error_rate)),
        worst: None,
    });
    list(
        "failing-services",
        "Services with many errors",
        items.collect(),
        "No service has many more errors than the others.".into(),
    )
}

#[component]
pub(super) fn NewUses(
    found: Option<Vec<NewUse>>,
    link: impl Fn(&[(&str, &str)]) -> String + Copy + Send + 'static,
) -> impl IntoView {
    let days = Graph::BEFORE_DAYS;
    let none = match found {
        Some(_) => format!("No user is on a service that they did not use in the {days} days before."),
        None => format!("The {days} days before have too many users and services to tell. Ask for fewer."),
    };
    let items = found.into_iter().flatten().map(|NewUse { user, service, events, worst }| Item {
        href: link(&[("user", &user), ("source", &service)]),
        name: format!("{} on {}", visible(&user), visible(&service)),
        number: counted(events, "event", "events"),
        more: format!("never in {days} days before"),
        worst,
    });
    list("new-uses", "Users on services they never use", items.collect(), none)
}

struct Item {
    href: String,
    name: String,
    number: String,
    more: String,
    worst: Option<Severity>,
}

/// `none` is said where nothing stands out.
fn list(name: &'static str, title: &'static str, items: Vec<Item>, none: String) -> AnyView {
    let id = format!("{name}-title");
    let labelled_by = id.clone();
    let is_empty = items.is_empty();
    let item = |Item { href, name, number, more, worst }: Item| {
        let mark = worst.filter(|worst| worst.is_anomaly()).map(|worst| view! { <SeverityMark severity=Some(worst) /> });
        view! {
            <li>
                <a href=href>
                    <span class="graph-name">{name}</span>
                    <span class="graph-number">{number}</span>
                    <span class="graph-more quiet">{more} {mark.map(|mark| view! { " " {mark} })}</span>
                </a>
            </li>
        }
    };
    view! {
        <section class="panel" data-testid=name aria-labelledby=labelled_by>
            <h2 id=id>{title}</h2>
            {is_empty.then(|| view! { <p class="quiet">{none}</p> })}
            {(!is_empty).then(|| view! { <ul class="graph-list">{items.into_iter().map(item).collect_view()}</ul> })}
        </section>
    }
    .into_any()
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 1.0 { "under 1%".to_owned() } else { format!("{percent:.0}%") }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_small_share_is_not_nothing() {
        assert_eq!([0.0, 0.004, 0.314, 1.0].map(percent), ["0%", "under 1%", "31%", "100%"]);
    }
}
