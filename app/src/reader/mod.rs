//! What belongs to the reader and not to the data: their time zone and theme, and waiting.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod stub;

#[cfg(feature = "hydrate")]
use browser as platform;
#[cfg(feature = "hydrate")]
pub use browser::hydrated;
#[cfg(not(feature = "hydrate"))]
use stub as platform;

pub(crate) use platform::{address, after_millis, go_to, local_input, now, origin, set_theme, theme, time_of_input, toggle_theme};

use leptos::prelude::*;
use radar_types::Timestamp;

/// A theme that somebody chose over that of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    Dark,
    Light,
}

impl Theme {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        [Self::Dark, Self::Light].into_iter().find(|theme| theme.name() == name)
    }
}

/// Whether times are shown in the reader's zone. The server doesn't know the zone and the page must
/// begin as the server rendered it, so both begin in UTC.
#[derive(Clone, Copy)]
struct IsZoneKnown(RwSignal<bool>);

pub(crate) fn provide_zone() {
    let is_zone_known = RwSignal::new(false);
    provide_context(IsZoneKnown(is_zone_known));
    platform::when_hydrated(move || is_zone_known.set(true));
}

/// Whether times are those of the reader's zone by now.
pub(crate) fn is_zone_known() -> bool {
    use_context::<IsZoneKnown>().is_some_and(|IsZoneKnown(is_zone_known)| is_zone_known.get())
}

/// The name of the zone in which times are shown.
pub(crate) fn zone_label() -> String {
    if is_zone_known() { platform::zone_name() } else { "UTC".into() }
}

/// The time in the reader's zone, as soon as that is known.
pub(crate) fn time_text(time: Timestamp) -> String {
    if is_zone_known() { platform::local_date_time(time) } else { utc_date_time(time) }
}

/// The same without the day.
pub(crate) fn clock_text(time: Timestamp) -> String {
    time_text(time).split(' ').next_back().unwrap_or_default().to_owned()
}

/// How far the reader's clocks are ahead of UTC at a time; as long as the zone is not known, not at all.
pub(crate) fn zone_offset_millis(time: Timestamp) -> i64 {
    if is_zone_known() { -platform::minutes_behind_utc(Some(time)) * 60_000 } else { 0 }
}

/// So many minutes past the hours of UTC the reader's hours begin.
pub(crate) fn minutes_past_utc() -> i64 {
    if is_zone_known() { platform::minutes_behind_utc(None).rem_euclid(60) } else { 0 }
}

/// A time of day in the reader's zone; the whole time in UTC as its tooltip.
#[component]
pub(crate) fn LocalTime(time: Timestamp) -> impl IntoView {
    view! {
        <time datetime=time.to_string() title=time.to_string()>
            {move || time_text(time)}
        </time>
    }
}

/// Where to go next, as an address says. Only to a page of this server: whoever sends somebody a link to here must not
/// lead them elsewhere.
pub(crate) fn local_path(next: Option<String>) -> String {
    let is_local = |path: &String| {
        path.starts_with('/') && !path.starts_with("//") && !path.contains(|letter: char| letter == '\\' || letter.is_control())
    };
    next.filter(is_local).unwrap_or_else(|| "/".into())
}

fn utc_date_time(time: Timestamp) -> String {
    let text = time.to_string();
    format!("{} {}", &text[5..10], &text[11..19])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_here_leads_nowhere_else() {
        for path in ["/", "/settings", "/?range=7d&next=//x", "/a//b"] {
            assert_eq!(local_path(Some(path.into())), path);
        }
        for path in [
            "",
            "settings",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "\\/evil",
            "/\t/evil.example",
            "javascript:x",
        ] {
            assert_eq!(local_path(Some(path.into())), "/", "{path:?}");
        }
        assert_eq!(local_path(None), "/");
    }

    #[test]
    fn a_short_time_is_month_day_and_time_of_day() {
        assert_eq!(utc_date_time("2026-03-01T08:30:07.250Z".parse().unwrap()), "03-01 08:30:07");
    }
}
