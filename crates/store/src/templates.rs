//! Counting the templates of events, each over time.

use std::collections::HashMap;

use radar_types::query::Period;
use radar_types::wire::{Seq, Tally};
use radar_types::{Severity, TemplateId, Timestamp};

use crate::timeline::Timeline;
use crate::{Error, ErrorKind, Partly, Result, Stored};

/// The most bars of each template. They are kept for all templates at once.
pub const BARS_MAX: usize = 100;
/// So many templates are counted. Of more, those that come up first are counted to the end, and the answer says that
/// it is a part.
pub(crate) const TEMPLATES_MAX: usize = 50_000;

/// What is known of one template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateCount {
    pub template: TemplateId,
    /// Of the events within the period.
    pub tally: Tally,
    /// The same over time.
    pub bars: Vec<u64>,
    /// Of all that were found, within the period or not.
    pub first: Timestamp,
    pub last: Timestamp,
    /// The place of the last of them; of several at that time, the latest arrival.
    pub latest: Seq,
}

/// The bars of the period in which templates are counted.
pub(crate) fn bars(period: Period, bar_millis: i64) -> Result<Timeline<()>> {
    let timeline = Timeline::new(period, bar_millis)?;
    if timeline.len() > BARS_MAX {
        let message = format!("A template has at most {BARS_MAX} bars, and these would be {}; ask for wider ones.", timeline.len());
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    Ok(timeline)
}

/// Events of one template that are alike.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alike {
    pub severity: Option<Severity>,
    /// Of the bar they are in; none outside of the period.
    pub bar: Option<usize>,
    pub first: Timestamp,
    pub last: Timestamp,
    pub latest: Seq,
    pub count: u64,
}

impl Alike {
    pub(crate) fn one(stored: &Stored, severity: Option<Severity>, bars: &Timeline<()>) -> Self {
        let time = stored.scored.event.timestamp;
        Self { severity, bar: bars.place(time.unix_millis()), first: time, last: time, latest: stored.seq, count: 1 }
    }
}

/// The templates that were met so far.
#[derive(Debug)]
pub(crate) struct Templates {
    counted: HashMap<TemplateId, TemplateCount>,
    bars: usize,
    is_partial: bool,
}

impl Templates {
    pub(crate) fn new(bars: usize) -> Self {
        Self { counted: HashMap::new(), bars, is_partial: false }
    }

    pub(crate) fn add(&mut self, template: TemplateId, alike: Alike) {
        let Alike { severity, bar, first, last, latest, count } = alike;
        let Some(counted) = self.place_of(template, first, last, latest) else { return };
        if let Some(bar) = bar.and_then(|bar| counted.bars.get_mut(bar)) {
            *bar += count;
            counted.tally.add(severity, count);
        }
    }

    /// Adds what was counted of a part of the events.
    pub(crate) fn join(&mut self, part: TemplateCount) {
        let Some(counted) = self.place_of(part.template, part.first, part.last, part.latest) else { return };
        counted.tally = [counted.tally, part.tally].into_iter().sum();
        counted.bars.iter_mut().zip(part.bars).for_each(|(bar, count)| *bar += count);
    }

    /// Where these events of the template count; none where there is no room for one more template.
    fn place_of(&mut self, template: TemplateId, first: Timestamp, last: Timestamp, latest: Seq) -> Option<&mut TemplateCount> {
        if !self.counted.contains_key(&template) && self.counted.len() >= TEMPLATES_MAX {
            self.is_partial = true;
            return None;
        }
        let new = || TemplateCount { template, tally: Tally::default(), bars: vec![0; self.bars], first, last, latest };
        let counted = self.counted.entry(template).or_insert_with(new);
        counted.first = counted.first.min(first);
        (counted.last, counted.latest) = (counted.last, counted.latest).max((last, latest));
        Some(counted)
    }

    /// For those that are told of nowhere else.
    pub(crate) fn leave_out_some(&mut self) {
        self.is_partial = true;
    }
}

impl Partly<Templates> {
    pub(crate) fn into_counts(self) -> Partly<Vec<TemplateCount>> {
        let Templates { counted, is_partial, .. } = self.value;
        let mut counts: Vec<TemplateCount> = counted.into_values().collect();
        counts.sort_unstable_by_key(|count| count.template);
        Partly { value: counts, is_partial: self.is_partial || is_partial }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis).unwrap()
    }

    fn one(at: i64, seq: u64, bar: Option<usize>) -> Alike {
        Alike { severity: Some(Severity::Low), bar, first: time(at), last: time(at), latest: Seq(seq), count: 1 }
    }

    #[test]
    fn the_last_is_that_of_time_and_then_of_arrival() {
        let mut templates = Templates::new(2);
        for (at, seq, bar) in [(5, 1, Some(0)), (9, 2, Some(1)), (9, 4, Some(1)), (9, 3, None), (2, 9, None)] {
            templates.add(TemplateId(7), one(at, seq, bar));
        }
        let counts = Partly::whole(templates).into_counts();
        let tally = Tally { unscored: 0, by_severity: [0, 3, 0, 0, 0] };
        let (first, last, latest) = (time(2), time(9), Seq(4));
        assert_eq!(
            counts,
            Partly::whole(vec![TemplateCount { template: TemplateId(7), tally, bars: vec![1, 2], first, last, latest }])
        );
    }

    #[test]
    fn what_was_counted_of_parts_is_what_is_counted_of_all() {
        let (mut all, mut parts) = (Templates::new(2), Templates::new(2));
        for number in 0..20 {
            let mut part = Templates::new(2);
            for templates in [&mut all, &mut part] {
                templates.add(
                    TemplateId(number % 3),
                    one((number * 7 % 10) as i64, number, [None, Some(0), Some(1)][number as usize % 3]),
                );
            }
            Partly::whole(part).into_counts().value.into_iter().for_each(|count| parts.join(count));
        }
        assert_eq!(Partly::whole(all).into_counts(), Partly::whole(parts).into_counts());
    }

    #[test]
    fn of_too_many_templates_the_first_are_counted() {
        let mut templates = Templates::new(1);
        for number in (0..=TEMPLATES_MAX as u64).chain([0]) {
            templates.add(TemplateId(number), one(0, number, Some(0)));
        }
        let counts = Partly::whole(templates).into_counts();
        assert!(counts.is_partial);
        assert_eq!((counts.value.len(), counts.value[0].tally.events()), (TEMPLATES_MAX, 2));
    }

    #[test]
    fn bars_are_few() {
        let period = |millis| Period { from: time(0), to: time(millis) };
        assert_eq!(bars(period(BARS_MAX as i64), 1).unwrap().len(), BARS_MAX);
        assert_eq!(bars(period(BARS_MAX as i64 + 1), 1).unwrap_err().kind(), ErrorKind::Invalid);
        assert_eq!(bars(period(1), 0).unwrap_err().kind(), ErrorKind::Invalid);
    }
}
