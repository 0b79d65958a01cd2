//! The live feed as the page sees it.

#[cfg(feature = "hydrate")]
mod browser;
mod findings;
#[cfg(not(feature = "hydrate"))]
mod stub;

#[cfg(feature = "hydrate")]
pub(crate) use browser::connect;
#[cfg(not(feature = "hydrate"))]
pub(crate) use stub::connect;

pub(crate) use findings::Findings;

use radar_types::{
    grouped,
    wire::{LiveUpdate, Row},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "a page leaves its first state only in a browser"))]
pub(crate) enum LiveState {
    Connecting,
    Live,
    Offline,
    /// Connected again, and told of what came meanwhile.
    CatchingUp(Missed),
}

impl LiveState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Offline => "offline",
            Self::CatchingUp(_) => "catching-up",
        }
    }

    pub(crate) fn label(self) -> String {
        match self {
            Self::Connecting => "Connecting".into(),
            Self::Live => "Live".into(),
            Self::Offline => "Offline, trying again".into(),
            Self::CatchingUp(Missed { events, is_exact: true }) => format!("Reconnected, {} missed, loading them", grouped(events)),
            Self::CatchingUp(Missed { events, .. }) => format!("Reconnected, up to {} missed, loading them", grouped(events)),
        }
    }
}

/// How many events came while nobody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missed {
    pub(crate) events: u64,
    pub(crate) is_exact: bool,
}

impl Missed {
    /// An update that lists all it tells of has counted them; otherwise it knows the most that there may be.
    #[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only a browser is ever offline"))]
    pub(crate) fn of(update: &LiveUpdate) -> Self {
        Self { events: u64::from(update.added), is_exact: update.rows.len() as u64 == u64::from(update.added) }
    }
}

/// The newest rows in order of arrival, newest first: each once, however often the feed sends it,
/// and never more than [`Self::ROWS_MAX`].
#[derive(Clone, Debug, Default)]
pub(crate) struct RowWindow(Vec<Row>);

impl RowWindow {
    pub(crate) const ROWS_MAX: usize = 200;

    pub(crate) fn new(rows: Vec<Row>) -> Self {
        let mut window = Self::default();
        window.add(rows);
        window
    }

    /// An update that left rows out ends the window where they would stand: a table without the older
    /// rows is better than one with an unseen gap.
    pub(crate) fn add_update(&mut self, update: LiveUpdate) {
        let newest_known = self.0.first().map(|row| row.seq);
        let has_left_out = (update.rows.len() as u64) < u64::from(update.added);
        if has_left_out && update.rows.last().map(|row| row.seq) > newest_known {
            self.0.clear();
        }
        self.add(update.rows);
    }

    /// Takes the newest rows that the server has. If they don't reach to those known, they are all there is.
    pub(crate) fn reload(&mut self, fresh: Vec<Row>) {
        let oldest = fresh.last().map(|row| row.seq);
        if self.0.first().map(|row| row.seq) < oldest {
            self.0.clear();
        }
        let later = self.0.iter().take_while(|row| fresh.first().is_none_or(|newest| row.seq > newest.seq));
        let earlier = self.0.iter().skip_while(|row| oldest.is_some_and(|oldest| row.seq >= oldest));
        self.0 = later.cloned().chain(fresh.iter().cloned()).chain(earlier.filter(|_| !fresh.is_empty()).cloned()).collect();
        self.0.truncate(Self::ROWS_MAX);
    }

    /// Takes rows newest first.
    fn add(&mut self, rows: Vec<Row>) {
        let newest_known = self.0.first().map(|row| row.seq);
        let new = rows.into_iter().take_while(|row| newest_known.is_none_or(|newest| row.seq > newest));
        self.0.splice(0..0, new);
        self.0.truncate(Self::ROWS_MAX);
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        self.0.clone()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Row> {
        self.0.iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use radar_types::{Event, ScoreState, Scored, Timestamp, wire::Seq};

    fn row(seq: u64) -> Row {
        let event = Event::at(Timestamp::saturating_from_unix_millis(0));
        Row {
            seq: Seq(seq),
            severity: None,
            verdict: None,
            scored: Scored { id: event.id(seq), event, score: ScoreState::NotScored, reasons: vec![], template: None },
        }
    }

    fn seqs(window: &RowWindow) -> Vec<u64> {
        window.iter().map(|row| row.seq.0).collect()
    }

    #[test]
    fn new_rows_go_on_top_and_known_ones_are_left_out() {
        let mut window = RowWindow::new(vec![row(2), row(1)]);
        window.add(vec![row(4), row(3), row(2)]);
        assert_eq!(seqs(&window), [4, 3, 2, 1]);
        window.add(vec![row(4), row(3)]);
        assert_eq!(seqs(&window), [4, 3, 2, 1]);
        window.add(vec![]);
        assert_eq!(seqs(&window), [4, 3, 2, 1]);
    }

    #[test]
    fn rows_that_were_left_out_leave_no_gap() {
        let update = |added, newest: u64, oldest: u64| LiveUpdate {
            last_seq: Seq(newest),
            added,
            rows: (oldest..=newest).rev().map(row).collect(),
        };
        let mut window = RowWindow::new(vec![row(2), row(1)]);
        window.add_update(update(2, 4, 3));
        assert_eq!(seqs(&window), [4, 3, 2, 1]);
        window.add_update(update(5, 9, 8));
        assert_eq!(seqs(&window), [9, 8]);
        // What was left out is known here.
        window.add_update(update(5, 11, 9));
        assert_eq!(seqs(&window), [11, 10, 9, 8]);
    }

    #[test]
    fn what_is_loaded_fills_the_gap() {
        let rows = |seqs: &[u64]| seqs.iter().map(|seq| row(*seq)).collect::<Vec<_>>();
        let check = |known: &[u64], fresh: &[u64], expected: &[u64]| {
            let mut window = RowWindow::new(rows(known));
            window.reload(rows(fresh));
            assert_eq!(seqs(&window), expected, "{known:?} {fresh:?}");
        };
        check(&[9, 8], &[9, 8, 7, 6, 5], &[9, 8, 7, 6, 5]);
        check(&[9, 8, 3, 2], &[9, 8, 7, 3], &[9, 8, 7, 3, 2]);
        check(&[11, 10, 9], &[9, 8, 7], &[11, 10, 9, 8, 7]);
        check(&[3, 2], &[9, 8], &[9, 8]);
        check(&[3, 2], &[], &[3, 2]);
        check(&[], &[2, 1], &[2, 1]);
    }

    #[test]
    fn a_state_says_how_much_was_missed() {
        let update = |added, rows: u64| LiveUpdate { last_seq: Seq(9), added, rows: (0..rows).map(row).collect() };
        let label = |update: &LiveUpdate| LiveState::CatchingUp(Missed::of(update)).label();
        assert_eq!(label(&update(14, 14)), "Reconnected, 14 missed, loading them");
        assert_eq!(label(&update(1214, 100)), "Reconnected, up to 1,214 missed, loading them");
    }

    #[test]
    fn the_window_is_bounded() {
        let mut window = RowWindow::default();
        for batch in 0..10u64 {
            window.add((0..100).rev().map(|index| row(batch * 100 + index)).collect());
        }
        assert_eq!(window.iter().count(), RowWindow::ROWS_MAX);
        assert_eq!(seqs(&window)[0], 999);
    }
}
