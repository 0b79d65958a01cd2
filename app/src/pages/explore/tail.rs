//! The rows of the table as they are loaded, and what comes while somebody looks at them.

use std::ops::Range;

use leptos::{prelude::*, reactive::spawn_local_scoped_with_cancellation};
use radar_types::{
    Scale, Span, Timestamp, Verdict,
    explore::{EventPage, Facet, Picture},
    query::{Candidate, Filter, Order, Period},
    thresholds::Thresholds,
    wire::{LiveUpdate, Problem, Row, Seq},
};

use super::{
    answer::Answer,
    rows::{FIRST_PART, ROW_HEIGHT, Rows, Wanted, order_of, window},
    state::{Asked, Explore},
};
use crate::{
    api::{ApiError, get_events},
    dom::Scrolled,
    live::{LiveState, connect},
    reader::after_millis,
};

/// How long the picture may trail the rows.
const PICTURE_MILLIS: u32 = 2_000;
/// Facets move under the reader's hand, so they follow seldom: at each of so many pictures.
const FACETS_EACH: u32 = 8;
/// Rows that wait to be shown; with more of them the table is asked for anew.
const WAITING_MAX: usize = 300;

/// What came and is not shown yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Waiting {
    rows: Vec<Row>,
    count: u32,
    /// Some came that are not in the rows.
    has_gap: bool,
}

impl Waiting {
    fn add(&mut self, rows: Vec<Row>, has_gap: bool) {
        self.count = self.count.saturating_add(rows.len() as u32);
        self.rows.extend(rows);
        self.has_gap |= has_gap || self.rows.len() > WAITING_MAX;
        self.rows.truncate(WAITING_MAX);
    }

    /// `None` while nothing waits.
    pub(super) fn text(&self) -> Option<String> {
        let or_more = if self.has_gap { "+" } else { "" };
        (self.count > 0 || self.has_gap).then(|| format!("{}{or_more} new", self.count))
    }
}

/// Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Tail {
    explore: Explore,
    picture: Answer<Picture>,
    facets: Answer<Vec<Facet>>,
    pub(super) rows: RwSignal<Rows>,
    /// What the rows are of.
    of: RwSignal<Option<Asked>>,
    pub(super) failure: RwSignal<Option<Problem>>,
    pub(super) scrolled: RwSignal<Option<Scrolled>>,
    pub(super) window: Memo<Range<usize>>,
    pub(super) live: RwSignal<LiveState>,
    pub(super) is_paused: RwSignal<bool>,
    pub(super) waiting: RwSignal<Waiting>,
    /// How often a part that failed was asked for again.
    tries: RwSignal<u32>,
    /// Set while the next picture is due, with how many there were.
    due: StoredValue<(bool, u32)>,
}

impl Tail {
    pub(super) fn new(
        explore: Explore,
        picture: Answer<Picture>,
        facets: Answer<Vec<Facet>>,
        page: Option<Result<EventPage, ApiError>>,
    ) -> Self {
        let (page, failure) = match page {
            Some(Ok(page)) => (Some(page), None),
            Some(Err(ApiError(problem))) => (None, Some(problem)),
            None => (None, None),
        };
        let of = RwSignal::new(page.is_some().then(|| untrack(|| explore.asked())).flatten());
        let rows = RwSignal::new(page.map(Rows::new).unwrap_or_default());
        let scrolled = RwSignal::new(None);
        let window = Memo::new(move |_| {
            let len = rows.with(Rows::len);
            // Before anything was measured, and without scripts, the first part is there as a whole.
            scrolled.get().map_or(0..len.min(FIRST_PART as usize), |scrolled| window(scrolled, len))
        });
        let tail = Self {
            explore,
            picture,
            facets,
            rows,
            of,
            failure: RwSignal::new(failure),
            scrolled,
            window,
            live: RwSignal::new(LiveState::Connecting),
            is_paused: RwSignal::new(false),
            waiting: RwSignal::default(),
            tries: RwSignal::new(0),
            due: StoredValue::default(),
        };
        tail.load_parts();
        tail.count_rows();
        tail.follow();
        tail
    }

    /// Whether the rows are those of another question.
    pub(super) fn is_behind(self) -> bool {
        self.explore.asked() != self.of.get()
    }

