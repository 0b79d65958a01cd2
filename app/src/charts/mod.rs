//! Charts: charming builds the options as typed values, here and without a browser; ECharts, loaded
//! only when a chart is on the page, draws them through `browser.rs`.
//!
//! Colours are named by their token (`var(--…)`); the drawing side looks them up, so a chart follows
//! the theme.

#[cfg(feature = "hydrate")]
mod browser;
mod graph;
mod scores;
#[cfg(not(feature = "hydrate"))]
mod stub;

#[cfg(feature = "hydrate")]
pub(crate) use browser::draw;
#[cfg(not(feature = "hydrate"))]
pub(crate) use stub::draw;

pub(crate) use graph::{graph_options, node_name};
pub(crate) use scores::{band_of, part_name, score_options};

use charming::{
    Chart,
    component::{Axis, Grid},
    element::{
        AxisLabel, AxisLine, AxisPointer, AxisPointerType, AxisTick, AxisType, ItemStyle, LineStyle, SplitLine, Tooltip, Trigger,
    },
    series::Bar,
};
use radar_types::{
    Severity, Span, Timestamp,
    wire::{Bucket, Tally},
};
use serde::Deserialize;

/// Makes the options of a chart anew; what it reads to do so draws the chart again when it changes.
pub(crate) type Options = Box<dyn Fn() -> Chart>;

/// A part of the axis of time that is marked, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// Within the bar that is told of beside it.
    pub(crate) at: i64,
}

/// What the reader did in a chart.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChartEvent {
    /// Dragged over a part of the axis of time.
    Zoom { from: f64, to: f64 },
    /// Clicked on a mark: the series it is of, its name, and its place among the data of the series.
    Pick { series: String, name: String, index: u32 },
}

impl ChartEvent {
    /// The range of time that was dragged over.
    pub(crate) fn span(&self) -> Option<Span> {
        let Self::Zoom { from, to } = self else { return None };
        let time = |millis: f64| Timestamp::saturating_from_unix_millis(millis as i64);
        Some(Span::between(time(from.floor()), time(to.ceil())))
    }
}

/// The timeline's bars: the worst stand on the axis, where the eye compares their heights, and what is
/// safe is on top of them, unless it is left out. What has no score is above, where there is such.
pub(crate) fn timeline_options(timeline: &[Bucket], has_safe: bool) -> Chart {
    let label = || AxisLabel::new().color("var(--text-quiet)").font_size(11);
    let chart = Chart::new()
        .grid(Grid::new().left(44).right(12).top(8).bottom(22))
        .tooltip(Tooltip::new().trigger(Trigger::Axis).axis_pointer(AxisPointer::new().type_(AxisPointerType::Shadow)))
        .x_axis(
            Axis::new()
                .type_(AxisType::Time)
                .axis_label(label())
                .axis_line(AxisLine::new().show(false))
                .axis_tick(AxisTick::new().show(false)),
        )
        .y_axis(
            Axis::new()
                .type_(AxisType::Value)
                .min_interval(1)
                .split_number(3)
                .axis_label(label())
                .split_line(SplitLine::new().line_style(LineStyle::new().color("var(--line)"))),
        );
    let of_severity = |severity: Severity| bars(severity.name(), timeline, |tally| tally.of(severity));
    let shown = Severity::ALL.into_iter().rev().filter(|severity| has_safe || severity.is_anomaly());
    let chart = shown.map(of_severity).fold(chart, Chart::series);
    let has_unscored = has_safe && timeline.iter().any(|bucket| bucket.tally.unscored > 0);
    if has_unscored { chart.series(bars("unscored", timeline, |tally| tally.unscored)) } else { chart }
}

/// How much time a bar stands for.
pub(crate) fn bar_millis(timeline: &[Bucket]) -> i64 {
    match timeline {
        [first, second, ..] => second.start.unix_millis() - first.start.unix_millis(),
        _ => 0,
    }
}

/// One of the stacked series, in the colour of its name. A bar has its place around its middle, so that it covers its time.
fn bars(name: &str, timeline: &[Bucket], count: impl Fn(&Tally) -> u64) -> Bar {
    let half = bar_millis(timeline) / 2;
    let bar = |bucket: &Bucket| {
        let events = i64::try_from(count(&bucket.tally)).unwrap_or(i64::MAX);
        vec![bucket.start.unix_millis() + half, events]
    };
    Bar::new()
        .name(name)
        .stack("events")
        .item_style(ItemStyle::new().color(format!("var(--severity-{name})")))
        .data(timeline.iter().map(bar).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use radar_types::Timestamp;

    #[test]
    fn each_severity_is_a_series_with_a_bar_for_each_bucket() {
        let start: Timestamp = "2026-03-01T08:30:00Z".parse().unwrap();
        let mut tally = Tally::default();
        tally.add(Some(Severity::High), 3);
        let options = serde_json::to_value(timeline_options(&[Bucket { start, tally }], true)).unwrap();
        let series = options["series"].as_array().unwrap();
        assert_eq!(series.len(), 5);
        assert_eq!(series[1]["name"], "high");
        assert_eq!(series[1]["data"][0], serde_json::json!([start.unix_millis(), 3]));
        assert_eq!(series[4]["data"][0], serde_json::json!([start.unix_millis(), 0]));
    }

    #[test]
    fn a_bar_covers_its_time() {
        let starts = ["2026-03-01T08:00:00Z", "2026-03-01T08:10:00Z"].map(|start| start.parse::<Timestamp>().unwrap());
        let timeline = starts.map(|start| Bucket { start, tally: Tally::default() });
        let options = serde_json::to_value(timeline_options(&timeline, true)).unwrap();
        assert_eq!(options["series"][0]["data"][1], serde_json::json!([starts[1].unix_millis() + 5 * 60_000, 0]));
    }

    #[test]
    fn anomalies_can_stand_alone() {
        let mut tally = Tally::default();
        tally.add(None, 7);
        let options = serde_json::to_value(timeline_options(&[Bucket { start: Timestamp::MIN, tally }], false)).unwrap();
        let names: Vec<&str> = options["series"].as_array().unwrap().iter().filter_map(|series| series["name"].as_str()).collect();
        assert_eq!(names, ["critical", "high", "medium", "low"]);
    }

    #[test]
    fn events_without_a_score_stand_above_all_others() {
        let mut tally = Tally::default();
        tally.add(None, 7);
        let options = serde_json::to_value(timeline_options(&[Bucket { start: Timestamp::MIN, tally }], true)).unwrap();
        let last = options["series"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["name"], &last["data"][0][1]), (&"unscored".into(), &7.into()));
        assert_eq!(last["itemStyle"]["color"], "var(--severity-unscored)");
    }
}
