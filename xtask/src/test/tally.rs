//! Counting tests by what their runners print.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign},
    str::FromStr,
};

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
    /// What failed, by the names that its runner gives, to be said once more when everything has run.
    pub(super) failures: Vec<String>,
}

impl Tally {
    pub(super) const PASSED: Self = Self::of(1, 0, 0);
    pub(super) const FAILED: Self = Self::of(0, 1, 0);
    pub(super) const SKIPPED: Self = Self::of(0, 0, 1);

    const fn of(passed: u64, failed: u64, skipped: u64) -> Self {
        Self { passed, failed, skipped, failures: Vec::new() }
    }

    /// One failure that has no runner to name it.
    pub(super) fn failed(name: String) -> Self {
        Self { failures: vec![name], ..Self::FAILED }
    }
}

/// A test that can't run here says so on such a line, and passes.
const SKIPPED_LINE: &str = "skipped: ";

/// Whether a line is one that counts are read from; nothing else is kept.
pub(super) fn is_telling(line: &str) -> bool {
    line.starts_with("test result: ") || line.starts_with(SKIPPED_LINE) || line.parse::<Tally>().is_ok()
}

/// Finds in what a runner prints which tests failed.
#[derive(Default)]
pub(super) struct Failures {
    found: Vec<String>,
    /// The list that a test program of cargo's has begun; the last one before its result holds the names alone.
    listed: Vec<String>,
}

impl Failures {
    pub(super) fn read(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("  FAILED   ") {
            self.found.push(name.to_owned());
        } else if line == "failures:" {
            self.listed.clear();
        } else if line.starts_with("test result: FAILED") {
            self.found.append(&mut self.listed);
        } else if let Some(name) = line.strip_prefix("    ") {
            self.listed.push(name.to_owned());
        }
    }

    pub(super) fn found(self) -> Vec<String> {
        self.found
    }
}

/// Adds up the lines of cargo's test programs. Those count a test that skipped itself as passed.
pub(super) fn of_cargo(lines: &mut dyn Iterator<Item = &str>) -> Tally {
    let mut total = Tally::default();
    for line in lines {
        if line.starts_with(SKIPPED_LINE) {
            total.skipped += 1;
            total.passed = total.passed.wrapping_sub(1);
        } else {
            let result = of_result(line);
            total.passed = total.passed.wrapping_add(result.passed);
            total.failed += result.failed;
            total.skipped += result.skipped;
        }
    }
    total
}

/// The last line that closes a run, from a runner that counts for itself.
pub(super) fn of_closing_line(lines: &mut dyn Iterator<Item = &str>) -> Tally {
    lines.filter_map(|line| line.parse().ok()).last().unwrap_or_default()
}

/// Reads `test result: ok. 12 passed; 0 failed; 1 ignored; …`, as a test program ends.
fn of_result(line: &str) -> Tally {
    let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|result| result.split_once(". ")) else {
        return Tally::default();
    };
    let count = |of| counts.split("; ").find_map(|part| number_before(part, of)).unwrap_or_default();
    Tally::of(count(" passed"), count(" failed"), count(" ignored"))
}

fn number_before(part: &str, word: &str) -> Option<u64> {
    part.strip_suffix(word)?.parse().ok()
}

/// Reads the closing line: `12 passed, 0 failed, 1 skipped`.
impl FromStr for Tally {
    type Err = ();

    fn from_str(line: &str) -> Result<Self, ()> {
        let mut parts = line.split(", ");
        let mut number = |word| parts.next().and_then(|part| number_before(part, word)).ok_or(());
        let tally = Self::of(number(" passed")?, number(" failed")?, number(" skipped")?);
        if parts.next().is_some() { Err(()) } else { Ok(tally) }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), Self::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_skipped_itself_has_not_passed() {
        let lines = ["skipped: there is no python3", "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out"];
        assert_eq!(of_cargo(&mut lines.into_iter()), Tally::of(2, 0, 1));
    }

    #[test]
    fn cargos_results_are_counted() {
        let check = |line, passed, failed, skipped| assert_eq!(of_result(line), Tally::of(passed, failed, skipped), "{line}");
        check("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s", 12, 0, 1);
        check("test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.90s", 7, 2, 0);
        check("test tests::the_result_is ... ok", 0, 0, 0);
        check("test result: ok.", 0, 0, 0);
        check("", 0, 0, 0);
    }

    #[test]
    fn a_closing_line_is_read_as_it_is_written() {
        let tally = Tally::of(41, 0, 2);
        assert_eq!(tally.to_string(), "41 passed, 0 failed, 2 skipped");
        assert_eq!(tally.to_string().parse(), Ok(tally));
    }

    #[test]
    fn only_a_line_of_its_own_closes() {
        let check = |line: &str| assert_eq!(line.parse::<Tally>(), Err(()), "{line:?}");
        check("");
        check("3 passed");
        check("3 passed, 1 failed");
        check("so 3 passed, 1 failed, 0 skipped");
        check("3 passed, 1 failed, 0 skipped, 2 lost");
        check("-3 passed, 1 failed, 0 skipped");
    }

    #[test]
    fn what_failed_is_known_by_name() {
        let cargo = "failures:\n\n---- a::b stdout ----\nassertion failed\n    left: 1\n\nfailures:\n    a::b\n    c\n\ntest result: FAILED. 7 passed; 2 failed";
        let page = "    indented\n  ok       it opens  0.1 s\n  FAILED   it closes  0.2 s\n7 passed, 1 failed, 0 skipped";
        let mut failures = Failures::default();
        cargo.lines().chain(page.lines()).for_each(|line| failures.read(line));
        assert_eq!(failures.found(), ["a::b", "c", "it closes  0.2 s"]);
    }

    #[test]
    fn tallies_add_up() {
        let sum: Tally = [Tally::PASSED, Tally::PASSED, Tally::FAILED, Tally::SKIPPED].into_iter().sum();
        assert_eq!(sum, Tally::of(2, 1, 1));
    }
}
