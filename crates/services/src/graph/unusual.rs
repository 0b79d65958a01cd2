//! What stands out among those who have to do with each other. Each finding has the number it stands on.

use std::collections::{HashMap, HashSet};

use radar_store::{Pair, Top};
use radar_types::Level;
use radar_types::graph::{BusyAddress, FailingService, Graph, NewUse};

/// Fewer events say nothing of a rate.
const EVENTS_MIN: u64 = 20;
/// What is usual is not known of fewer addresses.
const ADDRESSES_MIN: usize = 5;
const TIMES_USUAL_MIN: f64 = 8.0;
const ERROR_RATE_MIN: f64 = 0.05;
const TIMES_ERROR_RATE_MIN: f64 = 2.0;

/// Addresses with many times the events of the one in the middle.
pub(super) fn busy_addresses(tops: &[Top]) -> Vec<BusyAddress> {
    let addresses: Vec<&Top> = tops.iter().filter(|top| !top.value.is_empty()).collect();
    if addresses.len() < ADDRESSES_MIN {
        return Vec::new();
    }
    // They come with the most frequent first.
    let usual = addresses[addresses.len() / 2].count.max(1) as f64;
    let busy = addresses.into_iter().map(|top| (top, top.count as f64 / usual));
    let is_busy = |(top, times): &(&Top, f64)| top.count >= EVENTS_MIN && *times >= TIMES_USUAL_MIN;
    let shown = |(top, times_usual): (&Top, f64)| BusyAddress {
        address: top.value.clone(),
        events: top.count,
        times_usual,
        worst: top.worst,
    };
    busy.filter(is_busy).take(Graph::LISTED_MAX).map(shown).collect()
}

/// Services with many more errors than all together, and the rate of all.
pub(super) fn failing_services(levels: &[Pair]) -> (Vec<FailingService>, f64) {
    let mut services: HashMap<&str, FailingService> = HashMap::new();
    for Pair { values: [service, level], count, .. } in levels {
        let new = || FailingService { service: service.clone(), events: 0, errors: 0 };
        let counted = services.entry(service).or_insert_with(new);
        counted.events += count;
        if is_error(level) {
            counted.errors += count;
        }
    }
    let (events, errors) = services.values().fold((0, 0), |(events, errors), one| (events + one.events, errors + one.errors));
    let rate = |errors: u64, events: u64| errors as f64 / events.max(1) as f64;
    let of_all = rate(errors, events);
    let least = ERROR_RATE_MIN.max(of_all * TIMES_ERROR_RATE_MIN).min(0.5);
    let is_failing = |service: &FailingService| service.events >= EVENTS_MIN && rate(service.errors, service.events) >= least;
    let mut failing: Vec<FailingService> = services.into_values().filter(is_failing).collect();
    let by_rate = |service: &FailingService| rate(service.errors, service.events);
    failing.sort_by(|one, other| by_rate(other).total_cmp(&by_rate(one)).then_with(|| one.service.cmp(&other.service)));
    failing.truncate(Graph::LISTED_MAX);
    (failing, of_all)
}

fn is_error(level: &str) -> bool {
    matches!(Level::from_text(level), Level::Error | Level::Critical)
}

/// Users on services where they were not before, though they were on others. `None` where not all was counted of the time
/// before: then nobody knows.
pub(super) fn new_uses(uses: &[Pair], before: &[Pair], is_before_partial: bool) -> Option<Vec<NewUse>> {
    let is_listed_whole = before.len() < super::VALUES as usize;
    if is_before_partial || !is_listed_whole {
        return None;
    }
    let known: HashSet<&[String; 2]> = before.iter().map(|pair| &pair.values).collect();
    let users: HashSet<&String> = before.iter().map(|pair| &pair.values[0]).collect();
    let is_new = |pair: &&Pair| !pair.values[0].is_empty() && users.contains(&pair.values[0]) && !known.contains(&pair.values);
    let mut new: Vec<&Pair> = uses.iter().filter(is_new).collect();
    new.sort_by(|one, other| other.worst.cmp(&one.worst).then_with(|| other.count.cmp(&one.count)));
    let shown = |Pair { values: [user, service], count, worst }: &Pair| NewUse {
        user: user.clone(),
        service: service.clone(),
        events: *count,
        worst: *worst,
    };
    Some(new.into_iter().take(Graph::LISTED_MAX).map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use radar_types::Severity;

    fn pair(one: &str, other: &str, count: u64) -> Pair {
        Pair { values: [one.into(), other.into()], count, worst: Some(Severity::Safe) }
    }

    fn tops(counts: &[u64]) -> Vec<Top> {
        counts
            .iter()
            .enumerate()
            .map(|(place, count)| Top { value: format!("10.0.0.{place}"), count: *count, worst: None })
            .collect()
    }

    #[test]
    fn an_address_is_busy_beside_the_one_in_the_middle() {
        let busy = busy_addresses(&tops(&[400, 90, 11, 10, 10, 9]));
        let found: Vec<(&str, f64)> = busy.iter().map(|one| (one.address.as_str(), one.times_usual)).collect();
        assert_eq!(found, [("10.0.0.0", 40.0), ("10.0.0.1", 9.0)]);
        assert_eq!(busy_addresses(&tops(&[400, 1, 1, 1])), [], "of four nothing is usual");
        assert_eq!(busy_addresses(&tops(&[19, 1, 1, 1, 1])), [], "nineteen are few");
    }

    #[test]
    fn a_service_fails_more_than_all_together() {
        let levels = [
            pair("web", "info", 900),
            pair("web", "error", 10),
            pair("db", "error", 30),
            pair("db", "info", 70),
            pair("tiny", "error", 5),
        ];
        let (failing, of_all) = failing_services(&levels);
        assert_eq!(failing, [FailingService { service: "db".into(), events: 100, errors: 30 }]);
        assert!((of_all - 45.0 / 1_015.0).abs() < 1e-9);
        assert_eq!(failing_services(&[]), (vec![], 0.0));
        let (failing, _) = failing_services(&[pair("all", "critical", 50)]);
        assert_eq!(failing.len(), 1, "where all is errors, that is said");
    }

    #[test]
    fn a_use_is_new_of_a_user_who_was_known() {
        let before = [pair("ann", "sshd", 9), pair("bob", "cron", 3)];
        let uses = [pair("ann", "sshd", 5), pair("ann", "cron", 2), pair("eve", "sshd", 7)];
        let found = new_uses(&uses, &before, false).unwrap();
        assert_eq!(found.iter().map(|one| (&*one.user, &*one.service, one.events)).collect::<Vec<_>>(), [("ann", "cron", 2)]);
        assert_eq!(new_uses(&uses, &before, true), None, "who was there is not known");
        assert_eq!(new_uses(&uses, &[], false), Some(vec![]), "nobody was known");
    }
}
