use std::io::{self, Write};
use std::time::Duration;

use radar_engine::read::Reject;
use radar_types::Severity;

/// Rejects that are shown; all are counted.
const REJECTS_SHOWN: usize = 10;

/// What an analysis came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    /// Each input's name and the format it was read as.
    pub(super) inputs: Vec<(String, String)>,
    pub(super) model: &'static str,
    pub(super) bytes: u64,
    pub(super) records: u64,
    pub(super) rejected: u64,
    /// The first of them, with the input they stood in.
    pub(super) rejects: Vec<(String, Reject)>,
    /// In the order of [`Severity::ALL`].
    pub(super) by_severity: [u64; 5],
    /// Inputs that broke off, and how.
    pub(super) damage: Vec<String>,
}

impl Summary {
    pub(super) fn reject(&mut self, input: &str, rejects: Vec<Reject>) {
        self.rejected += rejects.len() as u64;
        let room = REJECTS_SHOWN.saturating_sub(self.rejects.len());
        self.rejects.extend(rejects.into_iter().take(room).map(|reject| (input.to_owned(), reject)));
    }

    pub(super) fn worst_at_least(&self, severity: Severity) -> bool {
        Severity::ALL.into_iter().filter(|band| *band >= severity).any(|band| self.by_severity[band as usize] > 0)
    }

    /// For the standard error stream, after the findings.
    pub(super) fn write(&self, took: Duration, out: &mut impl Write) -> io::Result<()> {
        for (input, format) in &self.inputs {
            writeln!(out, "{input} was read as {format}")?;
        }
        for damage in &self.damage {
            writeln!(out, "{damage}")?;
        }
        if !self.rejects.is_empty() {
            writeln!(out, "not understood: {}", self.rejected)?;
            for (input, Reject { line, expected, found }) in &self.rejects {
                writeln!(out, "  {input}:{line}: expected {expected}, found {found}")?;
            }
        }
        let bands = Severity::ALL.into_iter().rev().filter(|band| band.is_anomaly());
        let bands: Vec<String> = bands.map(|band| format!("{} {band}", self.by_severity[band as usize])).collect();
        let secs = took.as_secs_f64();
        let rate = if secs > 0.0 { self.records as f64 / secs } else { 0.0 };
        writeln!(
            out,
            "{} of {} records stand out: {} ({secs:.1} s, {rate:.0} a second)",
            self.anomalies(),
            self.records,
            bands.join(", ")
        )
    }

    fn anomalies(&self) -> u64 {
        Severity::ALL.into_iter().filter(|band| band.is_anomaly()).map(|band| self.by_severity[band as usize]).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_are_counted_and_the_first_ten_kept() {
        let mut summary = Summary::default();
        let reject = |line| Reject { line, expected: "a time".into(), found: "x".into() };
        summary.reject("a", (1..=8).map(reject).collect());
        summary.reject("b", (1..=8).map(reject).collect());
        assert_eq!((summary.rejected, summary.rejects.len()), (16, 10));
        assert_eq!(summary.rejects[9].0, "b");
        let mut said = vec![];
        summary.write(Duration::ZERO, &mut said).unwrap();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("a:1: expected a time, found x") && said.contains("0 of 0 records"), "{said}");
    }

    #[test]
    fn the_worst_band_decides() {
        let summary = Summary { by_severity: [9, 0, 1, 0, 0], ..Summary::default() };
        assert!(summary.worst_at_least(Severity::Low) && summary.worst_at_least(Severity::Medium));
        assert!(!summary.worst_at_least(Severity::High));
    }
}
