use radar_types::Timestamp;

/// Nothing on the server waits on behalf of a page.
pub(crate) fn after_millis(_millis: u32, _task: impl Future<Output = ()> + 'static) {}

/// A server that renders a page goes nowhere.
pub(crate) fn go_to(_path: &str) {}

pub(crate) fn origin() -> String {
    String::new()
}

/// The whole address of the page.
pub(crate) fn address() -> String {
    String::new()
}

/// The time that a field for times holds, which is one of the reader's zone.
pub(crate) fn picked_time(_text: &str) -> Option<Timestamp> {
    None
}

/// A time as a field for times holds it.
pub(crate) fn local_time(_time: Timestamp) -> String {
    String::new()
}

pub(crate) fn toggle_theme() {}

pub(crate) fn zone_name() -> String {
    "UTC".into()
}

pub(crate) fn local_date_time(time: Timestamp) -> String {
    super::utc_date_time(time)
}
