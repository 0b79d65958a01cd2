//! Questions that count.

use radar_types::query::Period;
use radar_types::wire::{Bucket, Tally};
use radar_types::{Level, Scale, Severity};

use super::test::{Bands, scored};
use super::{Gather, Question, candidate, load};
use crate::embedded::shelf::{Segment, TextColumn, level, score_of};
use crate::question::place_among;
use crate::timeline::Timeline;
use crate::{LevelBucket, Partly, Stored};

pub(in crate::embedded) fn tally(question: &Question<'_>) -> tantivy::Result<Partly<Tally>> {
    let mut gather = Tallying { scale: question.scale, bands: None, tally: Tally::default() };
    let is_partial = question.each(&mut gather)?;
    Ok(Partly { value: gather.tally, is_partial })
}

pub(in crate::embedded) fn histogram(
    question: &Question<'_>,
    period: Period,
    timeline: Timeline<Tally>,
) -> tantivy::Result<Partly<Vec<Bucket>>> {
    let mut gather = Bars { scale: question.scale, bands: None, period, timeline };
    let is_partial = question.each(&mut gather)?;
    Ok(Partly { value: gather.timeline.into_buckets(), is_partial })
}

pub(in crate::embedded) fn levels(
    question: &Question<'_>,
    period: Period,
    timeline: Timeline<[u64; Level::ALL.len()]>,
) -> tantivy::Result<Partly<Vec<LevelBucket>>> {
    let mut gather = LevelBars { of_ord: Vec::new(), period, timeline };
    let is_partial = question.each(&mut gather)?;
    Ok(Partly { value: gather.timeline.into_levels(), is_partial })
}

pub(in crate::embedded) fn scores(question: &Question<'_>, bounds: &[f32]) -> tantivy::Result<Partly<Vec<u64>>> {
    let mut gather = Scores { bounds, scored: Vec::new(), counts: vec![0; bounds.len() + 1] };
    let is_partial = question.each(&mut gather)?;
    Ok(Partly { value: gather.counts, is_partial })
}

struct Tallying<'a> {
    scale: &'a Scale,
    bands: Option<Bands>,
    tally: Tally,
}

impl Gather for Tallying<'_> {
    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        self.bands = Some(Bands::new(segment, self.scale)?);
        Ok((0, segment.documents()))
    }

    fn documents(&mut self, _: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        if let Some(bands) = &self.bands {
            add(&mut self.tally, &bands.of(segment, docs));
        }
        Ok(true)
    }

    fn recent(&mut self, stored: &Stored) {
        self.tally.add(candidate(stored).severity(self.scale), 1);
    }
}

fn add(tally: &mut Tally, severities: &[Option<Severity>]) {
    let mut counts = [0_u64; Severity::ALL.len()];
    let mut unscored = 0;
    for severity in severities {
        match severity {
            Some(severity) => counts[*severity as usize] += 1,
            None => unscored += 1,
        }
    }
    for (severity, count) in Severity::ALL.into_iter().zip(counts) {
        tally.add(Some(severity), count);
    }
    tally.add(None, unscored);
}

/// The documents of a period.
fn window(segment: &Segment, period: Period) -> (u32, u32) {
    (segment.first_at(period.from.unix_millis()), segment.first_at(period.to.unix_millis()))
}

/// Gives each row of documents of the same bucket to `count`.
fn each_bucket<C: Clone + Default>(
    timeline: &mut Timeline<C>,
    segment: &Segment,
    docs: &[u32],
    mut count: impl FnMut(&mut C, std::ops::Range<usize>),
) {
    let mut from = 0;
    while from < docs.len() {
        let time = |at: usize| segment.time.get_val(docs[at]);
        // Time rises, and a block is hardly ever in more than two buckets.
        let end = timeline.end_of(time(from));
        let (mut low, mut high) = (from + 1, docs.len());
        if time(docs.len() - 1) < end {
            low = high;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if time(middle) < end { low = middle + 1 } else { high = middle }
        }
        if let Some(counts) = timeline.at(time(from)) {
            count(counts, from..low);
        }
        from = low;
    }
}

struct Bars<'a> {
    scale: &'a Scale,
    bands: Option<Bands>,
    period: Period,
    timeline: Timeline<Tally>,
}

impl Gather for Bars<'_> {
    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        self.bands = Some(Bands::new(segment, self.scale)?);
        Ok(window(segment, self.period))
    }

    fn documents(&mut self, _: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        if let Some(bands) = &self.bands {
            let severities = bands.of(segment, docs);
            each_bucket(&mut self.timeline, segment, docs, |tally, row| add(tally, &severities[row]));
        }
        Ok(true)
    }

    fn recent(&mut self, stored: &Stored) {
        if let Some(tally) = self.timeline.at(stored.scored.event.timestamp.unix_millis()) {
            tally.add(candidate(stored).severity(self.scale), 1);
        }
    }
}

struct LevelBars {
    /// The level of each text in the dictionary.
    of_ord: Vec<Level>,
    period: Period,
    timeline: Timeline<[u64; Level::ALL.len()]>,
}

impl Gather for LevelBars {
    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        self.of_ord = segment.text(TextColumn::Level).terms()?.iter().map(|term| level(term)).collect();
        Ok(window(segment, self.period))
    }

    fn documents(&mut self, _: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        let ords = load(&segment.text(TextColumn::Level).ords, docs);
        each_bucket(&mut self.timeline, segment, docs, |counts, row| {
            for ord in &ords[row] {
                if let Some(level) = self.of_ord.get(*ord as usize) {
                    counts[*level as usize] += 1;
                }
            }
        });
        Ok(true)
    }

    fn recent(&mut self, stored: &Stored) {
        if let Some(counts) = self.timeline.at(stored.scored.event.timestamp.unix_millis()) {
            counts[stored.scored.event.severity_level() as usize] += 1;
        }
    }
}

struct Scores<'a> {
    bounds: &'a [f32],
    /// Which states of a piece have a score.
    scored: Vec<bool>,
    counts: Vec<u64>,
}

impl Scores<'_> {
    fn add(&mut self, score: f32) {
        if let Some(place) = place_among(self.bounds, score) {
            self.counts[place] += 1;
        }
    }
}

impl Gather for Scores<'_> {
    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        self.scored = scored(segment)?;
        Ok((0, segment.documents()))
    }

    fn documents(&mut self, _: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        let states = load(&segment.text(TextColumn::State).ords, docs);
        for (score, state) in load(&segment.calibrated, docs).into_iter().zip(states) {
            if self.scored.get(state as usize).copied().unwrap_or(false) {
                self.add(score_of(score));
            }
        }
        Ok(true)
    }

    fn recent(&mut self, stored: &Stored) {
        if let Some(score) = stored.scored.score.score() {
            self.add(score.calibrated);
        }
    }
}
