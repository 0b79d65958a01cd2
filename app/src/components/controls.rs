use leptos::prelude::*;
use radar_types::{Range, Span};

use crate::{
    address::{range_link, use_here, use_span},
    live::LiveState,
    reader::{self, LocalTime},
};

/// Dark or light, remembered for the next visit.
#[component]
pub(crate) fn ThemeButton() -> impl IntoView {
    view! {
        <button class="icon-button" data-testid="theme" aria-label="Switch between dark and light" on:click=|_| reader::toggle_theme()>
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <circle cx="12" cy="12" r="9" />
                <path class="filled" d="M12 3 a9 9 0 0 1 0 18 z" />
            </svg>
        </button>
    }
    .into_any()
}

/// The ranges of time up to now, and the one that was chosen otherwise.
#[component]
pub(crate) fn RangeLinks() -> impl IntoView {
    let here = use_here();
    let current = use_span();
    let link = move |range: Range| {
        let is_current = move || (current.get() == Span::Last(range)).then_some("true");
        view! {
            <a href=move || range_link(here, Span::Last(range)) data-range=range.name() aria-current=is_current>
                {range.name()}
            </a>
        }
    };
    let chosen = move || {
        let Span::Between(period) = current.get() else { return None };
        Some(view! {
            <span class="range-chosen" data-testid="range-chosen">
                <LocalTime time=period.from /> " to " <LocalTime time=period.to />
            </span>
        })
    };
    view! {
        <nav class="ranges" aria-label="Time range">
            {chosen}
            {Range::ALL.map(link).collect_view()}
        </nav>
    }
    .into_any()
}

#[component]
pub(crate) fn LiveIndicator(state: RwSignal<LiveState>) -> impl IntoView {
    view! {
        <span class="live" role="status" data-testid="live" data-state=move || state.get().name()>
            {move || state.get().label()}
        </span>
    }
    .into_any()
}
