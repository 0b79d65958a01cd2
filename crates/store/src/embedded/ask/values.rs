//! Questions that count the values of fields.
//!
//! Most fields are columns of places in a dictionary. Their places are counted, and each is looked up once at the end of a
//! piece, in the order of the dictionary, which is unpacked as it is read.

use std::collections::HashMap;

use radar_types::query::Field;
use radar_types::{Scale, Severity, Verdict};

use super::test::Bands;
use super::{Gather, Question, candidate, load};
use crate::embedded::codec::verdict_of;
use crate::embedded::shelf::{Events, Segment, Term, TextColumn, level};
use crate::tops::{PairTops, Tops, VALUES_MAX};
use crate::{Pair, Partly, Stored, Top};

pub(in crate::embedded) fn top(question: &Question<'_>, field: &Field, limit: u32) -> tantivy::Result<Partly<Vec<Top>>> {
    Ok(values(question, field)?.into_top(limit))
}

pub(in crate::embedded) fn distinct(question: &Question<'_>, field: &Field) -> tantivy::Result<Partly<u64>> {
    Ok(values(question, field)?.distinct())
}

pub(in crate::embedded) fn pairs(question: &Question<'_>, fields: &[Field; 2], limit: u32) -> tantivy::Result<Partly<Vec<Pair>>> {
    let columns = match fields.each_ref().map(column) {
        [Some(one), Some(other)] => Some([one, other]),
        _ => None,
    };
    let pairs = PairTops::default();
    let (met, counted) = (Met::new([0, 0]), Vec::new());
    let mut gather = Pairs { scale: question.scale, bands: None, fields, columns, met, counted, pairs };
    let is_partial = question.each(&mut gather)?;
    Ok(Partly { value: gather.pairs, is_partial }.into_pairs(limit))
}

fn values(question: &Question<'_>, field: &Field) -> tantivy::Result<Partly<Tops>> {
    let (scale, bands, tops) = (question.scale, None, Tops::default());
    let mut gather = Values { scale, bands, field, column: column(field), by_ord: Vec::new(), tops };
    let is_partial = question.each(&mut gather)?;
    Ok(Partly { value: gather.tops, is_partial })
}

/// The column of a field, which may hold it as it was written.
fn column(field: &Field) -> Option<TextColumn> {
    if *field == Field::Level { Some(TextColumn::Level) } else { TextColumn::of(field) }
}

/// What was counted of a text in the dictionary of a piece.
#[derive(Clone, Copy, Default)]
struct Counted {
    count: u64,
    worst: Option<Severity>,
    /// One that has it.
    doc: u32,
}

impl Counted {
    fn add(&mut self, severity: Option<Severity>, doc: u32) {
        self.count += 1;
        self.worst = self.worst.max(severity);
        self.doc = doc;
    }
}

/// Visits the texts of places in a dictionary, which rise, each with one of the events that have it. What is the absence
/// of a text is not visited.
fn each_text(
    segment: &Segment,
    column: TextColumn,
    field: &Field,
    places: &[(u64, u32)],
    mut visit: impl FnMut(usize, &str),
) -> tantivy::Result<()> {
    let ords: Vec<u64> = places.iter().map(|(ord, _)| *ord).collect();
    let (mut at, mut long) = (0, Vec::new());
    segment.text(column).each_term(&ords, |term| {
        match Term::read(term) {
            _ if column == TextColumn::Level => visit(at, level(term).name()),
            Term::Nothing => {}
            Term::Text(text) => visit(at, text),
            Term::TooLong => long.push(at),
        }
        at += 1;
    })?;
    let mut events = Events::new(segment)?;
    for at in long {
        let stored = events.read(places[at].1)?;
        visit(at, &candidate(&stored).value(field).unwrap_or_default());
    }
    Ok(())
}

struct Values<'a> {
    scale: &'a Scale,
    bands: Option<Bands>,
    field: &'a Field,
    column: Option<TextColumn>,
    by_ord: Vec<Counted>,
    tops: Tops,
}

impl Gather for Values<'_> {
    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        self.bands = Some(Bands::new(segment, self.scale)?);
        self.by_ord = vec![Counted::default(); self.column.map_or(0, |column| segment.text(column).count())];
        Ok((0, segment.documents()))
    }

    fn documents(&mut self, _: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        let Some(bands) = &self.bands else { return Ok(true) };
        let severities = bands.of(segment, docs);
        match (self.column, self.field) {
            (Some(column), _) => {
                let ords = load(&segment.text(column).ords, docs);
                for ((doc, ord), severity) in docs.iter().zip(ords).zip(severities) {
                    if let Some(counted) = self.by_ord.get_mut(ord as usize) {
                        counted.add(severity, *doc);
                    }
                }
            }
            (None, Field::Verdict) => {
                for (number, severity) in load(&segment.verdict, docs).into_iter().zip(severities) {
                    if let Ok(Some(verdict)) = verdict_of(u8::try_from(number).unwrap_or(u8::MAX)) {
                        self.tops.add(Verdict::name(verdict), 1, severity);
                    }
                }
            }
            (None, field) => {
                let mut events = Events::new(segment)?;
                for (doc, severity) in docs.iter().zip(severities) {
                    let stored = events.read(*doc)?;
                    if let Some(value) = candidate(&stored).value(field) {
                        self.tops.add(&value, 1, severity);
                    }
                }
            }
        }
        Ok(true)
    }

    fn end(&mut self, segment: &Segment) -> tantivy::Result<()> {
        let Some(column) = self.column else { return Ok(()) };
        let by_ord: Vec<(usize, Counted)> = self.by_ord.drain(..).enumerate().filter(|(_, counted)| counted.count > 0).collect();
        // Those that may find no room are the rarest.
        for part in by_frequency(by_ord, self.tops.room()) {
            let places: Vec<(u64, u32)> = part.iter().map(|(ord, counted)| (*ord as u64, counted.doc)).collect();
            let tops = &mut self.tops;
            each_text(segment, column, self.field, &places, |at, text| tops.add(text, part[at].1.count, part[at].1.worst))?;
        }
        Ok(())
    }

    fn recent(&mut self, stored: &Stored) {
        let candidate = candidate(stored);
        if let Some(value) = candidate.value(self.field) {
            self.tops.add(&value, 1, candidate.severity(self.scale));
        }
    }
}

