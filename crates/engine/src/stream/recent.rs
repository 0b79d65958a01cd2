//! What was said of the latest events, by their ids. A sender whose answer was lost sends again; the
//! event must not be learned twice, and must not have become ordinary because it was learned once.

use std::collections::HashMap;

use radar_types::{EventId, Reason};
use serde::{Deserialize, Serialize};

use super::{Novelty, sorted};

/// Two halves: when the younger is full, the older is forgotten.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Recent {
    younger: Half,
    older: Half,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Half {
    #[serde(with = "sorted")]
    scores: HashMap<u64, f32>,
    #[serde(with = "sorted")]
    told: HashMap<u64, (f32, Vec<Reason>)>,
}

/// Ids of each half. The largest batch there is fits in one.
pub(super) const IDS_MAX: usize = 100_000;
/// Of these, so many may have reasons; what is said of others is their score alone.
const TOLD_MAX: usize = 2_000;

impl Recent {
    pub(super) fn get(&self, id: EventId) -> Option<Novelty> {
        let key = key(id);
        [&self.younger, &self.older].into_iter().find_map(|half| half.get(key))
    }

    pub(super) fn add(&mut self, id: EventId, novelty: &Novelty) {
        if self.younger.scores.len() >= IDS_MAX {
            self.older = std::mem::take(&mut self.younger);
        }
        let key = key(id);
        self.younger.scores.insert(key, novelty.score);
        if !novelty.reasons.is_empty() && self.younger.told.len() < TOLD_MAX {
            self.younger.told.insert(key, (novelty.bits, novelty.reasons.clone()));
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        let is_half = |half: &Half| {
            half.scores.len() <= IDS_MAX
                && half.told.len() <= TOLD_MAX
                && half.scores.values().all(|score| (0.0..=1.0).contains(score))
                && half.told.values().all(|(bits, _)| bits.is_finite())
        };
        is_half(&self.younger) && is_half(&self.older)
    }
}

impl Half {
    fn get(&self, key: u64) -> Option<Novelty> {
        let score = *self.scores.get(&key)?;
        let (bits, reasons) = self.told.get(&key).cloned().unwrap_or_default();
        // A score that can't be told about any more is no finding.
        let score = if reasons.is_empty() { score.min(super::UNTOLD_SCORE_MAX) } else { score };
        Some(Novelty { score, bits, reasons, template: None })
    }
}

fn key(id: EventId) -> u64 {
    let mut key = [0; 8];
    key.copy_from_slice(&id.as_bytes()[..8]);
    u64::from_le_bytes(key)
}
