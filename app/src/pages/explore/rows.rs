//! The rows of a table that is longer than a page holds: which of them are on the screen, which are to be asked for next, and
//! which are let go.
//!
//! The server gives rows in parts, each of which says where the next begins. A reader who scrolls far ahead would have to wait
//! for all parts on the way; but in the order of time the bars of the picture say how many rows come before a moment, so a
//! part may begin at the bar nearest to where the reader is.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use radar_types::{
    Span, Timestamp, Verdict,
    explore::{EventPage, Picture},
    query::{Order, Period},
    wire::{Row, Seq},
};

use crate::dom::Scrolled;

/// Of a row, in pixels; the sheet says the same.
pub(super) const ROW_HEIGHT: f64 = 30.0;
/// Rows of the first part, which the server renders.
pub(super) const FIRST_PART: u32 = 100;
/// Rows beyond the edge of what is seen, above and below.
const MARGIN: usize = 12;
/// The window of rows that are drawn moves by so many.
const STEP: usize = 6;
/// Rows that are drawn at most, however tall a screen is.
const DRAWN_MAX: usize = 160;
/// Browsers draw no element much taller than 33 million pixels.
const SHOWN_MAX: usize = 1_000_000;
/// Parts that are kept.
const PARTS_MAX: usize = 12;
/// Rows that came live are kept so long; with more of them the table is asked for anew.
const LIVE_MAX: usize = 500;

/// Where a part begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    First,
    /// As the part before said.
    After(String),
    /// Of this period all.
    Within(Period),
}

/// A part to ask for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) place: Place,
    /// The row it begins with.
    pub(super) first: usize,
    pub(super) limit: u32,
}

impl Wanted {
    pub(super) fn first_part() -> Self {
        Self { place: Place::First, first: 0, limit: FIRST_PART }
    }

    pub(super) fn after(&self) -> Option<String> {
        if let Place::After(after) = &self.place { Some(after.clone()) } else { None }
    }

    pub(super) fn span(&self, otherwise: Span) -> Span {
        if let Place::Within(period) = self.place { Span::Between(period) } else { otherwise }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// Came while somebody looked, and stand on top: newest first.
    live: Vec<Arc<Row>>,
    /// By the place of their first row, not counting those that came live.
    parts: BTreeMap<usize, Vec<Arc<Row>>>,
    places: BTreeMap<usize, Place>,
    /// As the picture counted them.
    counted: Option<usize>,
    /// Where the last part ended.
    end: Option<usize>,
}

impl Rows {
    pub(super) fn new(first: EventPage) -> Self {
        let mut rows = Self::default();
        rows.insert(&Wanted::first_part(), first);
        rows
    }

    /// What the picture says of how many there are, and of where parts may begin.
    pub(super) fn count(&mut self, picture: &Picture, order: Order) {
        let total = usize::try_from(picture.tally.events()).unwrap_or(usize::MAX);
        self.counted = Some(total);
        let before = |bars: &[radar_types::wire::Bucket]| bars.iter().map(|bar| bar.tally.events() as usize).sum::<usize>();
        let period = Period { from: picture.from, to: picture.to };
        for (at, bar) in picture.timeline.iter().enumerate().skip(1) {
            let start = bar.start.clamp(period.from, period.to);
            let (first, within) = match order {
                Order::Newest => (before(&picture.timeline[at..]), Period { to: start, ..period }),
                Order::Oldest => (before(&picture.timeline[..at]), Period { from: start, ..period }),
                Order::Score | Order::Rarity => return,
            };
            if first > 0 && first < total {
                self.places.entry(first).or_insert(Place::Within(within));
            }
        }
    }

    pub(super) fn is_counted(&self) -> bool {
        self.counted.is_some()
    }

    /// How many there are, as far as that is known; one more than are known where more will come.
    pub(super) fn len(&self) -> usize {
        let known = self.parts.last_key_value().map_or(0, |(first, part)| first + part.len());
        let stored = match self.end {
            Some(end) => end,
            None => self.counted.unwrap_or(0).max(known + usize::from(self.places.contains_key(&known))),
        };
        (self.live.len() + stored).min(SHOWN_MAX)
    }

