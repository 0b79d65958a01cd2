//! How an event lies in the index.
//!
//! Numbers and short texts are columns: a question reads only those it asks for. Texts are columns of places in a
//! dictionary, and every event has a value in every column, so that a block of them is read in one go; what an event
//! lacks is a value of its own. The words of an event are looked up in an inverted index, which knows their order too.
//! All else is stored, compressed, and read only to be shown or to look closer.

use radar_types::query::{Field, words};
use radar_types::{Event, Level, TemplateId};
use sha2::{Digest, Sha256};
use tantivy::TantivyDocument;
use tantivy::schema::{
    BytesOptions, Field as Column, IndexRecordOption, NumericOptions, Schema, SchemaBuilder, TextFieldIndexing, TextOptions,
};

use super::damaged;
use crate::Stored;
use crate::embedded::codec::{self, NoEvent};
use crate::embedded::view::Entry;

/// The column the index is sorted by.
pub(in crate::embedded) const TIME: &str = "time";
pub(super) const SEQ: &str = "seq";
pub(super) const ID_HIGH: &str = "id_high";
pub(super) const ID_LOW: &str = "id_low";
pub(super) const RAW: &str = "raw";
pub(super) const CALIBRATED: &str = "calibrated";
pub(super) const VERDICT: &str = "verdict";
pub(super) const COLLECTION: &str = "collection";

/// The name of the tokenizer of words that are already such.
pub(super) const SPACED: &str = "spaced";

/// Texts in columns, in the order of [`TextColumn::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::embedded) enum TextColumn {
    Host,
    Source,
    User,
    Address,
    Channel,
    Os,
    Collector,
    /// As it was written.
    Level,
    /// In hexadecimal digits.
    Template,
    /// A score without its numbers.
    State,
}

impl TextColumn {
    pub(in crate::embedded) const COUNT: usize = 10;
    pub(in crate::embedded) const ALL: [Self; Self::COUNT] = [
        Self::Host,
        Self::Source,
        Self::User,
        Self::Address,
        Self::Channel,
        Self::Os,
        Self::Collector,
        Self::Level,
        Self::Template,
        Self::State,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Source => "source",
            Self::User => "user",
            Self::Address => "address",
            Self::Channel => "channel",
            Self::Os => "os",
            Self::Collector => "collector",
            Self::Level => "level",
            Self::Template => "template",
            Self::State => "state",
        }
    }

    /// The column that holds the values of a field as they are.
    pub(in crate::embedded) fn of(field: &Field) -> Option<Self> {
        match field {
            Field::Host => Some(Self::Host),
            Field::Source => Some(Self::Source),
            Field::User => Some(Self::User),
            Field::Address => Some(Self::Address),
            Field::Channel => Some(Self::Channel),
            Field::Os => Some(Self::Os),
            Field::Collector => Some(Self::Collector),
            Field::Template => Some(Self::Template),
            Field::Level | Field::Verdict | Field::Named(_) => None,
        }
    }
}

/// What an event has in a column of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::embedded) enum Term<'a> {
    Nothing,
    /// Stored with the rest of the event.
    TooLong,
    Text(&'a str),
}

/// Begins what is no text of an event; a text that begins so is stored as if it were too long.
const MARK: char = '\0';
const NOTHING: &str = "\0n";
const LONG: &str = "\0l";
/// The longest text of a column.
const COLUMN_BYTES_MAX: usize = 512;

impl<'a> Term<'a> {
    pub(in crate::embedded) fn read(term: &'a str) -> Self {
        match term {
            NOTHING => Self::Nothing,
            _ if term.starts_with(LONG) => Self::TooLong,
            _ => Self::Text(term),
        }
    }
}

pub(in crate::embedded) fn is_too_long(text: &str) -> bool {
    text.len() > COLUMN_BYTES_MAX || text.starts_with(MARK)
}

/// How a text is written in its column; two long texts are written alike only if they are equal.
pub(in crate::embedded) fn term(text: Option<&str>) -> String {
    match text {
        None => NOTHING.to_owned(),
        Some(text) if is_too_long(text) => {
            let hash = Sha256::digest(text.as_bytes());
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            let first: String = text.chars().take(1).collect();
            format!("{LONG}{first}{hash}")
        }
        Some(text) => text.to_owned(),
    }
}

/// Numbers in the order of the scores, with all their bits.
pub(in crate::embedded) fn score_number(score: f32) -> u64 {
    let bits = score.to_bits();
    u64::from(if bits >> 31 == 1 { !bits } else { bits | 1 << 31 })
}

pub(in crate::embedded) fn score_of(number: u64) -> f32 {
    let rising = number as u32;
    f32::from_bits(if rising >> 31 == 1 { rising & !(1 << 31) } else { !rising })
}

/// The columns of one index.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) schema: Schema,
    time: Column,
    seq: Column,
    id_high: Column,
    id_low: Column,
    raw: Column,
    calibrated: Column,
    verdict: Column,
    /// Only where collections share an index.
    pub(super) collection: Option<Column>,
    texts: [Column; TextColumn::COUNT],
    pub(super) words: Column,
    pub(super) rest: Column,
}

