//! One piece of an index, opened: immutable, its events in the order of time.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, OnceLock};

use radar_types::wire::Seq;
use radar_types::{Event, EventId, Scored, TemplateId, Timestamp};
use tantivy::columnar::{Column, ColumnValues, StrColumn};
use tantivy::index::{InvertedIndexReader, Segment as IndexSegment, SegmentId, SegmentReader};
use tantivy::postings::SegmentPostings;
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::store::StoreReader;
use tantivy::{DocSet, TERMINATED, TantivyDocument, Term as IndexTerm};

use super::columns::{CALIBRATED, COLLECTION, Columns, ID_HIGH, ID_LOW, RAW, SEQ, TIME, Term, TextColumn, VERDICT, score_of};
use super::docs::{Bits, Docs};
use super::ids::Ids;
use super::phrase::Phrase;
use crate::Stored;
use crate::embedded::codec;

/// So many documents in a row share a note of which places they have.
const ZONE_DOCS: u32 = 4_096;
/// Blocks of stored events that a question keeps unpacked, of a segment.
const STORE_BLOCKS: usize = 8;
/// A phrase whose last word may go on in more ways is not looked up in each of them.
const PHRASES_MAX: usize = 64;
/// Texts of one column that a reader remembers.
const TERMS_KEPT: usize = 4_096;

pub(in crate::embedded) type Numbers = Arc<dyn ColumnValues<u64>>;

pub(in crate::embedded) struct Segment {
    reader: SegmentReader,
    columns: Columns,
    pub(in crate::embedded) time: Arc<dyn ColumnValues<i64>>,
    pub(in crate::embedded) seq: Numbers,
    id_high: Numbers,
    id_low: Numbers,
    pub(in crate::embedded) raw: Numbers,
    pub(in crate::embedded) calibrated: Numbers,
    pub(in crate::embedded) verdict: Numbers,
    collection: Option<Numbers>,
    texts: Vec<Texts>,
    words: Arc<InvertedIndexReader>,
    /// What its files take.
    pub(in crate::embedded) bytes: u64,
    zones: OnceLock<Vec<(u64, u64)>>,
    ids: OnceLock<Option<Ids>>,
}

/// A column of text.
pub(in crate::embedded) struct Texts {
    pub(in crate::embedded) ords: Numbers,
    pub(in crate::embedded) dictionary: StrColumn,
}

impl Texts {
    /// The text of a place in the dictionary, as [`Term`] reads it.
    pub(in crate::embedded) fn term(&self, ord: u64) -> tantivy::Result<String> {
        let mut term = String::new();
        if !self.dictionary.ord_to_str(ord, &mut term)? {
            return Err(damaged("a text is missing in its dictionary"));
        }
        Ok(term)
    }

    /// Visits the texts of these places, which rise.
    pub(in crate::embedded) fn each_term(&self, ords: &[u64], mut visit: impl FnMut(&str)) -> tantivy::Result<()> {
        let mut are_texts = true;
        let are_there = self.dictionary.dictionary().sorted_ords_to_term_cb(ords, |term| match std::str::from_utf8(term) {
            Ok(term) => visit(term),
            Err(_) => are_texts = false,
        })?;
        if are_there && are_texts { Ok(()) } else { Err(damaged("a text is missing in its dictionary")) }
    }

    pub(in crate::embedded) fn count(&self) -> usize {
        self.dictionary.num_terms()
    }

    pub(in crate::embedded) fn ord(&self, term: &str) -> tantivy::Result<Option<u64>> {
        Ok(self.dictionary.dictionary().term_ord(term)?)
    }

    /// All its texts, in the order of their places.
    pub(in crate::embedded) fn terms(&self) -> tantivy::Result<Vec<String>> {
        let mut terms = Vec::with_capacity(self.count());
        let mut stream = self.dictionary.dictionary().stream()?;
        while stream.advance() {
            terms.push(String::from_utf8(stream.key().to_vec()).map_err(|_| damaged("a text is no text"))?);
        }
        Ok(terms)
    }
}