    pub(super) fn get(&self, at: usize) -> Option<Arc<Row>> {
        let Some(at) = at.checked_sub(self.live.len()) else { return self.live.get(at).cloned() };
        let (first, part) = self.parts.range(..=at).next_back()?;
        part.get(at - first).cloned()
    }

    /// Where an event stands, if its row is here.
    pub(super) fn place_of(&self, seq: Seq) -> Option<usize> {
        let within = |rows: &[Arc<Row>]| rows.iter().position(|row| row.seq == seq);
        within(&self.live).or_else(|| {
            let stored = self.parts.iter().find_map(|(first, part)| Some(first + within(part)?))?;
            Some(self.live.len() + stored)
        })
    }

    /// What has to be asked for so that these rows can be seen.
    pub(super) fn wanted(&self, window: &Range<usize>) -> Option<Wanted> {
        let missing = (window.start..window.end.min(self.len())).find(|at| self.get(*at).is_none())?;
        let missing = missing.checked_sub(self.live.len())?;
        let (&first, place) = self.places.range(..=missing).next_back()?;
        let limit = EventPage::ROWS_MAX as usize;
        // A part ends where the next one that is here begins.
        let next = self.parts.range(first + 1..).next().map_or(limit, |(next, _)| next - first);
        Some(Wanted { place: place.clone(), first, limit: next.min(limit) as u32 })
    }

    /// Takes a part that was asked for. `window` is what is seen; what is far from it is let go.
    pub(super) fn insert_for(&mut self, wanted: &Wanted, page: EventPage, window: &Range<usize>) {
        self.insert(wanted, page);
        let seen = window.start.saturating_sub(self.live.len());
        while self.parts.len() > PARTS_MAX {
            let ends = [self.parts.first_key_value(), self.parts.last_key_value()];
            let Some(farthest) = ends.into_iter().flatten().map(|(first, _)| *first).max_by_key(|first| first.abs_diff(seen))
            else {
                return;
            };
            self.parts.remove(&farthest);
        }
    }

    fn insert(&mut self, wanted: &Wanted, page: EventPage) {
        let first = wanted.first;
        let end = first + page.rows.len();
        self.places.entry(first).or_insert_with(|| wanted.place.clone());
        match page.next {
            Some(next) => {
                self.places.insert(end, Place::After(next));
                // There are more than was known.
                if self.end.is_some_and(|known| known <= end) {
                    self.end = None;
                }
            }
            None => {
                self.end = Some(end);
                self.places.split_off(&end.max(1));
                self.parts.split_off(&end.max(first + 1));
            }
        }
        if !page.rows.is_empty() {
            self.parts.insert(first, page.rows.into_iter().map(Arc::new).collect());
        }
    }

    /// Rows that came live, in any order; those that are here already are left out. Says whether there is room for them.
    pub(super) fn add_live(&mut self, new: impl IntoIterator<Item = Row>) -> bool {
        for row in new {
            if self.live.iter().chain(self.parts.values().next().into_iter().flatten()).all(|known| known.seq != row.seq) {
                self.live.push(Arc::new(row));
            }
        }
        self.live.sort_by_key(|row| std::cmp::Reverse(order_of(row)));
        self.live.len() <= LIVE_MAX
    }

    /// The first row's place in the order of time.
    pub(super) fn newest(&self) -> Option<(Timestamp, Seq)> {
        self.get(0).map(|row| order_of(&row))
    }

