//! What was done, for the person who asked for it. Text from a log or a server is escaped before it
//! reaches a terminal.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use radar_types::wire::IngestAnswer;

use crate::sources::Skipped;

/// The first so many refused records are shown; all are counted.
const SHOWN_MAX: u64 = 10;
const PRINTED_CHARS_MAX: usize = 300;

pub(crate) struct Summary {
    started: Instant,
    accepted: u64,
    duplicates: u64,
    rejected: u64,
    skipped: u64,
    shown: u64,
}

impl Default for Summary {
    fn default() -> Self {
        Self { started: Instant::now(), accepted: 0, duplicates: 0, rejected: 0, skipped: 0, shown: 0 }
    }
}

impl Summary {
    /// Counts the answer for a batch whose records stand at `offsets`.
    pub(super) fn add(&mut self, path: &Path, offsets: &[u64], answer: &IngestAnswer) {
        self.accepted += u64::from(answer.accepted);
        self.duplicates += u64::from(answer.duplicates);
        self.rejected += u64::from(answer.rejected);
        for reject in &answer.rejects {
            let offset = usize::try_from(reject.index).ok().and_then(|index| offsets.get(index));
            let position = offset.map_or_else(String::new, |offset| format!(", byte {offset}"));
            let (expected, found) = (printable(&reject.expected), printable(&reject.found));
            self.show(|| format!("{}{position}: the server expected {expected}, found {found}", path.display()));
        }
    }

    pub(super) fn skip(&mut self, path: &Path, offset: u64, skipped: &Skipped) {
        self.skipped += 1;
        self.show(|| {
            let path = path.display();
            match skipped {
                Skipped::TooLong { bytes } => {
                    format!("{path}, byte {offset}: skipped, {bytes} bytes are more than a line may have")
                }
                Skipped::NotUnderstood(reject) => {
                    let (expected, found) = (printable(&reject.expected), printable(&reject.found));
                    format!("{path}, byte {offset}: skipped, expected {expected}, found {found}")
                }
            }
        });
    }

    fn show(&mut self, text: impl FnOnce() -> String) {
        self.shown += 1;
        if self.shown <= SHOWN_MAX {
            eprintln!("{}", text());
        } else if self.shown == SHOWN_MAX + 1 {
            eprintln!("more like these are counted, but not shown");
        }
    }

    fn after(&self, elapsed: Duration) -> String {
        let sent = self.accepted + self.duplicates + self.rejected;
        // A rate over less than a millisecond says nothing.
        let secs = elapsed.as_secs_f64().max(0.001);
        let mut text = format!(
            "sent {sent} events in {secs:.1} s ({:.0}/s): {} accepted, {} duplicates, {} rejected",
            sent as f64 / secs,
            self.accepted,
            self.duplicates,
            self.rejected
        );
        if self.skipped > 0 {
            text.push_str(&format!("; {} skipped", self.skipped));
        }
        text
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.after(self.started.elapsed()))
    }
}

/// Text of others, cut, and without anything that could act on a terminal.
pub(super) fn printable(text: &str) -> String {
    let mut printable = String::new();
    for (count, char) in text.chars().enumerate() {
        if count == PRINTED_CHARS_MAX {
            printable.push('…');
            break;
        }
        if char.is_control() { printable.extend(char.escape_default()) } else { printable.push(char) }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_every_count() {
        let mut summary = Summary::default();
        summary.add(Path::new("a"), &[], &IngestAnswer { accepted: 90, duplicates: 8, rejected: 2, rejects: vec![] });
        assert_eq!(summary.after(Duration::from_secs(2)), "sent 100 events in 2.0 s (50/s): 90 accepted, 8 duplicates, 2 rejected");
        summary.skip(Path::new("a"), 0, &Skipped::TooLong { bytes: 2_000_000 });
        assert!(summary.after(Duration::ZERO).ends_with("2 rejected; 1 skipped"));
    }

    #[test]
    fn text_of_others_cannot_act_on_a_terminal() {
        assert_eq!(printable("a\u{1b}[31m\r\nb ☃"), "a\\u{1b}[31m\\r\\nb ☃");
        assert_eq!(printable(&"x".repeat(1000)).chars().count(), 301);
    }
}
