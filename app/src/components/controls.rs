use leptos::prelude::*;

use crate::{live::LiveState, reader};

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

#[component]
pub(crate) fn LiveIndicator(state: RwSignal<LiveState>) -> impl IntoView {
    view! {
        <span class="live" role="status" data-testid="live" data-state=move || state.get().name()>
            {move || state.get().label()}
        </span>
    }
    .into_any()
}
