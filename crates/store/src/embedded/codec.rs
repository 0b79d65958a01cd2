//! Events as bytes: whole ones in the log, and in the index what its columns don't hold.
//!
//! The layouts are declared here and nowhere else, so a new field of an event is a new format, on purpose.

use std::borrow::Cow;

use radar_types::wire::Seq;
use radar_types::{Event, EventId, Reason, Score, ScoreState, Scored, TemplateId, Timestamp, Verdict};
use serde::{Deserialize, Serialize};

use crate::Stored;

type Text<'a> = Cow<'a, str>;

/// An event of the log.
#[derive(Serialize, Deserialize)]
struct Whole<'a> {
    seq: u64,
    verdict: u8,
    id: [u8; 16],
    time: i64,
    hostname: Text<'a>,
    source: Text<'a>,
    os_type: Text<'a>,
    level: Text<'a>,
    collector: Text<'a>,
    channel: Option<Text<'a>>,
    user: Option<Text<'a>>,
    address: Option<Text<'a>>,
    state: State<'a>,
    template: Option<u64>,
    rest: Rest<'a>,
}

/// What no column of the index holds.
#[derive(Serialize, Deserialize)]
pub(super) struct Rest<'a> {
    message: Text<'a>,
    record_id: Option<Text<'a>>,
    fields: Vec<(Text<'a>, Text<'a>)>,
    reasons: Vec<(Text<'a>, Text<'a>)>,
}

#[derive(Serialize, Deserialize)]
enum State<'a> {
    NotScored,
    Failed(Text<'a>),
    Scored { raw: f32, calibrated: f32, kind: Kind<'a> },
}

/// What the scores of one model have in common.
#[derive(Serialize, Deserialize)]
struct Kind<'a> {
    model: Text<'a>,
    model_version: Text<'a>,
    schema: Text<'a>,
    schema_version: u32,
}

/// Bytes that are not what was written.
#[derive(Debug, thiserror::Error)]
#[error("bytes that should be an event are none")]
pub(super) struct NoEvent;

pub(super) fn encode<'a>(events: impl Iterator<Item = &'a Stored>) -> Result<Vec<u8>, NoEvent> {
    let whole: Vec<Whole<'_>> = events.map(Whole::of).collect();
    postcard::to_stdvec(&whole).map_err(|_| NoEvent)
}

pub(super) fn decode(bytes: &[u8]) -> Result<Vec<Stored>, NoEvent> {
    let whole: Vec<Whole<'_>> = postcard::from_bytes(bytes).map_err(|_| NoEvent)?;
    whole.into_iter().map(Whole::into_stored).collect()
}

impl<'a> Whole<'a> {
    fn of(stored: &'a Stored) -> Self {
        let Scored { id, event, score, template, .. } = &stored.scored;
        Self {
            seq: stored.seq.0,
            verdict: verdict_number(stored.verdict),
            id: *id.as_bytes(),
            time: event.timestamp.unix_millis(),
            hostname: text(&event.hostname),
            source: text(&event.source),
            os_type: text(&event.os_type),
            level: text(&event.level),
            collector: text(&event.collector),
            channel: optional(&event.channel),
            user: optional(&event.user),
            address: optional(&event.address),
            state: State::of(score),
            template: template.map(|template| template.0),
            rest: Rest::of(&stored.scored),
        }
    }

    fn into_stored(self) -> Result<Stored, NoEvent> {
        let mut event = Event {
            timestamp: Timestamp::from_unix_millis(self.time).ok_or(NoEvent)?,
            hostname: self.hostname.into_owned(),
            source: self.source.into_owned(),
            os_type: self.os_type.into_owned(),
            level: self.level.into_owned(),
            message: String::new(),
            collector: self.collector.into_owned(),
            record_id: None,
            channel: self.channel.map(Cow::into_owned),
            user: self.user.map(Cow::into_owned),
            address: self.address.map(Cow::into_owned),
            fields: Default::default(),
        };
        let reasons = self.rest.put_into(&mut event);
        let scored = Scored {
            id: EventId::from_bytes(self.id),
            event,
            score: self.state.into_state(),
            reasons,
            template: self.template.map(TemplateId),
        };
        Ok(Stored { seq: Seq(self.seq), scored, verdict: verdict_of(self.verdict)? })
    }
}

impl<'a> Rest<'a> {
    fn of(scored: &'a Scored) -> Self {
        let event = &scored.event;
        Self {
            message: text(&event.message),
            record_id: optional(&event.record_id),
            fields: event.fields.iter().map(|(name, value)| (text(name), text(value))).collect(),
            reasons: scored.reasons.iter().map(|reason| (text(&reason.code), text(&reason.text))).collect(),
        }
    }

