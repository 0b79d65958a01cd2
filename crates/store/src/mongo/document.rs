//! An event as a document, there and back.
//!
//! The seven fields of existing RADAR databases stand at the top, the timestamp as text like that of most of them: it holds
//! every year that a [`Timestamp`] has, sorts as it reads, and is what the record's JSON says. Everything of ours is in the
//! one field `radar`, so that a program which knows the seven fields alone reads on as before.

use std::collections::{BTreeMap, BTreeSet};

use mongodb::bson::{Binary, Bson, Document, doc, spec::BinarySubtype};
use radar_types::query::{Order, words};
use radar_types::wire::Seq;
use radar_types::{Event, EventId, Reason, Score, ScoreState, Scored, TemplateId, Timestamp, Verdict};

use super::number;
use crate::cursor::Place;
use crate::{Error, ErrorKind, Result, Stored};

/// A document of an event has more distinct words only if it says so, and is then read for every question about words. With
/// the longest of words this many stay well below the 16 MiB of a document.
pub(super) const WORDS_MAX: usize = 32_768;
/// What a document may weigh with all that is later said of it.
const DOCUMENT_BYTES_MAX: usize = 15 * 1024 * 1024;
/// What a pair of texts takes beside their bytes.
const PAIR_BYTES: usize = 40;

/// The document of a new event.
pub(super) fn written(scored: &Scored, seq: Seq) -> Result<Document> {
    let event = &scored.event;
    let mut ours = derived(event, scored.id, seq);
    said(scored).into_iter().for_each(|(name, value)| drop(ours.insert(name, value)));
    let optional =
        [("record_id", &event.record_id), ("channel", &event.channel), ("user", &event.user), ("address", &event.address)];
    for (name, value) in optional {
        if let Some(value) = value {
            ours.insert(name, value);
        }
    }
    if !event.fields.is_empty() {
        // Pairs and no document, so that a name is only ever data.
        let fields: Vec<Document> = event.fields.iter().map(|(name, value)| doc! { "k": name, "v": value }).collect();
        ours.insert("fields", fields);
    }
    let document = doc! {
        "timestamp": event.timestamp.to_string(),
        "hostname": &event.hostname,
        "source": &event.source,
        "os_type": &event.os_type,
        "level": &event.level,
        "message": &event.message,
        "collector": &event.collector,
        "radar": ours,
    };
    if weight(scored) > DOCUMENT_BYTES_MAX / 2 && document.to_vec().map_or(true, |bytes| bytes.len() > DOCUMENT_BYTES_MAX) {
        let message = format!("An event of {} is larger than a database takes; split it.", event.hostname);
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    Ok(document)
}

/// What every fit document has under `radar`, whoever wrote it.
pub(super) fn derived(event: &Event, id: EventId, seq: Seq) -> Document {
    let mut distinct = BTreeSet::new();
    let is_cut = !event.searched_texts().flat_map(words).all(|word| {
        distinct.insert(word);
        distinct.len() <= WORDS_MAX
    });
    let mut ours = doc! {
        "id": binary(id),
        "seq": signed(seq),
        "time": event.timestamp.unix_millis(),
        "level": event.severity_level().name(),
        "state": "not_scored",
        "rank": i64::MAX,
        "words": distinct.into_iter().take(WORDS_MAX).collect::<Vec<_>>(),
    };
    if is_cut {
        ours.insert("cut", true);
    }
    ours
}

pub(super) fn binary(id: EventId) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: id.as_bytes().to_vec() })
}

