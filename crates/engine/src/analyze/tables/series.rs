//! A column over time: what is unusual for its level, its season and the file as a whole, and where its
//! level changes.
//!
//! A value is compared three times: with all values, with the level around it, and with what is usual
//! at this time of the day and week (or in whatever rhythm the column has). The sum of the logarithms
//! of those distances lets a value that is odd in each way stand above one that is very odd in one.
//! An incident has a duration, so a value shines on its neighbours: as long as a quarter of a day and
//! never more than a small share of the file. Changes of the level are looked for at the same scale,
//! and shine farther.
//!
//! The whole file is there, so the future of a value says what was usual as well as its past.

use super::smooth::{deviation, distances, median, running_median, spread, steps};

const DAY_MILLIS: i64 = 86_400_000;
/// Slots of a day at most: a quarter of an hour each.
const DAY_SLOTS: i64 = 96;
/// Fewer days don't tell what is usual at an hour.
const DAYS_MIN: i64 = 4;
/// Fewer days don't tell weekends from other days.
const WEEKEND_DAYS_MIN: i64 = 14;
/// Seasons are kept where they leave at most this share of the deviations.
const SEASON_SHARE_MAX: f64 = 0.95;
/// A rhythm is as strong as this correlation, or none.
const CORRELATION_MIN: f64 = 0.5;
const CORRELATION_GAIN_MIN: f64 = 0.05;
const RHYTHM_PLACES_MAX: usize = 4096;
/// A share of the file that an incident does not exceed.
const INCIDENT_SHARE: usize = 40;
/// And the part of a day that it usually takes.
const INCIDENTS_A_DAY: f64 = 4.0;
/// How much of that is left of the way when half of the light is.
const INCIDENT_FADING: f64 = 0.65;
/// A change of the level is felt over this share of the file.
const CHANGE_SHARE: f64 = 25.0;
const CHANGE_FADING: f64 = 1.5;
const CHANGE_WEIGHT: f64 = 1.2;
const DEVIATIONS_MAX: f64 = 30.0;
/// The tail to the right is so much longer before a column is read as logarithms.
const TAIL_RATIO: f64 = 3.0;
/// The parts of a raw score, each a logarithm of deviations.
const PARTS: f64 = 3.0 + CHANGE_WEIGHT;
/// So many deviations in each part are a score of 1 - 1/e.
const DEVIATIONS: f64 = 3.8;
/// Kept for the order of places below the usual.
const ORDER_SHARE: f64 = 0.001;

/// When the values were read.
#[derive(Clone, Debug)]
pub(super) struct Clock<'a> {
    pub(super) times: &'a [i64],
    step_millis: i64,
    /// Places of a day.
    day: f64,
    span_days: i64,
}

/// One column, judged at each place.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub(super) values: Vec<f32>,
    /// What was usual at each place, in the column's own unit: from, to.
    pub(super) usual: Vec<(f32, f32)>,
    /// Deviations from that, from the level around, and from all values.
    pub(super) surprise: Vec<f32>,
    /// How many deviations the level changes by.
    pub(super) change: Vec<f32>,
    pub(super) raw: Vec<f32>,
    pub(super) season: Season,
    /// Places that a window of comparison covers to either side.
    pub(super) reach: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Season {
    None,
    Day,
    DayAndWeekend,
    /// A rhythm of so many places.
    Places(usize),
}

impl<'a> Clock<'a> {
    pub(super) fn of(times: &'a [i64]) -> Self {
        let mut lengths: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).filter(|length| *length > 0).collect();
        let middle = lengths.len() / 2;
        let step_millis = if lengths.is_empty() { 1 } else { *lengths.select_nth_unstable(middle).1 };
        let span = times.last().copied().unwrap_or(0) - times.first().copied().unwrap_or(0);
        Self { times, step_millis, day: DAY_MILLIS as f64 / step_millis as f64, span_days: span / DAY_MILLIS }
    }

    /// Half the length of an incident, in places.
    fn incident(&self) -> usize {
        let by_file = (self.times.len() / INCIDENT_SHARE) as f64;
        (self.day / INCIDENTS_A_DAY).max(3.0).min(by_file).max(1.0) as usize
    }

    /// The slot of each place in a season.
    fn slots(&self, season: Season) -> Vec<usize> {
        let length = self.step_millis.max(DAY_MILLIS / DAY_SLOTS);
        let slots_a_day = (DAY_MILLIS / length + 1) as usize;
        let slot = |(place, time): (usize, &i64)| match season {
            Season::None => 0,
            Season::Day => (time.rem_euclid(DAY_MILLIS) / length) as usize,
            Season::DayAndWeekend => {
                (time.rem_euclid(DAY_MILLIS) / length) as usize + if is_weekend(*time) { slots_a_day } else { 0 }
            }
            Season::Places(period) => place % period,
        };
        self.times.iter().enumerate().map(slot).collect()
    }
}

