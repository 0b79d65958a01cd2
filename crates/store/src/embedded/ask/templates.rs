//! Counting templates, each over time, in one pass.

use radar_types::wire::{Seq, Tally};
use radar_types::{Scale, Severity, TemplateId, Timestamp};

use super::test::Bands;
use super::{Gather, Question, candidate, load};
use crate::embedded::shelf::{Segment, Term, TextColumn, damaged};
use crate::templates::{Alike, TEMPLATES_MAX, TemplateCount, Templates};
use crate::timeline::Timeline;
use crate::{Partly, Stored};

pub(in crate::embedded) fn templates(question: &Question<'_>, bars: &Timeline<()>) -> tantivy::Result<Partly<Vec<TemplateCount>>> {
    let templates = Templates::new(bars.len());
    let mut gather = Gathering {
        scale: question.scale,
        bars,
        bands: None,
        place_of: Vec::new(),
        counted: Vec::new(),
        counts: Vec::new(),
        templates,
    };
    let is_partial = question.each(&mut gather)?;
    Ok(Partly { value: gather.templates, is_partial }.into_counts())
}

struct Gathering<'a> {
    scale: &'a Scale,
    bars: &'a Timeline<()>,
    bands: Option<Bands>,
    /// Where each text in the dictionary of a piece is counted, once it was met.
    place_of: Vec<u32>,
    counted: Vec<Counted>,
    /// The bars of all that are counted, one after the other.
    counts: Vec<u32>,
    templates: Templates,
}

/// Not met yet.
const NOWHERE: u32 = u32::MAX;

struct Counted {
    ord: u64,
    tally: Tally,
    first: i64,
    last: i64,
    latest: u64,
}

impl Gather for Gathering<'_> {
    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        self.bands = Some(Bands::new(segment, self.scale)?);
        self.place_of = vec![NOWHERE; segment.text(TextColumn::Template).count()];
        Ok((0, segment.documents()))
    }

    fn documents(&mut self, _: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        let Some(bands) = &self.bands else { return Ok(true) };
        let severities = bands.of(segment, docs);
        let ords = load(&segment.text(TextColumn::Template).ords, docs);
        let (times, seqs) = (load(&segment.time, docs), load(&segment.seq, docs));
        // Time rises, so that one bar is good for many events.
        let (mut bar, mut bar_end) = (None, i64::MIN);
        for (((ord, time), seq), severity) in ords.into_iter().zip(times).zip(seqs).zip(severities) {
            if time >= bar_end {
                (bar, bar_end) = (self.bars.place(time), self.bars.end_of(time));
            }
            let Some(place) = self.place_of.get_mut(ord as usize) else { continue };
            if *place == NOWHERE {
                if self.counted.len() >= TEMPLATES_MAX {
                    self.templates.leave_out_some();
                    continue;
                }
                *place = self.counted.len() as u32;
                self.counted.push(Counted { ord, tally: Tally::default(), first: time, last: time, latest: seq });
                self.counts.resize(self.counts.len() + self.bars.len(), 0);
            }
            let counted = &mut self.counted[*place as usize];
            (counted.last, counted.latest) = (counted.last, counted.latest).max((time, seq));
            if let Some(bar) = bar {
                counted.tally.add(severity, 1);
                self.counts[*place as usize * self.bars.len() + bar] += 1;
            }
        }
        Ok(true)
    }

    fn end(&mut self, segment: &Segment) -> tantivy::Result<()> {
        let counts = std::mem::take(&mut self.counts);
        for (place, counted) in self.counted.drain(..).enumerate() {
            let Counted { ord, tally, first, last, latest } = counted;
            let term = segment.text(TextColumn::Template).term(ord)?;
            let Term::Text(text) = Term::read(&term) else { continue };
            let template: TemplateId = text.parse().map_err(|_| damaged("a template is none"))?;
            let time = |millis| Timestamp::from_unix_millis(millis).ok_or_else(|| damaged("a time is none"));
            let bars = counts.iter().skip(place * self.bars.len()).take(self.bars.len());
            let bars = bars.map(|count| u64::from(*count)).collect();
            self.templates.join(TemplateCount {
                template,
                tally,
                bars,
                first: time(first)?,
                last: time(last)?,
                latest: Seq(latest),
            });
        }
        Ok(())
    }

    fn recent(&mut self, stored: &Stored) {
        if let Some(template) = stored.scored.template {
            let severity: Option<Severity> = candidate(stored).severity(self.scale);
            self.templates.add(template, Alike::one(stored, severity, self.bars));
        }
    }
}
