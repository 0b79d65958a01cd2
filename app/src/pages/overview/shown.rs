use leptos::prelude::*;
use radar_types::wire::{Breakdown, LiveUpdate, Overview};

use crate::{
    api::{get_breakdown, get_overview},
    live::{Findings, LiveState, RowWindow, connect},
    reader::after_millis,
};

/// How long figures may trail the rows, so that a busy feed asks once a second and not with each message.
const REFRESH_MILLIS: u32 = 1_000;
/// How long the breakdown may trail them: it is counted anew over the whole range.
const RECOUNT_MILLIS: u32 = 10_000;
/// Up to so many events it is counted as often as the figures.
const FEW_EVENTS: u64 = 20_000;
/// How often to ask when nothing arrives: time goes on, and what is old leaves the range.
const LOOK_MILLIS: u32 = 30_000;
/// How long until it is tried again after an answer that was an error.
const RETRY_MILLIS: u32 = 5_000;
/// How long the page says what it missed: long enough to be read.
const CATCHING_UP_MILLIS: u32 = 1_500;

/// What the page shows, and how it stays so.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) overview: RwSignal<Overview>,
    pub(super) arrivals: RwSignal<RowWindow>,
    pub(super) findings: RwSignal<Findings>,
    /// As soon as it is there.
    pub(super) breakdown: RwSignal<Option<Breakdown>>,
    pub(super) state: RwSignal<LiveState>,
    has_failed: RwSignal<bool>,
    is_refreshing: StoredValue<bool>,
    is_counting: StoredValue<bool>,
}

impl Shown {
    pub(super) fn new(overview: Overview) -> Self {
        Self {
            arrivals: RwSignal::new(RowWindow::new(overview.newest.clone())),
            findings: RwSignal::new(Findings::new(&overview)),
            overview: RwSignal::new(overview),
            breakdown: RwSignal::new(None),
            state: RwSignal::new(LiveState::Connecting),
            has_failed: RwSignal::new(false),
            is_refreshing: StoredValue::new(false),
            is_counting: StoredValue::new(false),
        }
    }

    /// Whether what is shown may be out of date.
    pub(super) fn is_stale(self) -> bool {
        self.state.get() == LiveState::Offline || self.has_failed.get()
    }

    /// Moves with the feed from here on.
    pub(super) fn follow(self) {
        let after = self.overview.with_untracked(|overview| overview.last_seq);
        connect(after, move |update| self.take(update), move |state| self.enter(state));
        self.look_later();
    }

    fn take(self, update: LiveUpdate) {
        self.findings.update(|findings| findings.add(&update.rows));
        self.arrivals.update(|rows| rows.add_update(update));
        self.refresh_soon(REFRESH_MILLIS);
        self.recount_soon();
    }

    fn enter(self, state: LiveState) {
        let was_offline = self.state.get_untracked() == LiveState::Offline;
        self.state.set(state);
        match state {
            LiveState::Live if was_offline => self.refresh_soon(0),
            LiveState::CatchingUp(_) => after_millis(0, async move {
                self.refresh().await;
                self.recount().await;
                after_millis(CATCHING_UP_MILLIS, async move {
                    let _ = self.state.try_update(|shown| {
                        if *shown == state {
                            *shown = LiveState::Live
                        }
                    });
                });
            }),
            _ => {}
        }
    }

    // From here on the reader may have left the page meanwhile, and its signals with it.

    fn look_later(self) {
        after_millis(LOOK_MILLIS, async move {
            if self.overview.try_get_untracked().is_some() {
                self.refresh_soon(0);
                self.recount_soon();
                self.look_later();
            }
        });
    }

    fn refresh_soon(self, millis: u32) {
        if self.is_refreshing.try_update_value(|is| std::mem::replace(is, true)) != Some(false) {
            return;
        }
        after_millis(millis, async move {
            // What arrives while the answer is on its way asks again.
            let _ = self.is_refreshing.try_set_value(false);
            self.refresh().await;
        });
    }

    async fn refresh(self) {
        let Some((span, as_of)) = self.overview.try_with_untracked(|known| (known.span, known.as_of)) else { return };
        // Nobody answers; the feed says when somebody does.
        if self.state.try_get_untracked() == Some(LiveState::Offline) {
            return;
        }
        match get_overview(span).await {
            Ok(fresh) if fresh.as_of >= as_of => {
                let _ = self.findings.try_update(|findings| findings.refresh(&fresh));
                if matches!(self.state.try_get_untracked(), Some(LiveState::CatchingUp(_))) {
                    let _ = self.arrivals.try_update(|rows| rows.reload(fresh.newest.clone()));
                }
                let _ = self.overview.try_set(fresh);
                let _ = self.has_failed.try_set(false);
            }
            // A later answer was faster.
            Ok(_) => {}
            Err(_) => {
                if self.has_failed.try_set(true).is_none() {
                    self.refresh_soon(RETRY_MILLIS);
                }
            }
        }
    }

    fn recount_soon(self) {
        if self.is_counting.try_update_value(|is| std::mem::replace(is, true)) != Some(false) {
            return;
        }
        let events = self.overview.try_with_untracked(|overview| overview.tally.events()).unwrap_or_default();
        let millis = if events < FEW_EVENTS { REFRESH_MILLIS } else { RECOUNT_MILLIS };
        after_millis(millis, async move {
            let _ = self.is_counting.try_set_value(false);
            self.recount().await;
        });
    }

    async fn recount(self) {
        let Some(span) = self.overview.try_with_untracked(|overview| overview.span) else { return };
        if self.state.try_get_untracked() == Some(LiveState::Offline) {
            return;
        }
        // What can't be counted now stays as it is, and says as of when.
        if let Ok(fresh) = get_breakdown(span).await {
            let _ = self.breakdown.try_set(Some(fresh));
        }
    }
}
