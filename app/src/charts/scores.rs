//! How many scores lie where, and where the bands of the scale begin.

use charming::{
    Chart,
    component::{Axis, Grid},
    datatype::DataPointItem,
    element::{
        AxisLabel, AxisLine, AxisPointer, AxisPointerType, AxisTick, AxisType, Color, ItemStyle, Label, LineStyle, LineStyleType,
        MarkLine, MarkLineData, MarkLineVariant, SplitLine, Symbol, Tooltip, Trigger,
    },
    series::Bar,
};
use radar_types::{
    Severity,
    wire::{Breakdown, Threshold},
};

/// Anomalies are few among many, so the heights are logarithms: one event is to be seen beside a million.
pub(crate) fn score_options(scores: &[u64], thresholds: &[Threshold]) -> Chart {
    let chart = Chart::new()
        .grid(Grid::new().left(2).right(2).top(6).bottom(18))
        .tooltip(Tooltip::new().trigger(Trigger::Axis).axis_pointer(AxisPointer::new().type_(AxisPointerType::Shadow)))
        .x_axis(
            Axis::new()
                .type_(AxisType::Value)
                .min(0)
                .max(1)
                .split_number(5)
                .axis_label(AxisLabel::new().color("var(--text-quiet)").font_size(11))
                .axis_line(AxisLine::new().show(false))
                .axis_tick(AxisTick::new().show(false))
                .split_line(SplitLine::new().show(false)),
        )
        .y_axis(
            Axis::new()
                .type_(AxisType::Log)
                // Below one, so that a single event has a height.
                .min(0.5)
                .axis_label(AxisLabel::new().show(false))
                .axis_line(AxisLine::new().show(false))
                .axis_tick(AxisTick::new().show(false))
                .split_line(SplitLine::new().show(false)),
        );
    let bands = Severity::ALL.into_iter().map(|severity| band(severity, scores, thresholds));
    let mut bands: Vec<Bar> = bands.collect();
    if let Some(first) = bands.first_mut() {
        *first = first.clone().mark_line(marks(thresholds));
    }
    bands.into_iter().fold(chart, Chart::series)
}

/// What a part of the scores is called, as its tooltip and table say it.
pub(crate) fn part_name(part: usize) -> String {
    format!("{:.2} to {:.2}", Breakdown::part_from(part), Breakdown::part_from(part + 1))
}

/// The band in which a part of the scores begins.
pub(crate) fn band_of(part: usize, thresholds: &[Threshold]) -> Severity {
    // A part begins at a rounded number, which a bound may miss by a hair.
    let from = Breakdown::part_from(part) + 1e-9;
    thresholds.iter().rev().find(|threshold| threshold.from <= from).map_or(Severity::Safe, |threshold| threshold.severity)
}

/// The bars of one band, in its colour.
fn band(severity: Severity, scores: &[u64], thresholds: &[Threshold]) -> Bar {
    let bar = |(part, count): (usize, &u64)| {
        let middle = (Breakdown::part_from(part) + Breakdown::part_from(part + 1)) / 2.0;
        DataPointItem::new(vec![middle, *count as f64]).name(part_name(part))
    };
    let of_band = scores.iter().enumerate().filter(|(part, count)| **count > 0 && band_of(*part, thresholds) == severity);
    Bar::new()
        .name(severity.name())
        // In the place of the other bands' bars, which are elsewhere.
        .bar_gap("-100%")
        .bar_width("90%")
        .item_style(ItemStyle::new().color(format!("var(--severity-{})", severity.name()).as_str()))
        .data(of_band.map(bar).collect())
}

fn marks(thresholds: &[Threshold]) -> MarkLine {
    let mark = |threshold: &Threshold| {
        let name = threshold.severity.name();
        MarkLineVariant::Simple(MarkLineData::new().name(name).x_axis(threshold.from))
    };
    MarkLine::new()
        .symbol(vec![Symbol::None, Symbol::None])
        .silent(true)
        .label(Label::new().show(false))
        .line_style(LineStyle::new().type_(LineStyleType::Dashed).width(1).color(Color::from("var(--line-strong)")))
        .data(thresholds.iter().map(mark).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use radar_types::Scale;

    fn thresholds() -> Vec<Threshold> {
        Scale::ensemble().thresholds().map(|(severity, from)| Threshold { severity, from }).collect()
    }

    #[test]
    fn a_part_is_in_the_band_in_which_it_begins() {
        let scale = Scale::ensemble();
        for part in 0..Breakdown::SCORE_PARTS as usize {
            assert_eq!(band_of(part, &thresholds()), scale.band(Breakdown::part_from(part) + 1e-9), "{}", part_name(part));
        }
        assert_eq!(band_of(49, &[]), Severity::Safe);
    }

    #[test]
    fn each_count_is_a_bar_of_its_band_and_each_threshold_a_line() {
        let mut scores = vec![0; Breakdown::SCORE_PARTS as usize];
        (scores[0], scores[25], scores[49]) = (1_000_000, 2, 1);
        let options = serde_json::to_value(score_options(&scores, &thresholds())).unwrap();
        let series = options["series"].as_array().unwrap();
        let bars = |at: usize| series[at]["data"].as_array().unwrap().clone();
        assert_eq!(bars(0)[0]["value"], serde_json::json!([0.01, 1_000_000.0]));
        assert_eq!((bars(1)[0]["name"].as_str(), bars(4)[0]["name"].as_str()), (Some("0.50 to 0.52"), Some("0.98 to 1.00")));
        assert_eq!(series[0]["markLine"]["data"].as_array().unwrap().len(), thresholds().len());
    }
}