/// Places beyond what the database can number are beyond every event too.
pub(super) fn signed(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

/// The fields of `radar` with which the engine speaks; those that are null are to be removed.
pub(super) const SAID: [&str; 8] = ["state", "rank", "raw", "calibrated", "score", "error", "reasons", "template"];

fn said(scored: &Scored) -> Document {
    saying(&scored.score, &scored.reasons, scored.template)
}

pub(super) fn saying(score: &ScoreState, reasons: &[Reason], template: Option<TemplateId>) -> Document {
    let mut said = match score {
        ScoreState::NotScored => doc! { "state": "not_scored", "rank": i64::MAX },
        ScoreState::Failed { error } => doc! { "state": "failed", "rank": i64::MAX, "error": error },
        ScoreState::Scored(score) => doc! {
            "state": "scored",
            "rank": rank(score.calibrated),
            "raw": number::key(score.raw),
            "calibrated": number::key(score.calibrated),
            "score": {
                // For other programs; what we read are the keys beside them, which lose no bit.
                "raw": f64::from(score.raw),
                "calibrated": f64::from(score.calibrated),
                "model": &score.model,
                "model_version": &score.model_version,
                "schema": &score.schema,
                "schema_version": i64::from(score.schema_version),
            },
        },
    };
    if !reasons.is_empty() {
        let reasons: Vec<Document> = reasons.iter().map(|reason| doc! { "code": &reason.code, "text": &reason.text }).collect();
        said.insert("reasons", reasons);
    }
    if let Some(template) = template {
        said.insert("template", template.to_string());
    }
    said
}

/// Rises as scores fall, as places in the order of scores do.
fn rank(calibrated: f32) -> i64 {
    let place = Place::new(Order::Score, 0, Seq(0), Some(calibrated), 0);
    i64::try_from(place.rank()).unwrap_or(i64::MAX)
}

/// Reads a document of ours, or one that was adopted.
pub(super) fn read(document: &Document) -> Result<Stored> {
    stored(document).ok_or_else(|| {
        let id = document.get("_id").map_or_else(String::new, ToString::to_string);
        let message =
            format!("The document {id} is not as RADAR wrote it; put it right, or remove its field `radar` to have it read anew.");
        Error::new(ErrorKind::Damaged, message)
    })
}

fn stored(document: &Document) -> Option<Stored> {
    let ours = document.get_document("radar").ok()?;
    let timestamp = Timestamp::from_unix_millis(ours.get_i64("time").ok()?)?;
    let optional = |name: &str| text(ours, name);
    let mut fields = BTreeMap::new();
    for pair in ours.get_array("fields").into_iter().flatten() {
        let pair = pair.as_document()?;
        fields.insert(text(pair, "k")?, text(pair, "v")?);
    }
    let event = Event {
        timestamp,
        hostname: text(document, "hostname")?,
        source: text(document, "source")?,
        os_type: text(document, "os_type")?,
        level: text(document, "level")?,
        message: text(document, "message")?,
        collector: text(document, "collector")?,
        record_id: optional("record_id"),
        channel: optional("channel"),
        user: optional("user"),
        address: optional("address"),
        fields,
    };
    let score = match ours.get_str("state").ok()? {
        "not_scored" => ScoreState::NotScored,
        "failed" => ScoreState::Failed { error: optional("error")? },
        "scored" => ScoreState::Scored(score(ours)?),
        _ => return None,
    };
    let mut reasons = Vec::new();
    for reason in ours.get_array("reasons").into_iter().flatten() {
        let reason = reason.as_document()?;
        reasons.push(Reason { code: text(reason, "code")?, text: text(reason, "text")? });
    }
    let id = EventId::from_bytes(ours.get_binary_generic("id").ok()?.as_slice().try_into().ok()?);
    let template = optional("template").map(|template| template.parse().ok());
    let verdict = optional("verdict").map(|name| Verdict::ALL.into_iter().find(|verdict| verdict.name() == name));
    Some(Stored {
        seq: Seq(ours.get_i64("seq").ok()?.try_into().ok()?),
        scored: Scored { id, event, score, reasons, template: template.map_or(Some(None), |read| read.map(Some))? },
        verdict: verdict.map_or(Some(None), |read| read.map(Some))?,
    })
}

fn score(ours: &Document) -> Option<Score> {
    let of = ours.get_document("score").ok()?;
    Some(Score {
        raw: number::number(ours.get_i64("raw").ok()?)?,
        calibrated: number::number(ours.get_i64("calibrated").ok()?)?,
        model: text(of, "model")?,
        model_version: text(of, "model_version")?,
        schema: text(of, "schema")?,
        schema_version: of.get_i64("schema_version").ok()?.try_into().ok()?,
    })
}

fn text(document: &Document, name: &str) -> Option<String> {
    document.get_str(name).ok().map(str::to_owned)
}

/// Reads a document of the programs that came before: seven fields, of which six are text and one is a time.
pub(super) fn foreign(document: &Document) -> std::result::Result<Event, String> {
    let text = |name: &str| match document.get(name) {
        Some(Bson::String(text)) => Ok(text.clone()),
        Some(other) => Err(format!("{name} is no text but {:?}", other.element_type())),
        None => Err(format!("{name} is missing")),
    };
    let timestamp = match document.get("timestamp") {
        Some(Bson::String(text)) => text.trim().parse().map_err(|cause| format!("timestamp is no time: {cause}"))?,
        Some(Bson::DateTime(time)) => {
            Timestamp::from_unix_millis(time.timestamp_millis()).ok_or("timestamp is outside of the years 0 to 9999")?
        }
        Some(other) => return Err(format!("timestamp is neither text nor a date but {:?}", other.element_type())),
        None => return Err("timestamp is missing".into()),
    };
    Ok(Event {
        timestamp,
        hostname: text("hostname")?,
        source: text("source")?,
        os_type: text("os_type")?,
        level: text("level")?,
        message: text("message")?,
        collector: text("collector")?,
        record_id: None,
        channel: None,
        user: None,
        address: None,
        fields: BTreeMap::new(),
    })
}

/// About how many bytes its texts take in a document, without its words.
pub(super) fn weight(scored: &Scored) -> usize {
    let event = &scored.event;
    let required = [&event.hostname, &event.source, &event.os_type, &event.level, &event.message, &event.collector];
    let optional = [&event.record_id, &event.channel, &event.user, &event.address];
    let fields: usize = event.fields.iter().map(|(name, value)| name.len() + value.len() + PAIR_BYTES).sum();
    let reasons: usize = scored.reasons.iter().map(|reason| reason.code.len() + reason.text.len() + PAIR_BYTES).sum();
    required.iter().map(|text| text.len()).sum::<usize>()
        + optional.into_iter().flatten().map(String::len).sum::<usize>()
        + fields
        + reasons
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
