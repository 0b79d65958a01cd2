//! Medians, running windows, and how far a value is from what is usual. All of it takes time that is
//! linear in the length of a series, whatever the window.

/// Of a bell, the standard deviation over the median absolute deviation, and over the mean one.
const DEVIATIONS_OF_MEDIAN: f64 = 1.4826;
const DEVIATIONS_OF_MEAN: f64 = 1.2533;
/// Values that a median of a wide window is taken from.
const WINDOW_VALUES_MAX: usize = 301;
/// Steps between two medians of a wide window, as a share of it.
const WINDOW_STEPS: usize = 24;

/// The middle value; 0 for none.
pub(super) fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// A standard deviation that outliers don't widen, above 0.
pub(super) fn deviation(values: &[f64]) -> f64 {
    let center = median(&mut values.to_vec());
    let mut distances: Vec<f64> = values.iter().map(|value| (value - center).abs()).collect();
    let usual = median(&mut distances) * DEVIATIONS_OF_MEDIAN;
    if usual > 0.0 {
        return usual;
    }
    let mean = distances.iter().sum::<f64>() / distances.len().max(1) as f64 * DEVIATIONS_OF_MEAN;
    if mean > 0.0 { mean } else { 1.0 }
}

/// How far each value is from the middle of all, in deviations.
pub(super) fn distances(values: &[f64]) -> Vec<f64> {
    let center = median(&mut values.to_vec());
    let deviation = deviation(values);
    values.iter().map(|value| (value - center).abs() / deviation).collect()
}

/// The median of a window around each place. It is taken at some places and drawn between them.
pub(super) fn running_median(values: &[f64], window: usize) -> Vec<f64> {
    let count = values.len();
    let half = window / 2;
    let step = (window / WINDOW_STEPS).max(1);
    let mut scratch = Vec::new();
    let mut at = |place: usize| {
        let (from, to) = (place.saturating_sub(half), (place + half + 1).min(count));
        let stride = (to - from).div_ceil(WINDOW_VALUES_MAX).max(1);
        scratch.clear();
        scratch.extend(values[from..to].iter().step_by(stride));
        median(&mut scratch)
    };
    let mut medians = Vec::with_capacity(count);
    let mut place = 0;
    while place < count {
        let next = (place + step).min(count - 1);
        let (low, high) = (at(place), at(next));
        let steps = next - place;
        medians.extend((0..steps.max(1)).map(|within| low + (high - low) * within as f64 / steps.max(1) as f64));
        place += steps.max(1);
    }
    medians
}

/// How far the mean of the window from each place on is from the mean of the window before it.
pub(super) fn steps(values: &[f64], window: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for value in values {
        sum += value;
        sums.push(sum);
    }
    let mean = |from: usize, to: usize| (sums[to] - sums[from]) / window.max(1) as f64;
    let step = |place: usize| {
        // At the ends there is too little to take a mean of.
        if place < window || place + window > values.len() {
            return 0.0;
        }
        let (from, to) = (place - window, place + window);
        mean(place, to) - mean(from, place)
    };
    (0..values.len()).map(step).collect()
}

/// Lets each value shine on its neighbours, less the farther they are: at `reach` half of it is left.
pub(super) fn spread(values: &mut [f64], reach: f64) {
    let fading = 0.5_f64.powf(1.0 / reach.max(0.1));
    let mut light = 0.0_f64;
    for value in values.iter_mut() {
        light = value.max(light * fading);
        *value = light;
    }
    light = 0.0;
    for value in values.iter_mut().rev() {
        light = value.max(light * fading);
        *value = light;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_deviations_are_not_moved_by_outliers() {
        assert_eq!(median(&mut [3.0, 1.0, 1e9]), 3.0);
        assert_eq!(median(&mut []), 0.0);
        assert!((deviation(&[1.0, 2.0, 3.0, 4.0, 1e9]) - DEVIATIONS_OF_MEDIAN).abs() < 1e-9);
        assert_eq!(deviation(&[5.0; 4]), 1.0);
        assert!(deviation(&[0.0, 0.0, 0.0, 8.0]) > 2.0);
    }

    #[test]
    fn a_running_median_follows_a_line_and_ignores_a_spike() {
        for (count, window) in [(1, 9), (10, 3), (1000, 101), (5000, 2000)] {
            let mut line: Vec<f64> = (0..count).map(f64::from).collect();
            line[count as usize / 2] = 1e9;
            let medians = running_median(&line, window);
            assert_eq!(medians.len(), line.len());
            let (from, to) = (window.min(line.len()), line.len().saturating_sub(window));
            for (place, median) in medians.iter().enumerate().take(to).skip(from) {
                assert!((median - place as f64).abs() < window as f64 / 20.0 + 2.0, "{count} {window} {place}");
            }
        }
        assert!(running_median(&[], 5).is_empty());
    }

    #[test]
    fn a_step_is_seen_where_it_is() {
        let values: Vec<f64> = (0..100).map(|place| if place < 60 { 1.0 } else { 4.0 }).collect();
        let steps = steps(&values, 10);
        assert_eq!(steps[60], 3.0);
        assert!(steps.iter().enumerate().all(|(place, step)| place == 60 || *step < 3.0));
    }

    #[test]
    fn light_fades_to_both_sides() {
        let mut values = [0.0, 0.0, 8.0, 0.0, 0.0];
        spread(&mut values, 1.0);
        assert_eq!(values, [2.0, 4.0, 8.0, 4.0, 2.0]);
    }
}