/// 1970-01-01 was a Thursday.
pub(super) fn is_weekend(time_millis: i64) -> bool {
    (time_millis.div_euclid(DAY_MILLIS) + 3).rem_euclid(7) >= 5
}

impl Track {
    /// `values` has one for each time of the clock, NaN where there is none.
    pub(super) fn of(values: Vec<f32>, clock: &Clock<'_>) -> Self {
        let whole = filled(&values);
        let unit = unit_of(&whole);
        let drawn: Vec<f64> = whole.iter().map(|value| unit.map_or(*value, |unit| (value / unit).ln_1p())).collect();
        let count = drawn.len();
        let window = ((3.0 * clock.day) as usize).max(count / 4).min(count);
        let level = running_median(&drawn, window);
        let rest: Vec<f64> = drawn.iter().zip(&level).map(|(value, level)| value - level).collect();
        let (season, seasonal) = season_of(&rest, clock);
        let surprise: Vec<f64> = rest.iter().zip(&seasonal).map(|(rest, usual)| rest - usual).collect();
        let usual_surprise = deviation(&surprise);

        let reach = clock.incident();
        let change = {
            let steps = steps(&drawn, reach.max(2));
            let sizes: Vec<f64> = steps.iter().map(|step| step.abs()).collect();
            let usual = deviation(&sizes);
            sizes.into_iter().map(|size| size / usual).collect::<Vec<f64>>()
        };
        let (from_all, from_level) = (distances(&whole), distances(&rest));
        let mut raw: Vec<f64> = surprise
            .iter()
            .map(|surprise| (surprise.abs() / usual_surprise).min(DEVIATIONS_MAX).ln_1p())
            .zip(from_all.iter().zip(&from_level))
            .map(|(surprise, (all, level))| surprise + all.ln_1p() + level.ln_1p())
            .collect();
        spread(&mut raw, reach as f64 * INCIDENT_FADING);
        let mut changes: Vec<f64> = change.iter().map(|change| change.ln_1p()).collect();
        spread(&mut changes, count as f64 / CHANGE_SHARE / CHANGE_FADING);

        let in_own_unit = |value: f64| unit.map_or(value, |unit| value.exp_m1() * unit) as f32;
        let usual = level.iter().zip(&seasonal).map(|(level, seasonal)| {
            let middle = level + seasonal;
            (in_own_unit(middle - 1.5 * usual_surprise), in_own_unit(middle + 1.5 * usual_surprise))
        });
        Self {
            usual: usual.collect(),
            surprise: surprise.iter().map(|surprise| (surprise / usual_surprise) as f32).collect(),
            change: change.iter().map(|change| *change as f32).collect(),
            raw: raw.iter().zip(&changes).map(|(raw, change)| (raw + CHANGE_WEIGHT * change) as f32).collect(),
            values,
            season,
            reach,
        }
    }
}

/// A raw score as 0 to 1: how far it is above the usual one of the same table.
pub(super) fn calibrated(raw: f32, usual: f32) -> f32 {
    let deviations = |raw: f32| (f64::from(raw) / PARTS).exp_m1();
    let above = (deviations(raw) - deviations(usual)).max(0.0);
    let order = f64::from(raw) / (1.0 + f64::from(raw));
    ((1.0 - (-above / DEVIATIONS).exp()) * (1.0 - ORDER_SHARE) + order * ORDER_SHARE) as f32
}

