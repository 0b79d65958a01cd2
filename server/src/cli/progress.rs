use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_millis(100);
const BAR_CELLS: u64 = 30;

/// How far the work is, drawn over and over on the last line of a terminal. Nothing in a pipe.
pub(super) struct Progress {
    is_shown: bool,
    begun: Instant,
    drawn: Option<Instant>,
    bytes: u64,
    bytes_total: u64,
    records: u64,
}

impl Progress {
    pub(super) fn new(bytes_total: u64) -> Self {
        Self { is_shown: stderr().is_terminal(), begun: Instant::now(), drawn: None, bytes: 0, bytes_total, records: 0 }
    }

    pub(super) fn took(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(super) fn add(&mut self, bytes: u64, records: u64) {
        self.bytes += bytes;
        self.records += records;
        if self.is_shown && self.drawn.is_none_or(|drawn| drawn.elapsed() >= INTERVAL) {
            self.drawn = Some(Instant::now());
            let line = line(self.bytes, self.bytes_total, self.records, self.begun.elapsed());
            // Whoever closed the terminal does not look at it.
            let _ = write!(stderr(), "\r{line}\u{1b}[K");
        }
    }

    /// Makes room for findings on the same terminal.
    pub(super) fn clear(&mut self) {
        if self.drawn.take().is_some() {
            let _ = write!(stderr(), "\r\u{1b}[K");
        }
    }
}

fn line(bytes: u64, bytes_total: u64, records: u64, since: Duration) -> String {
    let share = if bytes_total == 0 { 1.0 } else { (bytes as f64 / bytes_total as f64).min(1.0) };
    let cells = (share * BAR_CELLS as f64) as usize;
    let bar: String = (0..BAR_CELLS as usize).map(|cell| if cell < cells { '█' } else { '░' }).collect();
    let secs = since.as_secs_f64().max(1e-3);
    let left_secs = if share > 0.0 { secs / share - secs } else { 0.0 };
    format!("{bar} {:3.0}%  {:.0} records/s  {left_secs:.0} s left", share * 100.0, records as f64 / secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: u64, bytes_total: u64, expected: &str) {
        let line = line(bytes, bytes_total, 500, Duration::from_secs(5));
        assert_eq!(line.trim_start_matches(['█', '░']).trim_start(), expected);
    }

    #[test]
    fn share_rate_and_time_left_are_told() {
        check(25, 100, "25%  100 records/s  15 s left");
        check(100, 100, "100%  100 records/s  0 s left");
        check(0, 100, "0%  100 records/s  0 s left");
        check(0, 0, "100%  100 records/s  0 s left");
        check(200, 100, "100%  100 records/s  0 s left");
    }
}