/// As many as there is room for, the most frequent, and then the others; each part in the order of the places.
fn by_frequency(mut by_ord: Vec<(usize, Counted)>, room: usize) -> Vec<Vec<(usize, Counted)>> {
    if by_ord.len() <= room {
        return vec![by_ord];
    }
    by_ord.sort_by_key(|(_, counted)| std::cmp::Reverse(counted.count));
    let mut rest = by_ord.split_off(room);
    for part in [&mut by_ord, &mut rest] {
        part.sort_unstable_by_key(|(ord, _)| *ord);
    }
    vec![by_ord, rest]
}

struct Pairs<'a> {
    scale: &'a Scale,
    bands: Option<Bands>,
    fields: &'a [Field; 2],
    /// Where both fields are columns.
    columns: Option<[TextColumn; 2]>,
    /// Where each pair of places in the dictionaries of a piece is counted, once it was met.
    met: Met,
    counted: Vec<([u32; 2], Counted)>,
    pairs: PairTops,
}

/// The numbers of those pairs that were met.
enum Met {
    /// A row for each place of the first, where all there may be are not too many.
    Table(usize, Vec<u32>),
    Map(HashMap<[u32; 2], u32>),
}

/// Not met yet.
const NOWHERE: u32 = u32::MAX;
const TABLE_PAIRS_MAX: usize = 1 << 20;

impl Met {
    fn new([ones, others]: [usize; 2]) -> Self {
        match ones.checked_mul(others) {
            Some(pairs) if pairs <= TABLE_PAIRS_MAX => Self::Table(others, vec![NOWHERE; pairs]),
            _ => Self::Map(HashMap::new()),
        }
    }

    fn number(&self, pair: [u32; 2]) -> Option<u32> {
        match self {
            Self::Table(width, numbers) => numbers.get(cell(pair, *width)).copied().filter(|number| *number != NOWHERE),
            Self::Map(numbers) => numbers.get(&pair).copied(),
        }
    }

    fn set(&mut self, pair: [u32; 2], number: u32) {
        match self {
            Self::Table(width, numbers) => {
                if let Some(cell) = numbers.get_mut(cell(pair, *width)) {
                    *cell = number;
                }
            }
            Self::Map(numbers) => {
                numbers.insert(pair, number);
            }
        }
    }
}

fn cell([one, other]: [u32; 2], width: usize) -> usize {
    one as usize * width + other as usize
}

impl Pairs<'_> {
    fn add(&mut self, stored: &Stored, severity: Option<Severity>) {
        let candidate = candidate(stored);
        if let (Some(one), Some(other)) = (candidate.value(&self.fields[0]), candidate.value(&self.fields[1])) {
            self.pairs.add(&[one, other], 1, severity);
        }
    }
}

impl Gather for Pairs<'_> {
    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        self.bands = Some(Bands::new(segment, self.scale)?);
        self.met = Met::new(self.columns.map_or([0, 0], |columns| columns.map(|column| segment.text(column).count())));
        Ok((0, segment.documents()))
    }

    fn documents(&mut self, _: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        let Some(bands) = &self.bands else { return Ok(true) };
        let severities = bands.of(segment, docs);
        let Some(columns) = self.columns else {
            let mut events = Events::new(segment)?;
            for (doc, severity) in docs.iter().zip(severities) {
                let stored = events.read(*doc)?;
                self.add(&stored, severity);
            }
            return Ok(true);
        };
        let [ones, others] = columns.map(|column| load(&segment.text(column).ords, docs));
        for (((doc, one), other), severity) in docs.iter().zip(ones).zip(others).zip(severities) {
            let pair = [one as u32, other as u32];
            if let Some(number) = self.met.number(pair) {
                self.counted[number as usize].1.add(severity, *doc);
            } else if self.counted.len() < VALUES_MAX {
                self.met.set(pair, self.counted.len() as u32);
                let mut counted = Counted::default();
                counted.add(severity, *doc);
                self.counted.push((pair, counted));
            } else {
                self.pairs.leave_out();
            }
        }
        Ok(true)
    }

    fn end(&mut self, segment: &Segment) -> tantivy::Result<()> {
        let Some(columns) = self.columns else { return Ok(()) };
        let counted = std::mem::take(&mut self.counted);
        let mut texts: [HashMap<u32, String>; 2] = Default::default();
        for (side, column) in columns.into_iter().enumerate() {
            let mut places: Vec<(u64, u32)> = counted.iter().map(|(ords, counted)| (ords[side].into(), counted.doc)).collect();
            places.sort_unstable();
            places.dedup_by_key(|(ord, _)| *ord);
            each_text(segment, column, &self.fields[side], &places, |at, text| {
                texts[side].insert(places[at].0 as u32, text.to_owned());
            })?;
        }
        for ([one, other], Counted { count, worst, .. }) in counted {
            if let (Some(one), Some(other)) = (texts[0].get(&one), texts[1].get(&other)) {
                self.pairs.add(&[one.clone(), other.clone()], count, worst);
            }
        }
        Ok(())
    }

    fn recent(&mut self, stored: &Stored) {
        self.add(stored, candidate(stored).severity(self.scale));
    }
}
