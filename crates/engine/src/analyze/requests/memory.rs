//! What was found in texts that come again and again, as user agents do.
//!
//! A memory changes nothing but the time that judging takes: a text is only taken for one that was
//! read before if it is the same, byte for byte.

use std::sync::Mutex;

use super::counts::hash;
use crate::feature::http::{Findings, Inspector, Place};

/// A power of two.
const SLOTS: usize = 8192;
/// Longer texts seldom come again.
const TEXT_BYTES_MAX: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Memory {
    slots: Vec<Slot>,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    text: Vec<u8>,
    findings: Findings,
}

impl Memory {
    /// Of prose.
    pub(super) fn findings(&mut self, text: &[u8], inspector: &mut Inspector) -> Findings {
        if text.is_empty() || text.len() > TEXT_BYTES_MAX {
            return inspector.inspect(text, Place::Prose);
        }
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, Slot::default());
        }
        let slot = &mut self.slots[hash(text, 3) as usize % SLOTS];
        if slot.text != text {
            slot.text.clear();
            slot.text.extend_from_slice(text);
            slot.findings = inspector.inspect(text, Place::Prose);
        }
        slot.findings
    }
}

/// Memories that nobody uses at the moment: at most as many as there were threads.
#[derive(Debug, Default)]
pub(super) struct Memories(Mutex<Vec<Memory>>);

impl Memories {
    pub(super) fn take(&self) -> Memory {
        self.0.lock().ok().and_then(|mut memories| memories.pop()).unwrap_or_default()
    }

    pub(super) fn give_back(&self, memory: Memory) {
        if let Ok(mut memories) = self.0.lock() {
            memories.push(memory);
        }
    }
}

impl Clone for Memories {
    /// What is remembered is not copied, as it can be found again.
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_would_be_found() {
        let (mut memory, mut inspector) = (Memory::default(), Inspector::default());
        let long = "sqlmap ".repeat(100);
        for text in ["sqlmap/1.7", "Mozilla/5.0 (X11)", "", "sqlmap/1.7", "curl/8.0", &long, "sqlmap/1.7"] {
            let found = memory.findings(text.as_bytes(), &mut inspector);
            assert_eq!(found, Inspector::default().inspect(text.as_bytes(), Place::Prose), "{text}");
        }
    }

    #[test]
    fn a_memory_is_lent_out_to_one_at_a_time() {
        let memories = Memories::default();
        let mut first = memories.take();
        first.findings(b"a", &mut Inspector::default());
        assert!(memories.take().slots.is_empty());
        memories.give_back(first);
        assert_eq!(memories.take().slots.len(), SLOTS);
    }
}