    /// Leaves the reasons, which are no part of the event.
    fn put_into(self, event: &mut Event) -> Vec<Reason> {
        event.message = self.message.into_owned();
        event.record_id = self.record_id.map(Cow::into_owned);
        event.fields = self.fields.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let reason = |(code, text): (Text<'_>, Text<'_>)| Reason { code: code.into_owned(), text: text.into_owned() };
        self.reasons.into_iter().map(reason).collect()
    }
}

/// What the index stores of an event beside its columns: the rest, and the texts too long for a column, each with the
/// number of its column.
pub(super) fn encode_rest(scored: &Scored, long: &[(u8, &str)]) -> Result<Vec<u8>, NoEvent> {
    postcard::to_stdvec(&(Rest::of(scored), long)).map_err(|_| NoEvent)
}

/// Texts too long for a column, each with the number of its column.
pub(super) type LongTexts = Vec<(u8, String)>;

/// Puts the rest into the event, and gives back its reasons and long texts.
pub(super) fn decode_rest(bytes: &[u8], event: &mut Event) -> Result<(Vec<Reason>, LongTexts), NoEvent> {
    let (rest, long): (Rest<'_>, LongTexts) = postcard::from_bytes(bytes).map_err(|_| NoEvent)?;
    Ok((rest.put_into(event), long))
}

impl<'a> State<'a> {
    fn of(state: &'a ScoreState) -> Self {
        match state {
            ScoreState::NotScored => Self::NotScored,
            ScoreState::Failed { error } => Self::Failed(text(error)),
            ScoreState::Scored(score) => Self::Scored { raw: score.raw, calibrated: score.calibrated, kind: Kind::of(score) },
        }
    }

    fn into_state(self) -> ScoreState {
        match self {
            Self::NotScored => ScoreState::NotScored,
            Self::Failed(error) => ScoreState::Failed { error: error.into_owned() },
            Self::Scored { raw, calibrated, kind } => ScoreState::Scored(kind.into_score(raw, calibrated)),
        }
    }
}

impl<'a> Kind<'a> {
    fn of(score: &'a Score) -> Self {
        Self {
            model: text(&score.model),
            model_version: text(&score.model_version),
            schema: text(&score.schema),
            schema_version: score.schema_version,
        }
    }

    fn into_score(self, raw: f32, calibrated: f32) -> Score {
        Score {
            raw,
            calibrated,
            model: self.model.into_owned(),
            model_version: self.model_version.into_owned(),
            schema: self.schema.into_owned(),
            schema_version: self.schema_version,
        }
    }
}

/// How the text of a state begins.
pub(super) const SCORED: char = 's';
pub(super) const FAILED: char = 'f';
pub(super) const NOT_SCORED: char = 'n';

/// A state without its two numbers, as a text that events of one model share.
pub(super) fn state_text(state: &ScoreState) -> Result<String, NoEvent> {
    Ok(match state {
        ScoreState::NotScored => NOT_SCORED.to_string(),
        ScoreState::Failed { error } => format!("{FAILED}{error}"),
        ScoreState::Scored(score) => {
            let kind = serde_json::to_string(&Kind::of(score)).map_err(|_| NoEvent)?;
            format!("{SCORED}{kind}")
        }
    })
}

pub(super) fn state_of(text: &str, raw: f32, calibrated: f32) -> Result<ScoreState, NoEvent> {
    match text.split_at_checked(1) {
        Some(("n", "")) => Ok(ScoreState::NotScored),
        Some(("f", error)) => Ok(ScoreState::Failed { error: error.to_owned() }),
        Some(("s", kind)) => {
            let kind: Kind<'_> = serde_json::from_str(kind).map_err(|_| NoEvent)?;
            Ok(ScoreState::Scored(kind.into_score(raw, calibrated)))
        }
        _ => Err(NoEvent),
    }
}

pub(super) fn verdict_number(verdict: Option<Verdict>) -> u8 {
    match verdict {
        None => 0,
        Some(Verdict::Expected) => 1,
        Some(Verdict::Suspicious) => 2,
    }
}

pub(super) fn verdict_of(number: u8) -> Result<Option<Verdict>, NoEvent> {
    match number {
        0 => Ok(None),
        1 => Ok(Some(Verdict::Expected)),
        2 => Ok(Some(Verdict::Suspicious)),
        _ => Err(NoEvent),
    }
}

fn text(text: &str) -> Text<'_> {
    Cow::Borrowed(text)
}

fn optional(text: &Option<String>) -> Option<Text<'_>> {
    text.as_deref().map(Cow::Borrowed)
}