    pub(super) fn judge(&mut self, seq: Seq, verdict: Option<Verdict>) {
        let stored = self.parts.values_mut().flatten();
        for row in self.live.iter_mut().chain(stored).filter(|row| row.seq == seq) {
            Arc::make_mut(row).verdict = verdict;
        }
    }
}

pub(super) fn order_of(row: &Row) -> (Timestamp, Seq) {
    (row.scored.event.timestamp, row.seq)
}

/// The rows that are drawn: those that are seen and some around them.
pub(super) fn window(scrolled: Scrolled, len: usize) -> Range<usize> {
    let seen = (scrolled.height / ROW_HEIGHT).ceil() as usize + 1;
    let first = ((scrolled.top.max(0.0) / ROW_HEIGHT) as usize).min(len.saturating_sub(seen));
    // Each step draws all rows anew, so it is one of several rows, at both ends at once.
    let start = first.saturating_sub(MARGIN) / STEP * STEP;
    start..(start + STEP + MARGIN + seen + MARGIN).min(len).min(start + DRAWN_MAX)
}

/// Where to scroll to so that a row is seen whole; nowhere if it is. The head of the table covers the first pixels.
pub(super) fn scroll_for(at: usize, scrolled: Scrolled) -> Option<f64> {
    let top = at as f64 * ROW_HEIGHT;
    let seen = scrolled.height - ROW_HEIGHT;
    if top < scrolled.top {
        Some(top)
    } else if top + ROW_HEIGHT > scrolled.top + seen {
        Some(top + ROW_HEIGHT - seen)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use radar_types::{
        Event, ScoreState, Scored,
        wire::{Bucket, Tally},
    };

    use super::*;
    use radar_types::thresholds::Thresholds;

    fn at(second: i64) -> Timestamp {
        Timestamp::saturating_from_unix_millis(second * 1000)
    }

    fn row(seq: u64) -> Row {
        let event = Event::at(at(seq as i64));
        let scored = Scored { id: event.id(seq), event, score: ScoreState::NotScored, reasons: vec![], template: None };
        Row { seq: Seq(seq), severity: None, verdict: None, scored }
    }

    /// The rows from one down to the other, and whether more follow.
    fn page(newest: u64, oldest: u64, next: Option<&str>) -> EventPage {
        EventPage { rows: (oldest..=newest).rev().map(row).collect(), next: next.map(str::to_owned), is_partial: false }
    }

    /// A bar of ten seconds for each count.
    fn picture(counts: &[u64]) -> Picture {
        let bar = |(at_bar, count): (usize, &u64)| {
            let mut tally = Tally::default();
            tally.add(None, *count);
            Bucket { start: at(at_bar as i64 * 10), tally }
        };
        let timeline: Vec<Bucket> = counts.iter().enumerate().map(bar).collect();
        let tally = timeline.iter().map(|bucket| bucket.tally).sum();
        Picture {
            from: at(0),
            to: at(counts.len() as i64 * 10),
            is_partial: false,
            tally,
            timeline,
            thresholds: Thresholds::usual(),
            last_seq: Seq(0),
        }
    }

    fn seqs(rows: &Rows) -> Vec<Option<u64>> {
        (0..rows.len()).map(|at| rows.get(at).map(|row| row.seq.0)).collect()
    }

    #[test]
    fn what_is_seen_is_drawn_with_a_margin() {
        let check = |top: f64, height: f64, len: usize, expected: Range<usize>| {
            assert_eq!(window(Scrolled { top, height }, len), expected, "{top} {height} {len}");
        };
        check(0.0, 300.0, 1000, 0..41);
        check(3000.0, 300.0, 1000, 84..125);
        check(3050.0, 300.0, 1000, 84..125);
        check(29_700.0, 300.0, 1000, 972..1000);
        check(9e9, 300.0, 1000, 972..1000);
        check(-50.0, 300.0, 5, 0..5);
        check(0.0, 0.0, 0, 0..0);
        check(0.0, 1e9, 10_000_000, 0..DRAWN_MAX);
    }

    #[test]
    fn a_row_is_scrolled_to_no_further_than_needed() {
        let scrolled = Scrolled { top: 300.0, height: 330.0 };
        for (at, expected) in [(10, None), (19, None), (9, Some(270.0)), (0, Some(0.0)), (20, Some(330.0)), (100, Some(2730.0))] {
            assert_eq!(scroll_for(at, scrolled), expected, "{at}");
        }
    }

    #[test]
    fn parts_follow_each_other() {
        let mut rows = Rows::new(page(100, 96, Some("a")));
        assert_eq!(rows.len(), 6, "more will come");
        assert_eq!(rows.wanted(&(0..5)), None);
        let wanted = rows.wanted(&(0..20)).unwrap();
        assert_eq!(wanted, Wanted { place: Place::After("a".into()), first: 5, limit: 500 });
        rows.insert_for(&wanted, page(95, 93, None), &(0..20));
        assert_eq!(rows.len(), 8);
        assert_eq!(seqs(&rows), (93..=100).rev().map(Some).collect::<Vec<_>>());
        assert_eq!(rows.wanted(&(0..20)), None);
        assert_eq!(rows.place_of(Seq(94)), Some(6));
    }

    #[test]
    fn nothing_found_is_nothing() {
        let rows = Rows::new(EventPage { rows: vec![], next: None, is_partial: false });
        assert_eq!((rows.len(), rows.wanted(&(0..50))), (0, None));
    }

    #[test]
    fn a_far_place_is_reached_by_the_nearest_bar() {
        let mut rows = Rows::new(page(10_000, 9_901, Some("a")));
        rows.count(&picture(&[3000, 4000, 0, 3000]), Order::Newest);
        assert_eq!(rows.len(), 10_000);
        let wanted = rows.wanted(&(7_100..7_140)).unwrap();
        let period = |from, to| Period { from: at(from), to: at(to) };
        assert_eq!(wanted, Wanted { place: Place::Within(period(0, 10)), first: 7_000, limit: 500 });
        rows.insert_for(&wanted, page(3_000, 2_501, Some("b")), &(7_100..7_140));
        assert_eq!(rows.get(7_100).unwrap().seq, Seq(2_900));
        assert_eq!(
            rows.wanted(&(3_100..3_140)).unwrap().place,
            Place::Within(period(0, 20)),
            "what is empty has no place of its own"
        );

        let mut rows = Rows::new(page(100, 1, Some("a")));
        rows.count(&picture(&[3000, 7000]), Order::Oldest);
        assert_eq!(rows.wanted(&(4_000..4_040)).unwrap().place, Place::Within(period(10, 20)));
        let mut rows = Rows::new(page(100, 1, Some("a")));
        rows.count(&picture(&[3000, 7000]), Order::Score);
        assert_eq!(rows.wanted(&(4_000..4_040)).unwrap().place, Place::After("a".into()), "parts on the way are needed");
    }

    #[test]
    fn a_part_ends_where_the_next_begins() {
        let mut rows = Rows::new(page(1_000, 901, Some("a")));
        rows.count(&picture(&[700, 300]), Order::Newest);
        let far = rows.wanted(&(320..330)).unwrap();
        rows.insert_for(&far, page(700, 201, Some("b")), &(320..330));
        assert_eq!(rows.wanted(&(100..110)).unwrap().limit, 200);
    }

    #[test]
    fn what_is_far_away_is_let_go() {
        let mut rows = Rows::new(page(100_000, 99_901, Some("0")));
        let mut newest = 99_900;
        for part in 1..=40 {
            let window = rows.len() - 1..rows.len();
            let wanted = rows.wanted(&window).unwrap();
            rows.insert_for(&wanted, page(newest, newest - 499, Some(&part.to_string())), &window);
            newest -= 500;
        }
        assert_eq!(rows.parts.len(), PARTS_MAX);
        assert_eq!(rows.len(), 20_101);
        assert!(rows.get(0).is_none() && rows.get(20_099).is_some());
        let wanted = rows.wanted(&(0..40)).unwrap();
        assert_eq!((wanted.place, wanted.first), (Place::First, 0), "and asked for again");
    }

    #[test]
    fn rows_that_come_live_stand_on_top_once() {
        let mut rows = Rows::new(page(5, 3, None));
        assert!(rows.add_live([row(6), row(8), row(5), row(7)]));
        assert!(rows.add_live([row(8)]));
        assert_eq!(seqs(&rows), [8, 7, 6, 5, 4, 3].map(Some));
        assert_eq!(rows.place_of(Seq(4)), Some(4));
        assert_eq!(rows.newest(), Some((at(8), Seq(8))));
        assert!(!rows.add_live((100..1000).map(row)), "not for ever");
    }

    #[test]
    fn a_verdict_is_seen_at_once() {
        let mut rows = Rows::new(page(5, 3, None));
        rows.judge(Seq(4), Some(Verdict::Expected));
        assert_eq!(rows.get(1).unwrap().verdict, Some(Verdict::Expected));
        assert_eq!(rows.get(0).unwrap().verdict, None);
    }
}
