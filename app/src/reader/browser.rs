use std::{cell::RefCell, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use radar_types::Timestamp;
use wasm_bindgen::{JsCast, JsValue};

use super::Theme;

thread_local! {
    static WHEN_HYDRATED: RefCell<Vec<Box<dyn FnOnce()>>> = const { RefCell::new(Vec::new()) };
}

/// Does something once the whole page lives. Before that it must be what the server rendered, and parts of it are still on
/// their way.
pub(super) fn when_hydrated(task: impl FnOnce() + 'static) {
    WHEN_HYDRATED.with_borrow_mut(|tasks| tasks.push(Box::new(task)));
}

/// The page lives.
pub fn hydrated() {
    WHEN_HYDRATED.take().into_iter().for_each(|task| task());
}

/// Runs the task after a while.
pub(crate) fn after_millis(millis: u32, task: impl Future<Output = ()> + 'static) {
    set_timeout(move || spawn_local(task), Duration::from_millis(millis.into()));
}

/// Loads a page of this server.
pub(crate) fn go_to(path: &str) {
    let location = window().location();
    // To go where one is would only scroll, where the address has a fragment.
    let here = location.pathname().is_ok_and(|here| here == path);
    let _ = if here { location.reload() } else { location.assign(path) };
}

/// Where this page is from, as others have to write it.
pub(crate) fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The theme that was chosen, if one was.
pub(crate) fn theme() -> Option<Theme> {
    Theme::of_name(&document().document_element()?.get_attribute("data-theme")?)
}

/// The whole address of the page.
pub(crate) fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// Switches between dark and light.
pub(crate) fn toggle_theme() {
    let is_dark = theme().map_or_else(is_system_dark, |theme| theme == Theme::Dark);
    set_theme(Some(if is_dark { Theme::Light } else { Theme::Dark }));
}

/// Shows a theme, and remembers it in a cookie, so that the server renders the next page in it from the start.
pub(crate) fn set_theme(theme: Option<Theme>) {
    let document = document();
    let Some(root) = document.document_element() else { return };
    // A reader who forbids cookies still gets the theme, for this page.
    let _ = match theme {
        Some(theme) => root.set_attribute("data-theme", theme.name()),
        None => root.remove_attribute("data-theme"),
    };
    let (name, seconds) = theme.map_or(("", 0), |theme| (theme.name(), 31_536_000));
    let cookie = format!("theme={name}; Path=/; Max-Age={seconds}; SameSite=Lax");
    let _ = js_sys::Reflect::set(&document, &"cookie".into(), &cookie.into());
}

fn is_system_dark() -> bool {
    let system = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    system.is_some_and(|query| query.matches())
}

pub(crate) fn zone_name() -> String {
    let options = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new()).resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into()).ok().and_then(|zone| zone.as_string()).unwrap_or_else(|| "local time".into())
}

/// At that time, or now.
pub(crate) fn minutes_behind_utc(time: Option<Timestamp>) -> i64 {
    let millis = time.map_or_else(js_sys::Date::now, |time| time.unix_millis() as f64);
    let date: js_sys::Date = js_sys::Date::new(&JsValue::from_f64(millis)).unchecked_into();
    date.get_timezone_offset() as i64
}

pub(crate) fn local_date_time(time: Timestamp) -> String {
    let date: js_sys::Date = js_sys::Date::new(&JsValue::from_f64(time.unix_millis() as f64)).unchecked_into();
    format!(
        "{:02}-{:02} {:02}:{:02}:{:02}",
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes(),
        date.get_seconds()
    )
}

/// The time by the reader's clock.
pub(crate) fn now() -> Timestamp {
    Timestamp::saturating_from_unix_millis(js_sys::Date::now() as i64)
}

/// As a field for local times has it.
pub(crate) fn local_input(time: Timestamp) -> String {
    let date: js_sys::Date = js_sys::Date::new(&JsValue::from_f64(time.unix_millis() as f64));
    let [month, day, hours, minutes, seconds] =
        [date.get_month() + 1, date.get_date(), date.get_hours(), date.get_minutes(), date.get_seconds()];
    format!("{:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}", date.get_full_year())
}

/// The time that a field for local times has; none if it is not filled in.
pub(crate) fn time_of_input(text: &str) -> Option<Timestamp> {
    let millis = js_sys::Date::new(&JsValue::from_str(text)).get_time();
    (!text.is_empty() && millis.is_finite()).then(|| Timestamp::saturating_from_unix_millis(millis as i64))
}
