use leptos::prelude::*;

/// The course of a figure, without axes: drawn as a vector, it needs no library and stands in the page from the start.
#[component]
pub(crate) fn Spark(values: Signal<Vec<f64>>) -> impl IntoView {
    let paths = Memo::new(move |_| values.with(|values| SparkPaths::of(values)));
    view! {
        <svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
            <path class="spark-area" d=move || paths.with(|paths| paths.area.clone()) />
            <path class="spark-line" d=move || paths.with(|paths| paths.line.clone()) />
        </svg>
    }
    .into_any()
}

/// Lines in a box of 100 by 24. It stands on zero: a course that starts at its lowest value would look like a fall to nothing.
#[derive(Clone, Debug, Default, PartialEq)]
struct SparkPaths {
    line: String,
    area: String,
}

impl SparkPaths {
    const WIDTH: f64 = 100.0;
    const TOP: f64 = 1.5;
    const BOTTOM: f64 = 23.0;

    fn of(values: &[f64]) -> Self {
        if values.len() < 2 {
            return Self::default();
        }
        let highest = values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
        let step = Self::WIDTH / (values.len() - 1) as f64;
        let height = |value: f64| {
            let share = if highest > 0.0 && value.is_finite() { value.max(0.0) / highest } else { 0.0 };
            Self::BOTTOM - share * (Self::BOTTOM - Self::TOP)
        };
        let point = |(at, value): (usize, &f64)| format!("{:.1} {:.1}", at as f64 * step, height(*value));
        let line = format!("M{}", values.iter().enumerate().map(point).collect::<Vec<_>>().join("L"));
        let area = format!("{line}L{} 24L0 24Z", Self::WIDTH);
        Self { line, area }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_stands_on_zero_and_ends_at_the_top() {
        assert_eq!(SparkPaths::of(&[0.0, 5.0, 10.0]).line, "M0.0 23.0L50.0 12.2L100.0 1.5");
        assert_eq!(SparkPaths::of(&[7.0, 7.0]).line, "M0.0 1.5L100.0 1.5");
        assert!(SparkPaths::of(&[0.0, 1.0]).area.ends_with("L100 24L0 24Z"));
    }

    #[test]
    fn nothing_and_no_numbers_lie_on_the_ground() {
        assert_eq!(SparkPaths::of(&[]), SparkPaths::default());
        assert_eq!(SparkPaths::of(&[3.0]), SparkPaths::default());
        assert_eq!(SparkPaths::of(&[0.0, 0.0]).line, "M0.0 23.0L100.0 23.0");
        assert_eq!(SparkPaths::of(&[f64::NAN, -1.0, 2.0]).line, "M0.0 23.0L50.0 23.0L100.0 1.5");
    }
}