    /// Whether nothing is known of the rows yet.
    pub(super) fn is_waiting(self) -> bool {
        self.of.with(Option::is_none) && self.failure.with(Option::is_none)
    }

    pub(super) fn try_again(self) {
        self.failure.set(None);
        self.tries.update(|tries| *tries += 1);
    }

    /// Asks for everything anew, and keeps what is there until it comes.
    pub(super) fn reload(self) {
        self.waiting.set(Waiting::default());
        self.picture.ask_anew();
        self.of.set(None);
        self.facets.ask_again();
    }

    /// Shows what waits. The reader is taken to the top.
    pub(super) fn show_waiting(self) {
        let Waiting { rows, has_gap, .. } = self.waiting.get_untracked();
        let is_newest = self.explore.order.get_untracked() == Order::Newest;
        if has_gap || !is_newest || !self.add(rows) {
            self.reload();
        }
        self.waiting.set(Waiting::default());
    }

    pub(super) fn judge(self, seq: Seq, verdict: Option<Verdict>) {
        let _ = self.rows.try_update(|rows| rows.judge(seq, verdict));
        self.facets.ask_again();
        // Who asks for verdicts sees other events now.
        if self.explore.question.with_untracked(|question| question.contains("verdict")) {
            self.reload();
        }
    }

    fn add(self, rows: Vec<Row>) -> bool {
        self.rows.try_update(|known| known.add_live(rows)).unwrap_or(true)
    }

    /// Asks for one part after the other until what is seen is there. What is asked for while the reader goes elsewhere is
    /// given up.
    fn load_parts(self) {
        let wanted = Memo::new(move |_| {
            let asked = self.explore.asked()?;
            let is_other = self.of.with(|of| of.as_ref() != Some(&asked));
            let wanted = if is_other { Wanted::first_part() } else { self.rows.with(|rows| rows.wanted(&self.window.get()))? };
            Some((asked, wanted, self.tries.get()))
        });
        Effect::new(move |_| {
            let Some((asked, wanted, _)) = wanted.get() else { return };
            if self.failure.with_untracked(Option::is_some) && self.of.with_untracked(|of| of.as_ref() == Some(&asked)) {
                return;
            }
            let is_first = wanted == Wanted::first_part();
            let span = if is_first { asked.span } else { wanted.span(self.whole(asked.span)) };
            let loading = get_events(asked.question.clone(), span, asked.order, wanted.after(), wanted.limit);
            spawn_local_scoped_with_cancellation(async move {
                match loading.await {
                    Ok(page) => self.take(asked, &wanted, page),
                    Err(ApiError(problem)) => {
                        let _ = self.failure.try_set(Some(problem));
                    }
                }
            });
        });
    }

    /// The parts of a table are all of the same time, also when that was "until now".
    fn whole(self, span: Span) -> Span {
        let period = |picture: &Picture| Span::Between(Period { from: picture.from, to: picture.to });
        untrack(|| self.picture.with(period)).unwrap_or(span)
    }

    fn take(self, asked: Asked, wanted: &Wanted, page: EventPage) {
        let _ = self.failure.try_set(None);
        let is_other = self.of.try_with_untracked(|of| of.as_ref() != Some(&asked)).unwrap_or_default();
        if !is_other {
            let window = self.window.try_get_untracked().unwrap_or_default();
            let _ = self.rows.try_update(|rows| rows.insert_for(wanted, page, &window));
            return;
        }
        let mut rows = Rows::new(page);
        // What came meanwhile is on top of what the server knew when it was asked.
        if asked.order == Order::Newest {
            let newest = rows.newest();
            let waiting = self.waiting.try_get_untracked().unwrap_or_default().rows;
            rows.add_live(waiting.into_iter().filter(|row| Some(order_of(row)) > newest));
        }
        let _ = self.waiting.try_set(Waiting::default());
        let _ = self.rows.try_set(rows);
        let _ = self.of.try_set(Some(asked));
    }

    /// The picture that came with these rows says how many they are; those after it count what came since.
    fn count_rows(self) {
        Effect::new(move |_| {
            let is_due = !self.picture.is_loading() && !self.is_behind() && !self.rows.with(Rows::is_counted);
            if is_due && let Some(picture) = self.picture.get() {
                let order = self.explore.order.get_untracked();
                self.rows.update(|rows| rows.count(&picture, order));
            }
        });
    }

