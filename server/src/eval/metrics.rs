//! How good a ranking is, by labels that the scores never saw.
//!
//! All of it reads the ranking by groups of equal scores: items with one score cannot be told apart, so
//! nothing here depends on the order in which they came. A score that is not a number ranks lowest.

/// The mean precision over the anomalies, each at its place in the ranking: 1.0 when all of them come
/// first, about their share when the ranking is chance. NaN without anomalies.
pub(crate) fn average_precision(scores: &[f32], labels: &[bool]) -> f64 {
    let anomalies = anomalies(labels);
    let sum: f64 = ranking(scores, labels).map(|at| at.group_found * at.found / at.flagged).sum();
    sum / anomalies
}

/// The chance that an anomaly scores higher than an ordinary item, a tie counting half. NaN unless
/// there are both.
pub(crate) fn auc(scores: &[f32], labels: &[bool]) -> f64 {
    let anomalies = anomalies(labels);
    let ordinary = labels.len() as f64 - anomalies;
    let above: f64 = ranking(scores, labels)
        .map(|at| {
            let group_ordinary = at.group - at.group_found;
            group_ordinary * (at.found - at.group_found / 2.0)
        })
        .sum();
    above / (anomalies * ordinary)
}

/// The best F1 that any threshold gives, and that threshold: an item is flagged at or above it.
pub(super) fn best_f1(scores: &[f32], labels: &[bool]) -> (f64, f32) {
    let anomalies = anomalies(labels);
    let mut best = (0.0, f32::INFINITY);
    for at in ranking(scores, labels) {
        let f1 = 2.0 * at.found / (at.flagged + anomalies);
        if f1 > best.0 {
            best = (f1, at.score);
        }
    }
    best
}

/// The share of anomalies among the `k` highest. Where `k` cuts through a group of equal scores, the
/// group counts as if it were evenly mixed.
pub(super) fn precision_at(k: usize, scores: &[f32], labels: &[bool]) -> f64 {
    let budget = k.min(scores.len()) as f64;
    let mut hits = 0.0;
    for at in ranking(scores, labels) {
        let before = at.flagged - at.group;
        let taken = (budget - before).clamp(0.0, at.group);
        hits += at.group_found * taken / at.group;
    }
    hits / budget
}

/// One group of equal scores, and what has been flagged with it and above it.
struct Group {
    score: f32,
    group: f64,
    group_found: f64,
    flagged: f64,
    found: f64,
}

/// The groups of equal scores, highest first.
fn ranking(scores: &[f32], labels: &[bool]) -> impl Iterator<Item = Group> {
    let mut items: Vec<(f32, bool)> = scores.iter().map(|score| lowest_if_nan(*score)).zip(labels.iter().copied()).collect();
    items.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut groups: Vec<Group> = Vec::new();
    for (score, is_anomaly) in items {
        let found = f64::from(u8::from(is_anomaly));
        match groups.last_mut() {
            Some(group) if group.score == score => {
                group.group += 1.0;
                group.group_found += found;
                group.flagged += 1.0;
                group.found += found;
            }
            last => {
                let (flagged, before) = last.map_or((0.0, 0.0), |last| (last.flagged, last.found));
                groups.push(Group { score, group: 1.0, group_found: found, flagged: flagged + 1.0, found: before + found });
            }
        }
    }
    groups.into_iter()
}

fn lowest_if_nan(score: f32) -> f32 {
    if score.is_nan() { f32::NEG_INFINITY } else { score }
}

fn anomalies(labels: &[bool]) -> f64 {
    labels.iter().filter(|label| **label).count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Labels are written as text, `x` for an anomaly, in the order of the scores.
    fn check(scores: &[f32], labels: &str, expected: (f64, f64, f64)) {
        let labels: Vec<bool> = labels.chars().map(|label| label == 'x').collect();
        let found = (average_precision(scores, &labels), auc(scores, &labels), best_f1(scores, &labels).0);
        let is_near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let all_near = is_near(found.0, expected.0) && is_near(found.1, expected.1) && is_near(found.2, expected.2);
        assert!(all_near, "{scores:?} {labels:?}: {found:?}, expected {expected:?}");
    }

    #[test]
    fn anomalies_on_top_are_perfect_and_at_the_bottom_the_worst() {
        check(&[0.9, 0.8, 0.2, 0.1], "xx..", (1.0, 1.0, 1.0));
        check(&[0.1, 0.2, 0.8, 0.9], "xx..", ((1.0 / 3.0 + 0.5) / 2.0, 0.0, 2.0 / 3.0));
        check(&[0.9, 0.8, 0.2, 0.1], "x.x.", ((1.0 + 2.0 / 3.0) / 2.0, 0.75, 0.8));
    }

    #[test]
    fn the_order_of_equal_scores_does_not_matter() {
        check(&[0.5, 0.5, 0.5, 0.5], "x...", (0.25, 0.5, 0.4));
        check(&[0.5, 0.5, 0.5, 0.5], "...x", (0.25, 0.5, 0.4));
        check(&[0.9, 0.5, 0.5, 0.1], "x.x.", ((1.0 + 2.0 / 3.0) / 2.0, 0.875, 0.8));
    }

    #[test]
    fn what_is_not_a_number_ranks_lowest() {
        check(&[f32::NAN, 0.5, 0.1], ".x.", (1.0, 1.0, 1.0));
    }

    #[test]
    fn a_budget_that_cuts_through_equal_scores_gets_their_mean() {
        let labels = [true, false, true, false, false];
        let scores = [0.9, 0.5, 0.5, 0.1, 0.0];
        for (k, expected) in [(1, 1.0), (2, 0.75), (3, 2.0 / 3.0), (5, 0.4), (50, 0.4)] {
            assert!((precision_at(k, &scores, &labels) - expected).abs() < 1e-9, "{k}");
        }
    }

    #[test]
    fn the_best_threshold_is_found() {
        let labels = [true, false, true];
        assert_eq!(best_f1(&[0.9, 0.1, 0.5], &labels), (1.0, 0.5));
    }
}