/// Missing values on the line between their neighbours.
fn filled(values: &[f32]) -> Vec<f64> {
    let known: Vec<usize> = (0..values.len()).filter(|place| values[*place].is_finite()).collect();
    let (Some(first), Some(last)) = (known.first(), known.last()) else { return vec![0.0; values.len()] };
    let value = |place: usize| f64::from(values[place]);
    let mut whole = vec![value(*first); *first];
    for pair in known.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        whole.extend((from..to).map(|place| value(from) + (value(to) - value(from)) * (place - from) as f64 / (to - from) as f64));
    }
    whole.resize(values.len(), value(*last));
    whole
}

/// The unit of the logarithm that a column of amounts with a long tail is read in.
fn unit_of(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quantile =
        |share: f64| sorted.get(((sorted.len().saturating_sub(1)) as f64 * share).round() as usize).copied().unwrap_or(0.0);
    let (low, middle, high) = (quantile(0.01), quantile(0.5), quantile(0.99));
    let is_amount = sorted.first().is_some_and(|least| *least >= 0.0);
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let unit = middle.max(mean * 0.1);
    (is_amount && high - middle > TAIL_RATIO * (middle - low) && unit > 0.0).then_some(unit)
}

/// The season that explains the column best, and what it adds at each place.
fn season_of(rest: &[f64], clock: &Clock<'_>) -> (Season, Vec<f64>) {
    let size = |values: &[f64]| values.iter().map(|value| value.abs()).sum::<f64>() / values.len().max(1) as f64;
    let rest_of = |seasonal: &[f64]| rest.iter().zip(seasonal).map(|(rest, usual)| rest - usual).collect::<Vec<f64>>();
    let mut best = (Season::None, vec![0.0; rest.len()]);
    let mut best_size = size(rest);
    let mut candidates = Vec::new();
    if clock.span_days >= DAYS_MIN && clock.day >= 4.0 {
        candidates.push(Season::Day);
        if clock.span_days >= WEEKEND_DAYS_MIN {
            candidates.push(Season::DayAndWeekend);
        }
    } else if let Some(period) = rhythm(rest) {
        candidates.push(Season::Places(period));
    }
    for season in candidates {
        let seasonal = medians_of_slots(rest, &clock.slots(season));
        let found = size(&rest_of(&seasonal));
        if found < SEASON_SHARE_MAX * best_size {
            best_size = found;
            best = (season, seasonal);
        }
    }
    best
}

/// Each value replaced by the median of its slot.
fn medians_of_slots(values: &[f64], slots: &[usize]) -> Vec<f64> {
    let count = slots.iter().max().map_or(0, |slot| slot + 1);
    let mut of_slots = vec![Vec::new(); count];
    for (value, slot) in values.iter().zip(slots) {
        of_slots[*slot].push(*value);
    }
    let medians: Vec<f64> = of_slots.iter_mut().map(|values| median(values)).collect();
    slots.iter().map(|slot| medians[*slot]).collect()
}

/// The distance at which the series is most like itself, beyond the first at which it is not.
fn rhythm(values: &[f64]) -> Option<usize> {
    let stride = values.len().div_ceil(RHYTHM_PLACES_MAX).max(1);
    let means: Vec<f64> = values.chunks(stride).map(|values| values.iter().sum::<f64>() / values.len() as f64).collect();
    let width = deviation(&means);
    let center = median(&mut means.clone());
    let bounded: Vec<f64> = means.iter().map(|value| ((value - center) / width).clamp(-3.0, 3.0)).collect();
    let power: f64 = bounded.iter().map(|value| value * value).sum::<f64>() / bounded.len().max(1) as f64;
    let correlation = |lag: usize| {
        let products = bounded.iter().zip(&bounded[lag..]).map(|(a, b)| a * b);
        products.sum::<f64>() / (bounded.len() - lag) as f64 / power
    };
    let mut was_apart = false;
    let mut best: Option<(usize, f64)> = None;
    for lag in 1..bounded.len() / 4 {
        let found = correlation(lag);
        was_apart |= found < CORRELATION_MIN / 2.0;
        // The way up to a peak, or a peak that is clearly higher than an earlier one: a multiple of a rhythm is none.
        let is_better = best.is_none_or(|(known, best)| found > if known + 1 == lag { best } else { best + CORRELATION_GAIN_MIN });
        if was_apart && found > CORRELATION_MIN && is_better {
            best = Some((lag, found));
        }
    }
    best.map(|(lag, _)| lag * stride).filter(|lag| *lag >= 4)
}

#[cfg(test)]
#[path = "series_tests.rs"]
mod tests;