impl Segment {
    pub(super) fn open(segment: &IndexSegment, columns: &Columns) -> tantivy::Result<Self> {
        let reader = SegmentReader::open(segment)?;
        let fast = reader.fast_fields();
        let number = |name| full(fast.u64(name)?);
        let mut texts = Vec::with_capacity(TextColumn::COUNT);
        for column in TextColumn::ALL {
            let dictionary = fast.str(column.name())?.ok_or_else(|| damaged("a column is missing"))?;
            texts.push(Texts { ords: full(dictionary.ords().clone())?, dictionary });
        }
        Ok(Self {
            time: full(fast.i64(TIME)?)?,
            seq: number(SEQ)?,
            id_high: number(ID_HIGH)?,
            id_low: number(ID_LOW)?,
            raw: number(RAW)?,
            calibrated: number(CALIBRATED)?,
            verdict: number(VERDICT)?,
            collection: columns.collection.map(|_| number(COLLECTION)).transpose()?,
            texts,
            words: reader.inverted_index(columns.words)?,
            bytes: reader.space_usage()?.total().get_bytes(),
            zones: OnceLock::new(),
            ids: OnceLock::new(),
            columns: columns.clone(),
            reader,
        })
    }

    pub(super) fn id(&self) -> SegmentId {
        self.reader.segment_id()
    }

    /// Whether this is that version of it.
    pub(super) fn is(&self, id: SegmentId, deletes: Option<u64>) -> bool {
        self.reader.segment_id() == id && self.reader.delete_opstamp() == deletes
    }

    /// Its documents, removed ones included.
    pub(in crate::embedded) fn documents(&self) -> u32 {
        self.reader.max_doc()
    }

    pub(in crate::embedded) fn has_removed(&self) -> bool {
        self.reader.has_deletes()
    }

    pub(in crate::embedded) fn is_removed(&self, doc: u32) -> bool {
        self.reader.is_deleted(doc)
    }

    pub(in crate::embedded) fn text(&self, column: TextColumn) -> &Texts {
        &self.texts[column as usize]
    }

    pub(in crate::embedded) fn id_of(&self, doc: u32) -> u128 {
        u128::from(self.id_high.get_val(doc)) << 64 | u128::from(self.id_low.get_val(doc))
    }

    /// The documents that may have this id, if all of them were listed, which takes a while the first time.
    pub(in crate::embedded) fn candidates(&self, id: u128) -> Option<impl Iterator<Item = u32>> {
        let ids = self.ids.get_or_init(|| Ids::new(&self.id_low, self.documents()));
        ids.as_ref().map(|ids| ids.candidates(id))
    }

    pub(in crate::embedded) fn id_low_of(&self, doc: u32) -> u64 {
        self.id_low.get_val(doc)
    }

    /// The earliest and the latest time; a segment is never empty.
    pub(in crate::embedded) fn times(&self) -> (i64, i64) {
        (self.time.get_val(0), self.time.get_val(self.documents() - 1))
    }