impl Columns {
    /// Indexes of an older store have words without their order.
    pub(super) fn new(is_shared: bool, words: IndexRecordOption) -> Self {
        let mut schema = Schema::builder();
        let fast = NumericOptions::default().set_fast();
        let time = schema.add_i64_field(TIME, fast.clone());
        let mut number = |name| schema.add_u64_field(name, fast.clone());
        let (seq, id_high, id_low) = (number(SEQ), number(ID_HIGH), number(ID_LOW));
        let (raw, calibrated, verdict) = (number(RAW), number(CALIBRATED), number(VERDICT));
        let collection = is_shared.then(|| schema.add_u64_field(COLLECTION, fast.set_indexed()));
        let texts = TextColumn::ALL.map(|column| text_column(&mut schema, column));
        let indexing = TextFieldIndexing::default().set_tokenizer(SPACED).set_fieldnorms(false);
        let indexing = indexing.set_index_option(words);
        let words = schema.add_text_field("words", TextOptions::default().set_indexing_options(indexing));
        let rest = schema.add_bytes_field("rest", BytesOptions::default().set_stored());
        Self { schema: schema.build(), time, seq, id_high, id_low, raw, calibrated, verdict, collection, texts, words, rest }
    }

    pub(super) fn have_order_of_words(&self) -> bool {
        let words = self.schema.get_field_entry(self.words).field_type().get_index_record_option();
        words.is_some_and(IndexRecordOption::has_positions)
    }

    pub(super) fn document(&self, entry: &Entry) -> tantivy::Result<TantivyDocument> {
        self.document_of(entry.collection, &entry.stored).map_err(|_| damaged("an event can't be written"))
    }

    fn document_of(&self, collection: u64, stored: &Stored) -> Result<TantivyDocument, NoEvent> {
        let scored = &stored.scored;
        let event = &scored.event;
        let mut document = TantivyDocument::default();
        document.add_i64(self.time, event.timestamp.unix_millis());
        document.add_u64(self.seq, stored.seq.0);
        let id = u128::from_be_bytes(*scored.id.as_bytes());
        document.add_u64(self.id_high, (id >> 64) as u64);
        document.add_u64(self.id_low, id as u64);
        let (raw, calibrated) = scored.score.score().map_or((0.0, 0.0), |score| (score.raw, score.calibrated));
        document.add_u64(self.raw, score_number(raw));
        document.add_u64(self.calibrated, score_number(calibrated));
        document.add_u64(self.verdict, codec::verdict_number(stored.verdict).into());
        if let Some(column) = self.collection {
            document.add_u64(column, collection);
        }
        let state = codec::state_text(&scored.score)?;
        let template = scored.template.as_ref().map(TemplateId::to_string);
        let mut long = vec![];
        for (column, number) in TextColumn::ALL.into_iter().zip(0_u8..) {
            let text = match column {
                TextColumn::Template => template.as_deref(),
                TextColumn::State => Some(state.as_str()),
                _ => text_of(event, column),
            };
            match text {
                Some(text) if !is_too_long(text) => document.add_text(self.texts[usize::from(number)], text),
                text => {
                    long.extend(text.map(|text| (number, text)));
                    document.add_text(self.texts[usize::from(number)], term(text));
                }
            }
        }
        document.add_text(self.words, spaced_words(event));
        document.add_bytes(self.rest, &codec::encode_rest(scored, &long)?);
        Ok(document)
    }
}

fn text_column(schema: &mut SchemaBuilder, column: TextColumn) -> Column {
    schema.add_text_field(column.name(), TextOptions::default().set_fast("raw"))
}

/// What an event has in a column; states and templates are none of its own.
fn text_of(event: &Event, column: TextColumn) -> Option<&str> {
    match column {
        TextColumn::Host => Some(&event.hostname),
        TextColumn::Source => Some(&event.source),
        TextColumn::User => event.user.as_deref(),
        TextColumn::Address => event.address.as_deref(),
        TextColumn::Channel => event.channel.as_deref(),
        TextColumn::Os => Some(&event.os_type),
        TextColumn::Collector => Some(&event.collector),
        TextColumn::Level => Some(&event.level),
        TextColumn::Template | TextColumn::State => None,
    }
}

fn spaced_words(event: &Event) -> String {
    let mut spaced = String::new();
    for text in event.searched_texts() {
        for word in words(text) {
            spaced.push_str(&word);
            spaced.push(' ');
        }
        spaced.push(' ');
    }
    spaced
}

/// The level of an event by the text in its column.
pub(in crate::embedded) fn level(term: &str) -> Level {
    match Term::read(term) {
        Term::Text(text) => Level::from_text(text),
        // No name of a level is long.
        Term::TooLong | Term::Nothing => Level::from_text(""),
    }
}

/// Whether events of this state have a score.
pub(in crate::embedded) fn has_score(state: &str) -> bool {
    state.strip_prefix(LONG).unwrap_or(state).starts_with(codec::SCORED)
}

/// Whether scoring events of this state failed.
pub(in crate::embedded) fn has_failed(state: &str) -> bool {
    state.strip_prefix(LONG).unwrap_or(state).starts_with(codec::FAILED)
}
