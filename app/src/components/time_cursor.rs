use leptos::{ev::KeyboardEvent, prelude::*};
use radar_types::{
    Span, Timestamp, grouped,
    wire::{Bucket, Tally},
};

use crate::{
    charts::{self, Mark},
    reader::{clock_text, time_text},
};

/// Goes along a timeline with the arrow keys, marks a part of it with Shift, and shows that part with Enter: what a pointer
/// does by dragging. Who hears the page hears what is marked.
#[component]
pub(crate) fn TimeCursor(timeline: Signal<Vec<Bucket>>, marked: RwSignal<Option<Mark>>, on_zoom: Callback<Span>) -> impl IntoView {
    let chosen = RwSignal::new(None::<Chosen>);
    Effect::new(move |_| marked.set(timeline.with(|timeline| chosen.get()?.mark(timeline))));
    let press = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "Enter" => {
                if let Some(Mark { from, to, .. }) = marked.get_untracked() {
                    let time = Timestamp::saturating_from_unix_millis;
                    on_zoom.run(Span::between(time(from), time(to)));
                }
                chosen.set(None);
            }
            "Escape" if chosen.get_untracked().is_some() => chosen.set(None),
            key => {
                let Some(step) = Step::of(key) else { return };
                timeline.with_untracked(|timeline| {
                    chosen.update(|chosen| *chosen = Chosen::moved(*chosen, timeline, step, event.shift_key()))
                });
            }
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let text = move || {
        let mark = marked.get()?;
        Some(timeline.with(|timeline| {
            let within = |bucket: &&Bucket| (mark.from..mark.to).contains(&bucket.start.unix_millis());
            let tally: Tally = timeline.iter().filter(within).map(|bucket| bucket.tally).sum();
            let [from, to] = [mark.from, mark.to].map(Timestamp::saturating_from_unix_millis);
            format!(
                "{} to {}: {} events, {} unusual",
                time_text(from),
                clock_text(to),
                grouped(tally.events()),
                grouped(tally.anomalies())
            )
        }))
    };
    let now = move || timeline.with(|timeline| marked.get().map_or(0, |mark| place_of(timeline, mark.at)));
    view! {
        <div
            class="time-cursor"
            data-testid="time-cursor"
            role="slider"
            tabindex="0"
            aria-label="Time shown in detail. Arrow keys move, with Shift they mark a part, Enter shows it, Escape leaves it"
            aria-valuemin="0"
            aria-valuemax=move || timeline.with(|timeline| timeline.len().saturating_sub(1))
            aria-valuenow=now
            aria-valuetext=move || text().unwrap_or_else(|| "nothing is marked".into())
            on:keydown=press
            on:blur=move |_| chosen.set(None)
        ></div>
    }
    .into_any()
}

/// What was marked, by the starts of its first and of its last bar, in the order in which they were reached.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Chosen {
    anchor: i64,
    here: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Earlier,
    Later,
    First,
    Last,
}

impl Step {
    fn of(key: &str) -> Option<Self> {
        Some(match key {
            "ArrowLeft" | "ArrowDown" => Self::Earlier,
            "ArrowRight" | "ArrowUp" => Self::Later,
            "Home" => Self::First,
            "End" => Self::Last,
            _ => return None,
        })
    }
}

impl Chosen {
    /// Who begins does so at the end, where the newest is.
    fn moved(before: Option<Self>, timeline: &[Bucket], step: Step, is_extending: bool) -> Option<Self> {
        let last = timeline.len().checked_sub(1)?;
        let place = before.map(|chosen| place_of(timeline, chosen.here));
        let place = match (step, place) {
            (Step::First, _) => 0,
            (Step::Last, _) | (_, None) => last,
            (Step::Earlier, Some(place)) => place.saturating_sub(1),
            (Step::Later, Some(place)) => (place + 1).min(last),
        };
        let here = timeline[place].start.unix_millis();
        let anchor = before.filter(|_| is_extending).map_or(here, |chosen| chosen.anchor);
        Some(Self { anchor, here })
    }

    fn mark(self, timeline: &[Bucket]) -> Option<Mark> {
        let first = timeline.first()?.start.unix_millis();
        let bar = charts::bar_millis(timeline);
        // The timeline moves on under it.
        let from = self.anchor.min(self.here).max(first);
        let to = (self.anchor.max(self.here) + bar).max(from + bar);
        Some(Mark { from, to, at: self.here.max(first) + bar / 2 })
    }
}

/// The bar that a time is in.
fn place_of(timeline: &[Bucket], millis: i64) -> usize {
    timeline.partition_point(|bucket| bucket.start.unix_millis() <= millis).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline() -> Vec<Bucket> {
        let bucket =
            |minute: i64| Bucket { start: Timestamp::saturating_from_unix_millis(minute * 60_000), tally: Tally::default() };
        (10..15).map(bucket).collect()
    }

    fn after(steps: &[(Step, bool)]) -> Option<(i64, i64)> {
        let moved = |chosen, &(step, is_extending): &(Step, bool)| Chosen::moved(chosen, &timeline(), step, is_extending);
        let mark = steps.iter().fold(None, moved)?.mark(&timeline())?;
        Some((mark.from / 60_000, mark.to / 60_000))
    }

    #[test]
    fn a_bar_is_marked_from_its_start_to_its_end() {
        assert_eq!(after(&[(Step::Earlier, false)]), Some((14, 15)), "the newest comes first");
        assert_eq!(after(&[(Step::First, false)]), Some((10, 11)));
        assert_eq!(after(&[(Step::First, false), (Step::Later, false)]), Some((11, 12)));
        assert_eq!(after(&[(Step::First, false), (Step::Earlier, false)]), Some((10, 11)), "nothing is before the first");
        assert_eq!(after(&[(Step::Last, false), (Step::Later, false)]), Some((14, 15)));
    }

    #[test]
    fn what_was_gone_along_is_marked_in_either_direction() {
        assert_eq!(after(&[(Step::Last, false), (Step::Earlier, true), (Step::Earlier, true)]), Some((12, 15)));
        assert_eq!(after(&[(Step::First, false), (Step::Later, false), (Step::Last, true)]), Some((11, 15)));
        assert_eq!(after(&[(Step::First, false), (Step::Later, true), (Step::Later, false)]), Some((12, 13)), "or no more");
    }

    #[test]
    fn without_bars_nothing_is_marked() {
        assert_eq!(Chosen::moved(None, &[], Step::Later, false), None);
        let gone = Chosen { anchor: 0, here: 0 };
        assert_eq!(gone.mark(&timeline()).map(|mark| (mark.from / 60_000, mark.to / 60_000)), Some((10, 11)));
    }

    #[test]
    fn only_these_keys_move() {
        assert_eq!(Step::of("ArrowLeft"), Some(Step::Earlier));
        assert_eq!(Step::of("Tab"), None);
        assert_eq!(Step::of("j"), None);
    }
}