    /// The first document that is not before this time.
    pub(in crate::embedded) fn first_at(&self, unix_millis: i64) -> u32 {
        let (mut low, mut high) = (0, self.documents());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time.get_val(middle) < unix_millis { low = middle + 1 } else { high = middle }
        }
        low
    }

    pub(in crate::embedded) fn is_of(&self, doc: u32, collection: u64) -> bool {
        self.collection.as_ref().is_none_or(|column| column.get_val(doc) == collection)
    }

    /// The documents of a collection.
    pub(in crate::embedded) fn of(&self, collection: u64) -> tantivy::Result<Docs> {
        let Some(column) = self.columns.collection else { return Ok(Docs::Range(0, self.documents())) };
        let inverted = self.reader.inverted_index(column)?;
        let postings = inverted.read_postings(&IndexTerm::from_field_u64(column, collection), IndexRecordOption::Basic)?;
        Ok(self.collect(postings))
    }

    /// The documents with this word.
    pub(in crate::embedded) fn with_word(&self, word: &str) -> tantivy::Result<Docs> {
        let term = IndexTerm::from_field_text(self.columns.words, word);
        Ok(self.collect(self.words.read_postings(&term, IndexRecordOption::Basic)?))
    }

    pub(in crate::embedded) fn count_with_word(&self, word: &str) -> tantivy::Result<u32> {
        Ok(self.words.doc_freq(&IndexTerm::from_field_text(self.columns.words, word))?)
    }

    /// The documents with a word that begins so. Gives up when asked to.
    pub(in crate::embedded) fn with_prefix(&self, prefix: &str, is_late: impl Fn() -> bool) -> tantivy::Result<Docs> {
        let mut bits = Bits::none(self.documents());
        let mut stream = self.words.terms().range().ge(prefix).into_stream()?;
        let mut terms = 0_u32;
        while stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
            let mut postings = self.words.read_postings_from_terminfo(stream.value(), IndexRecordOption::Basic)?;
            each(&mut postings, |doc| bits.insert(doc));
            terms += 1;
            if terms.is_multiple_of(256) && is_late() {
                break;
            }
        }
        Ok(Docs::Bits(bits))
    }

    /// What knows where these words follow each other. Where `is_prefix` is said, the last only has to begin so; nothing, where
    /// too many words do, and in an index that does not know their order.
    pub(in crate::embedded) fn phrase(&self, words: &[String], is_prefix: bool) -> tantivy::Result<Option<Phrase>> {
        let Some((last, first)) = words.split_last().filter(|_| self.columns.have_order_of_words()) else { return Ok(None) };
        let lasts = if is_prefix { self.words_with_prefix(last)? } else { Some(vec![last.clone()]) };
        let Some(lasts) = lasts else { return Ok(None) };
        let places = |word: &String| {
            let term = IndexTerm::from_field_text(self.columns.words, word);
            self.words.read_postings(&term, IndexRecordOption::WithFreqsAndPositions).transpose()
        };
        // A word that is nowhere leaves its place out, so that one of them is missing.
        let found: Vec<SegmentPostings> = first.iter().filter_map(places).collect::<Result<_, _>>()?;
        let lasts = if found.len() == first.len() { lasts.iter().filter_map(places).collect::<Result<_, _>>()? } else { vec![] };
        Ok(Some(Phrase::new(found, lasts)))
    }

    /// The words that begin so, unless they are many.
    fn words_with_prefix(&self, prefix: &str) -> tantivy::Result<Option<Vec<String>>> {
        let mut words = Vec::new();
        let mut stream = self.words.terms().range().ge(prefix).into_stream()?;
        while stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
            if words.len() == PHRASES_MAX {
                return Ok(None);
            }
            words.push(String::from_utf8(stream.key().to_vec()).map_err(|_| damaged("a word is no text"))?);
        }
        Ok(Some(words))
    }

    fn collect(&self, postings: Option<SegmentPostings>) -> Docs {
        let Some(mut postings) = postings else { return Docs::List(Vec::new()) };
        if postings.size_hint() < self.documents() / 64 {
            let mut list = Vec::with_capacity(postings.size_hint() as usize);
            each(&mut postings, |doc| list.push(doc));
            Docs::List(list)
        } else {
            let mut bits = Bits::none(self.documents());
            each(&mut postings, |doc| bits.insert(doc));
            Docs::Bits(bits)
        }
    }

    /// The documents in rows of equal length, each row with the first and last place that occur in it. In a segment
    /// whose events arrived about in the order of their time, a place is in few of them.
    pub(in crate::embedded) fn zones(&self) -> impl Iterator<Item = (u64, u64, u32, u32)> + '_ {
        let zones = self.zones.get_or_init(|| {
            let mut zones = Vec::new();
            let mut seqs = vec![0; ZONE_DOCS as usize];
            let mut from = 0;
            while from < self.documents() {
                let length = ZONE_DOCS.min(self.documents() - from);
                let seqs = &mut seqs[..length as usize];
                self.seq.get_range(from.into(), seqs);
                let bounds = seqs.iter().fold((u64::MAX, 0), |(low, high), seq| (low.min(*seq), high.max(*seq)));
                zones.push(bounds);
                from += length;
            }
            zones
        });
        let documents = self.documents();
        zones
            .iter()
            .zip((0..documents).step_by(ZONE_DOCS as usize))
            .map(move |((low, high), from)| (*low, *high, from, documents.min(from + ZONE_DOCS)))
    }

    /// The documents with these times and places, which rise.
    pub(in crate::embedded) fn versions(&self, versions: &[(i64, u64)]) -> Vec<u32> {
        let mut docs = Vec::new();
        let (first, last) = self.times();
        for group in versions.chunk_by(|a, b| a.0 == b.0).filter(|group| (first..=last).contains(&group[0].0)) {
            let time = group[0].0;
            let is_meant = |doc: &u32| group.binary_search(&(time, self.seq.get_val(*doc))).is_ok();
            docs.extend((self.first_at(time)..self.first_at(time.saturating_add(1))).filter(is_meant));
        }
        docs
    }

    /// The first and the last place.
    pub(in crate::embedded) fn seqs(&self) -> (u64, u64) {
        (self.seq.min_value(), self.seq.max_value())
    }
}

