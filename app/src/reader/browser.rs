use gloo::timers::callback::Timeout;
use leptos::{prelude::*, task::spawn_local};
use radar_types::Timestamp;
use wasm_bindgen::{JsCast, JsValue};

/// Runs the task after a while.
pub(crate) fn after_millis(millis: u32, task: impl Future<Output = ()> + 'static) {
    Timeout::new(millis, move || spawn_local(task)).forget();
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

/// The whole address of the page.
pub(crate) fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// The time that a field for times holds, which is one of the reader's zone.
pub(crate) fn picked_time(text: &str) -> Option<Timestamp> {
    let millis = js_sys::Date::parse(text);
    Timestamp::from_unix_millis(millis as i64).filter(|_| millis.is_finite())
}

/// A time as a field for times holds it.
pub(crate) fn local_time(time: Timestamp) -> String {
    let date: js_sys::Date = js_sys::Date::new(&JsValue::from_f64(time.unix_millis() as f64)).unchecked_into();
    let (year, month, day) = (date.get_full_year(), date.get_month() + 1, date.get_date());
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
}

/// Switches between dark and light, and remembers it in a cookie, so that the server renders the
/// next page in it from the start.
pub(crate) fn toggle_theme() {
    let document = document();
    let Some(root) = document.document_element() else { return };
    let is_dark = match root.get_attribute("data-theme") {
        Some(theme) => theme == "dark",
        None => {
            let system = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
            system.is_some_and(|query| query.matches())
        }
    };
    let theme = if is_dark { "light" } else { "dark" };
    // A reader who forbids cookies still gets the theme, for this page.
    let _ = root.set_attribute("data-theme", theme);
    let cookie = format!("theme={theme}; Path=/; Max-Age=31536000; SameSite=Lax");
    let _ = js_sys::Reflect::set(&document, &"cookie".into(), &cookie.into());
}

pub(crate) fn zone_name() -> String {
    let options = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new()).resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into()).ok().and_then(|zone| zone.as_string()).unwrap_or_else(|| "local time".into())
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
