use super::*;
use crate::random::SplitMix64;

const HOUR: i64 = 3_600_000;

fn times(count: usize, step: i64) -> Vec<i64> {
    (0..count as i64).map(|place| place * step).collect()
}

/// Days that rise and fall, with a little noise.
fn days(count: usize) -> Vec<f32> {
    let mut random = SplitMix64::new(3);
    (0..count).map(|place| 100.0 + 50.0 * (place as f32 / 24.0 * std::f32::consts::TAU).sin() + 4.0 * random.unit()).collect()
}

/// The place with the highest score, and the season found.
fn highest(values: Vec<f32>, step: i64) -> (usize, Season) {
    let times = times(values.len(), step);
    let track = Track::of(values, &Clock::of(&times));
    let highest = (0..track.raw.len()).max_by(|a, b| track.raw[*a].total_cmp(&track.raw[*b])).unwrap();
    (highest, track.season)
}

#[test]
fn a_spike_a_dip_and_a_wrong_hour_are_found() {
    for (place, value) in [(300, 400.0), (300, 0.0), (294, 60.0)] {
        let mut values = days(720);
        values[place] = value;
        let (found, season) = highest(values, HOUR);
        assert!(found.abs_diff(place) <= 1, "{place} {value}: {found}");
        assert_ne!(season, Season::None);
    }
}

#[test]
fn a_rhythm_that_is_no_day_is_found() {
    let mut values: Vec<f32> = (0..2000).map(|place| ((place % 50) as f32 - 25.0).abs()).collect();
    values[777] = 30.0;
    let (found, season) = highest(values, 1000);
    assert!(found.abs_diff(777) <= 1, "{found}");
    assert_eq!(season, Season::Places(50));
}

#[test]
fn a_change_of_level_is_found_where_it_is() {
    let mut values = days(720);
    values[400..].iter_mut().for_each(|value| *value += 300.0);
    let times = times(720, HOUR);
    let track = Track::of(values, &Clock::of(&times));
    let highest = (0..720).max_by(|a, b| track.change[*a].total_cmp(&track.change[*b])).unwrap();
    assert!(highest.abs_diff(400) <= 2, "{highest}");
}

#[test]
fn a_quiet_series_has_few_high_scores() {
    let times = times(2000, HOUR);
    let track = Track::of(days(2000), &Clock::of(&times));
    let above = |limit: f32| track.raw.iter().filter(|raw| calibrated(**raw, 0.0) > limit).count();
    assert!(above(0.7) < 40 && above(0.8) < 4, "{} {}", above(0.7), above(0.8));
}

#[test]
fn any_series_gets_finite_scores() {
    let odd = [f32::NAN, 1.0, f32::INFINITY, -1e38, 1e38, 0.0];
    for values in [vec![], vec![1.0], vec![f32::NAN; 50], vec![3.0; 500], odd.to_vec(), odd.repeat(40)] {
        let times = times(values.len(), 60_000);
        let track = Track::of(values.clone(), &Clock::of(&times));
        assert_eq!(track.raw.len(), values.len());
        assert!(track.raw.iter().all(|raw| raw.is_finite() && (0.0..=1.0).contains(&calibrated(*raw, 0.0))), "{values:?}");
    }
}

#[test]
fn weekends_are_saturday_and_sunday() {
    for (day, expected) in [(0, false), (1, false), (2, true), (3, true), (4, false), (-4, true), (-6, false)] {
        assert_eq!(is_weekend(day * DAY_MILLIS + 5), expected, "{day}");
    }
}