/// The values of a column in which every event has one. Tantivy's own way there asks that again for each.
pub(super) fn full<T: PartialOrd>(column: Column<T>) -> tantivy::Result<Arc<dyn ColumnValues<T>>> {
    if column.index.get_cardinality().is_full() { Ok(column.values) } else { Err(damaged("a column has gaps")) }
}

fn each(postings: &mut SegmentPostings, mut visit: impl FnMut(u32)) {
    let mut doc = postings.doc();
    while doc != TERMINATED {
        visit(doc);
        doc = postings.advance();
    }
}

/// Reads whole events of a segment, and remembers what it unpacked.
pub(in crate::embedded) struct Events<'a> {
    segment: &'a Segment,
    store: StoreReader,
    terms: [HashMap<u64, String>; TextColumn::COUNT],
}

impl<'a> Events<'a> {
    pub(in crate::embedded) fn new(segment: &'a Segment) -> tantivy::Result<Self> {
        let store = segment.reader.get_store_reader(STORE_BLOCKS)?;
        Ok(Self { segment, store, terms: Default::default() })
    }

    pub(in crate::embedded) fn read(&mut self, doc: u32) -> tantivy::Result<Stored> {
        let segment = self.segment;
        let stored: TantivyDocument = self.store.get(doc)?;
        let rest = stored.get_first(segment.columns.rest).and_then(|value| value.as_bytes());
        let rest = rest.ok_or_else(|| damaged("an event is missing"))?;
        let mut event = Event::at(Timestamp::from_unix_millis(segment.time.get_val(doc)).ok_or_else(|| damaged("a time is none"))?);
        let no_event = |_| damaged("an event is unreadable");
        let (reasons, mut long) = codec::decode_rest(rest, &mut event).map_err(no_event)?;
        let mut state = String::new();
        let mut template = None;
        for (column, number) in TextColumn::ALL.into_iter().zip(0_u8..) {
            let text = match Term::read(self.term(column, doc)?) {
                Term::Nothing => None,
                Term::Text(text) => Some(text.to_owned()),
                Term::TooLong => {
                    let at = long.iter().position(|(of, _)| *of == number).ok_or_else(|| damaged("a long text is missing"))?;
                    Some(long.swap_remove(at).1)
                }
            };
            let required = |text: Option<String>| text.ok_or_else(|| damaged("a text is missing"));
            match column {
                TextColumn::Host => event.hostname = required(text)?,
                TextColumn::Source => event.source = required(text)?,
                TextColumn::User => event.user = text,
                TextColumn::Address => event.address = text,
                TextColumn::Channel => event.channel = text,
                TextColumn::Os => event.os_type = required(text)?,
                TextColumn::Collector => event.collector = required(text)?,
                TextColumn::Level => event.level = required(text)?,
                TextColumn::Template => template = text,
                TextColumn::State => state = required(text)?,
            }
        }
        let template = template.map(|template| template.parse::<TemplateId>()).transpose();
        let template = template.map_err(|_| damaged("a template is none"))?;
        let (raw, calibrated) = (score_of(segment.raw.get_val(doc)), score_of(segment.calibrated.get_val(doc)));
        let score = codec::state_of(&state, raw, calibrated).map_err(no_event)?;
        let id = EventId::from_bytes(segment.id_of(doc).to_be_bytes());
        let verdict = u8::try_from(segment.verdict.get_val(doc)).unwrap_or(u8::MAX);
        Ok(Stored {
            seq: Seq(segment.seq.get_val(doc)),
            scored: Scored { id, event, score, reasons, template },
            verdict: codec::verdict_of(verdict).map_err(no_event)?,
        })
    }

    fn term(&mut self, column: TextColumn, doc: u32) -> tantivy::Result<&str> {
        let texts = self.segment.text(column);
        let ord = texts.ords.get_val(doc);
        let kept = &mut self.terms[column as usize];
        if kept.len() >= TERMS_KEPT && !kept.contains_key(&ord) {
            kept.clear();
        }
        match kept.entry(ord) {
            std::collections::hash_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::hash_map::Entry::Vacant(new) => Ok(new.insert(texts.term(ord)?)),
        }
    }
}

pub(in crate::embedded) fn damaged(what: &str) -> tantivy::TantivyError {
    tantivy::TantivyError::IoError(Arc::new(io::Error::new(io::ErrorKind::InvalidData, what.to_owned())))
}
