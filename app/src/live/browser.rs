use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use radar_types::wire::{LiveUpdate, Seq};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

use super::{LiveState, Missed};

/// A browser reconnects by itself after a broken connection, not after an answer that was an error,
/// such as a proxy gives while the server restarts. Then a new connection is made after this time.
const RECONNECT_MILLIS: u32 = 2000;
/// What was missed is told at once after the connection is there again; what is told later is new.
const MISSED_WITHIN_MILLIS: f64 = 1500.0;

/// Follows the live feed for as long as the owner of this call lives.
pub(crate) fn connect(after: Seq, on_update: impl Fn(LiveUpdate) + 'static, on_state: impl Fn(LiveState) + 'static) {
    Effect::new({
        let follower = Rc::new(Follower {
            seen: RefCell::new(after),
            server_version: RefCell::new(None),
            on_update: Box::new(on_update),
            on_state: Box::new(on_state),
            connection: RefCell::new(None),
            reconnect: RefCell::new(None),
            is_lost: Cell::new(false),
            came_back: Cell::new(None),
        });
        let kept = StoredValue::new_local(Rc::clone(&follower));
        on_cleanup(move || {
            let _ = kept.try_update_value(|follower| follower.stop());
        });
        move |_| follower.open()
    });
}

struct Follower {
    seen: RefCell<Seq>,
    server_version: RefCell<Option<String>>,
    on_update: Box<dyn Fn(LiveUpdate)>,
    on_state: Box<dyn Fn(LiveState)>,
    connection: RefCell<Option<Connection>>,
    reconnect: RefCell<Option<Timeout>>,
    is_lost: Cell<bool>,
    /// When the connection was there again, by the reader's clock, until something is told.
    came_back: Cell<Option<f64>>,
}

/// Closes with its value; the closures live as long as the browser may call them.
struct Connection {
    source: EventSource,
    _on_open: Closure<dyn FnMut()>,
    _on_server: Closure<dyn FnMut(MessageEvent)>,
    _on_update: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

impl Follower {
    fn open(self: &Rc<Self>) {
        let url = format!("/api/live?after={}", self.seen.borrow().0);
        let Ok(source) = EventSource::new(&url) else { return };
        let on_open = Closure::new({
            let follower = Rc::clone(self);
            move || follower.opened()
        });
        let on_server = Closure::new({
            let follower = Rc::clone(self);
            move |message: MessageEvent| follower.greet(&message)
        });
        let on_update = Closure::new({
            let follower = Rc::clone(self);
            move |message: MessageEvent| follower.take(&message)
        });
        let on_error = Closure::new({
            let follower = Rc::clone(self);
            move || follower.lost()
        });
        source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let is_listening = source.add_event_listener_with_callback("server", on_server.as_ref().unchecked_ref()).is_ok()
            && source.add_event_listener_with_callback("update", on_update.as_ref().unchecked_ref()).is_ok();
        if is_listening {
            let connection =
                Connection { source, _on_open: on_open, _on_server: on_server, _on_update: on_update, _on_error: on_error };
            *self.connection.borrow_mut() = Some(connection);
        }
    }

    fn opened(&self) {
        if self.is_lost.replace(false) {
            self.came_back.set(Some(js_sys::Date::now()));
        }
        (self.on_state)(LiveState::Live);
    }

    /// A server that was updated meanwhile has a new page, and this one may not understand it.
    fn greet(&self, message: &MessageEvent) {
        let version = message.data().as_string();
        let known = self.server_version.replace(version.clone());
        if known.is_some() && known != version {
            let _ = window().location().reload();
        }
    }

    fn take(&self, message: &MessageEvent) {
        let Some(update) = message.data().as_string().and_then(|json| serde_json::from_str::<LiveUpdate>(&json).ok()) else {
            return;
        };
        *self.seen.borrow_mut() = update.last_seq;
        let missed = Missed::of(&update);
        (self.on_update)(update);
        if self.came_back.take().is_some_and(|at| js_sys::Date::now() - at < MISSED_WITHIN_MILLIS) {
            (self.on_state)(LiveState::CatchingUp(missed));
        }
    }

    fn lost(self: &Rc<Self>) {
        self.is_lost.set(true);
        (self.on_state)(LiveState::Offline);
        let is_closed =
            self.connection.borrow().as_ref().is_some_and(|connection| connection.source.ready_state() == EventSource::CLOSED);
        if is_closed {
            let follower = Rc::clone(self);
            let reopen = Timeout::new(RECONNECT_MILLIS, move || follower.open());
            *self.reconnect.borrow_mut() = Some(reopen);
        }
    }

    fn stop(&self) {
        self.reconnect.borrow_mut().take();
        self.connection.borrow_mut().take();
    }
}
