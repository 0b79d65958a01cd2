//! What a person sees while the door is at work: one line a step, with its time.
#![expect(clippy::print_stdout, reason = "printing is this module's whole work")]

use std::time::Instant;

use anyhow::{Error, Result};

/// Does `work` and says what was done and how long it took.
pub(crate) fn step<T>(part: &str, done: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let outcome = work()?;
    println!("  {part:<9} {done:<58} {:>7.1} s", started.elapsed().as_secs_f64());
    Ok(outcome)
}

/// Says something before it happens, such as an installation, or something worth knowing.
pub(crate) fn note(part: &str, text: &str) {
    println!("  {part:<9} {text}");
}

/// Prints a line as it is: a test runner's own words, or the closing line.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Says why nothing more is done.
pub(crate) fn problem(error: &Error) {
    eprintln!("error: {error:#}");
}

pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_said_in_the_unit_that_reads_best() {
        let check = |bytes, said: &str| assert_eq!(size(bytes), said);
        check(0, "0 B");
        check(999, "999 B");
        check(1_000, "1.0 kB");
        check(447_940, "447.9 kB");
        check(12_345_678, "12.3 MB");
    }
}
