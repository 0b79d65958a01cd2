use radar_types::Timestamp;

use super::Theme;

/// A server only renders.
pub(super) fn when_hydrated(_task: impl FnOnce() + 'static) {}

/// Nothing on the server waits on behalf of a page.
pub(crate) fn after_millis(_millis: u32, _task: impl Future<Output = ()> + 'static) {}

/// A server that renders a page goes nowhere.
pub(crate) fn go_to(_path: &str) {}

pub(crate) fn origin() -> String {
    String::new()
}

/// As the reader's cookie says.
pub(crate) fn theme() -> Option<Theme> {
    #[cfg(feature = "ssr")]
    return crate::api::page_theme();
    #[cfg(not(feature = "ssr"))]
    None
}

/// The whole address of the page.
pub(crate) fn address() -> String {
    String::new()
}

pub(crate) fn toggle_theme() {}

pub(crate) fn set_theme(_theme: Option<Theme>) {}

pub(crate) fn zone_name() -> String {
    "UTC".into()
}

pub(crate) fn minutes_behind_utc(_time: Option<Timestamp>) -> i64 {
    0
}

pub(crate) fn local_date_time(time: Timestamp) -> String {
    super::utc_date_time(time)
}

/// A server renders what does not depend on the reader's clock.
pub(crate) fn now() -> Timestamp {
    Timestamp::MIN
}

pub(crate) fn local_input(_time: Timestamp) -> String {
    String::new()
}

pub(crate) fn time_of_input(_text: &str) -> Option<Timestamp> {
    None
}
