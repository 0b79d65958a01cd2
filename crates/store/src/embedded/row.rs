//! How an event lies in its row.

use radar_types::wire::Seq;
use radar_types::{Event, EventId, Reason, Score, ScoreState, Scored};
use rusqlite::types::{FromSqlError, ValueRef};
use rusqlite::{Result, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Stored;

/// The columns [`read`] reads. The state is looked up row by row: a page has few rows and fewer
/// states.
pub(super) const COLUMNS: &str = "seq, id, raw, calibrated, (SELECT text FROM word WHERE word.id = event.state), event, reasons";

/// The texts of one row.
pub(super) struct Texts {
    pub(super) state: String,
    pub(super) event: String,
    pub(super) reasons: String,
}

impl Texts {
    pub(super) fn of(scored: &Scored) -> Result<Self> {
        Ok(Self { state: json(&without_numbers(&scored.score))?, event: json(&scored.event)?, reasons: json(&scored.reasons)? })
    }
}

pub(super) fn read(row: &Row<'_>) -> Result<Stored> {
    let seq = Seq(row.get::<_, i64>(0)?.cast_unsigned());
    let id = EventId::from_bytes(row.get(1)?);
    let mut score = parse(row, 4)?;
    if let ScoreState::Scored(score) = &mut score {
        score.raw = number(row, 2)?;
        score.calibrated = number(row, 3)?;
    }
    let event: Event = parse(row, 5)?;
    let reasons: Vec<Reason> = parse(row, 6)?;
    Ok(Stored { seq, scored: Scored { id, event, score, reasons } })
}

/// The bytes the texts of a row take, to know when a page is long enough.
pub(super) fn text_bytes(row: &Row<'_>) -> Result<usize> {
    let length = |column| -> Result<usize> { Ok(row.get_ref(column)?.as_bytes()?.len()) };
    Ok(length(5)? + length(6)?)
}

/// A number of a score; SQLite keeps NaN as NULL.
pub(super) fn number(row: &Row<'_>, column: usize) -> Result<f32> {
    Ok(row.get::<_, Option<f32>>(column)?.unwrap_or(f32::NAN))
}

/// What the scores of one model have in common.
fn without_numbers(state: &ScoreState) -> ScoreState {
    match state {
        ScoreState::Scored(score) => ScoreState::Scored(Score { raw: 0.0, calibrated: 0.0, ..score.clone() }),
        ScoreState::NotScored | ScoreState::Failed { .. } => state.clone(),
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))
}

fn parse<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    let value = row.get_ref(column)?;
    let damaged = |cause| rusqlite::Error::FromSqlConversionFailure(column, value.data_type(), cause);
    match value {
        ValueRef::Text(text) => serde_json::from_slice(text).map_err(|cause| damaged(Box::new(cause))),
        _ => Err(damaged(Box::new(FromSqlError::InvalidType))),
    }
}