    fn follow(self) {
        // Where the first picture ends; the feed goes on from there, whatever is asked afterwards.
        let begin = Memo::new(move |begun: Option<&Option<Seq>>| {
            begun.copied().flatten().or_else(|| self.picture.with(|picture| picture.last_seq))
        });
        let parsed = self.explore.parsed;
        Effect::new(move |_| {
            let Some(after) = begin.get() else { return };
            let on_update = move |update: LiveUpdate| {
                let filter = parsed.try_with_untracked(|parsed| parsed.clone().ok()).flatten();
                if let Some(filter) = filter {
                    self.hear(&filter, update);
                }
            };
            connect(after, on_update, move |state| {
                let _ = self.live.try_set(state);
            });
        });
    }

    fn hear(self, filter: &Filter, update: LiveUpdate) {
        let Some(span) = self.explore.span.try_get_untracked().filter(|span| span.is_live()) else { return };
        let shown = untrack(|| self.picture.with(|picture| (picture.from, picture.thresholds)));
        let (from, thresholds) = shown.unwrap_or((Timestamp::MIN, Thresholds::usual()));
        let scale = thresholds.scale();
        let has_gap = (update.rows.len() as u64) < u64::from(update.added);
        let found: Vec<Row> =
            update.rows.into_iter().filter(|row| row.scored.event.timestamp >= from && is_found(filter, row, &scale)).collect();
        if found.is_empty() && !has_gap {
            return;
        }
        self.refresh_soon(span);
        let is_newest = self.explore.order.get_untracked() == Order::Newest;
        let is_on_top = self.scrolled.get_untracked().is_none_or(|scrolled| scrolled.top < ROW_HEIGHT);
        let is_loading = untrack(|| self.is_behind());
        let is_following = is_newest && is_on_top && !self.is_paused.get_untracked() && !is_loading;
        if !is_following {
            self.waiting.update(|waiting| waiting.add(found, has_gap));
        } else if has_gap || !self.add(found) {
            self.reload();
        }
    }

    /// The picture moves with what comes, as often as an eye follows.
    fn refresh_soon(self, span: Span) {
        let (is_due, count) = self.due.get_value();
        if is_due {
            return;
        }
        self.due.set_value((true, count + 1));
        after_millis(PICTURE_MILLIS, async move {
            let _ = self.due.try_update_value(|(is_due, _)| *is_due = false);
            if self.explore.span.try_get_untracked() != Some(span) {
                return;
            }
            self.picture.ask_again();
            if count % FACETS_EACH == 0 {
                self.facets.ask_again();
            }
        });
    }
}

fn is_found(filter: &Filter, row: &Row, scale: &Scale) -> bool {
    filter.matches(Candidate { scored: &row.scored, verdict: row.verdict }, scale)
}

#[cfg(test)]
mod tests {
    use radar_types::{Event, ScoreState, Scored};

    use super::*;

    fn row(seq: u64) -> Row {
        let mut event = Event::at(Timestamp::saturating_from_unix_millis(0));
        event.hostname = format!("h{seq}");
        let scored = Scored { id: event.id(seq), event, score: ScoreState::NotScored, reasons: vec![], template: None };
        Row { seq: Seq(seq), severity: None, verdict: None, scored }
    }

    #[test]
    fn what_waits_says_how_much_it_is() {
        let mut waiting = Waiting::default();
        assert_eq!(waiting.text(), None);
        waiting.add(vec![row(1), row(2)], false);
        assert_eq!(waiting.text().unwrap(), "2 new");
        waiting.add(vec![row(3)], true);
        assert_eq!(waiting.text().unwrap(), "3+ new");
        waiting.add((0..1_000).map(row).collect(), false);
        assert_eq!((waiting.rows.len(), waiting.text().unwrap().as_str()), (WAITING_MAX, "1003+ new"));
    }

    #[test]
    fn the_page_finds_among_what_comes_what_the_server_would() {
        for (question, is_expected) in [("", true), ("host:h1", true), ("host=\"h1\"", true), ("-h1", false), ("is:scored", false)]
        {
            assert_eq!(
                is_found(&radar_types::query::parse(question).unwrap(), &row(1), &Scale::ensemble()),
                is_expected,
                "{question}"
            );
        }
    }
}
