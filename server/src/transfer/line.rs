use std::io::Write;

use anyhow::Result;
use radar_store::Stored;
use radar_types::wire::Seq;
use radar_types::{CollectionId, ScoreState, Scored, Verdict};
use serde::{Deserialize, Serialize};

pub(super) const VERSION: u32 = 1;

/// A line of an export.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    #[serde(rename = "radar_export")]
    Head {
        version: u32,
        collection: CollectionId,
    },
    Event(Box<Exported>),
    End {
        events: u64,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Exported {
    pub(super) seq: Seq,
    scored: Scored,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    /// The bits of the raw and the calibrated score, where JSON has no number for one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    score_bits: Option<(u32, u32)>,
}

impl Line {
    pub(super) fn event(stored: Stored) -> Self {
        let Stored { seq, mut scored, verdict } = stored;
        let mut score_bits = None;
        if let ScoreState::Scored(score) = &mut scored.score
            && !(score.raw.is_finite() && score.calibrated.is_finite())
        {
            score_bits = Some((score.raw.to_bits(), score.calibrated.to_bits()));
            (score.raw, score.calibrated) = (0.0, 0.0);
        }
        Self::Event(Box::new(Exported { seq, scored, verdict, score_bits }))
    }

    pub(super) fn write(&self, out: &mut impl Write) -> Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        Ok(out.write_all(b"\n")?)
    }
}

impl Exported {
    pub(super) fn stored(self) -> Stored {
        let Self { seq, mut scored, verdict, score_bits } = self;
        if let (ScoreState::Scored(score), Some((raw, calibrated))) = (&mut scored.score, score_bits) {
            (score.raw, score.calibrated) = (f32::from_bits(raw), f32::from_bits(calibrated));
        }
        Stored { seq, scored, verdict }
    }
}
