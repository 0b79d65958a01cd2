//! How long to wait before the next attempt: longer each time, never the same for two collectors.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// A server may ask for more patience than that, within reason.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);

pub(super) struct Backoff {
    started: Instant,
    failures: u32,
    patience: Option<Duration>,
}

impl Backoff {
    pub(super) fn new(patience: Option<Duration>) -> Self {
        Self { started: Instant::now(), failures: 0, patience }
    }

    /// The pause before the next attempt, or `None` when it would be out of patience by then.
    pub(super) fn next_pause(&mut self, retry_after: Option<Duration>) -> Option<Duration> {
        let pause = pause(self.failures, retry_after, random_fraction());
        self.failures = self.failures.saturating_add(1);
        let is_patient = self.patience.is_none_or(|patience| self.started.elapsed() + pause <= patience);
        is_patient.then_some(pause)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Doubles with each failure. `fraction` is the jitter: it takes off up to half of a pause of our
/// own, and adds to one the server asked for, because that one must not be cut short.
fn pause(failures: u32, retry_after: Option<Duration>, fraction: f64) -> Duration {
    let own = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX)).min(PAUSE_MAX);
    match retry_after {
        Some(asked) => asked.min(RETRY_AFTER_MAX) + FIRST_PAUSE.mul_f64(fraction),
        None => own.mul_f64(1.0 - fraction / 2.0),
    }
}

/// At least 0, less than 1. The standard library seeds its hash maps at random, which is random
/// enough to spread retries.
fn random_fraction() -> f64 {
    (RandomState::new().hash_one(()) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(failures: u32, retry_after_secs: Option<u64>, fraction: f64, expected_millis: u128) {
        let pause = pause(failures, retry_after_secs.map(Duration::from_secs), fraction);
        assert_eq!(pause.as_millis(), expected_millis, "{failures} {retry_after_secs:?} {fraction}");
    }

    #[test]
    fn pauses_double_up_to_a_bound() {
        check(0, None, 0.0, 500);
        check(1, None, 0.0, 1000);
        check(5, None, 0.0, 16_000);
        check(6, None, 0.0, 30_000);
        check(40, None, 0.0, 30_000);
        check(u32::MAX, None, 0.0, 30_000);
    }

    #[test]
    fn jitter_shortens_our_own_pauses_and_lengthens_the_servers() {
        check(1, None, 0.5, 750);
        check(0, Some(2), 0.0, 2000);
        check(0, Some(2), 0.5, 2250);
        check(0, Some(u64::MAX), 0.0, 300_000);
    }

    #[test]
    fn random_fractions_differ_and_are_in_range() {
        let fractions: Vec<f64> = (0..100).map(|_| random_fraction()).collect();
        assert!(fractions.iter().all(|fraction| (0.0..1.0).contains(fraction)));
        assert!(fractions.iter().any(|fraction| *fraction != fractions[0]));
    }

    #[test]
    fn patience_ends() {
        assert_eq!(Backoff::new(Some(Duration::ZERO)).next_pause(None), None);
        assert!(Backoff::new(None).next_pause(None).is_some());
    }
}
