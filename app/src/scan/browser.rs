use std::rc::Rc;

use leptos::prelude::*;
use radar_types::{
    Timestamp,
    worker::{FromWorker, ToWorker},
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// Copies share one worker, which ends with the page that made it.
#[derive(Clone, Copy)]
pub(crate) struct Scanner(StoredValue<State, LocalStorage>);

struct State {
    on_message: Rc<dyn Fn(FromWorker)>,
    running: Option<Running>,
    last_id: u32,
}

struct Running {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(JsValue)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl Scanner {
    pub(crate) fn new(on_message: impl Fn(FromWorker) + 'static) -> Self {
        let state = StoredValue::new_local(State { on_message: Rc::new(on_message), running: None, last_id: 0 });
        on_cleanup(move || {
            let _ = state.try_update_value(|state| state.running.take());
        });
        Self(state)
    }

    /// Sends the text to the worker, starting it if need be. The answer comes as a message;
    /// `on_failure` hears of a worker that can't start.
    pub(crate) fn score(&self, text: String, on_failure: impl Fn(String) + 'static) -> Result<(), String> {
        let Self(state) = *self;
        if state.with_value(|state| state.running.is_none()) {
            let on_message = state.with_value(|state| Rc::clone(&state.on_message));
            let running = Running::start(on_message, move |message| {
                // The next try starts a new worker.
                let failed = state.try_update_value(|state| state.running.take());
                on_failure(message);
                // The closure that runs now belongs to it, so it goes after this call.
                leptos::task::spawn_local(async move { drop(failed) });
            })?;
            state.update_value(|state| state.running = Some(running));
        }
        let id = state.try_update_value(|state| {
            state.last_id = state.last_id.wrapping_add(1);
            state.last_id
        });
        let now = Timestamp::saturating_from_unix_millis(js_sys::Date::now() as i64);
        let message = ToWorker::Score { id: id.unwrap_or_default(), text, now };
        let json = serde_json::to_string(&message).map_err(|error| error.to_string())?;
        state.with_value(|state| match &state.running {
            Some(running) => {
                running.worker.post_message(&json.into()).map_err(|_| "The worker can't be reached. Reload the page.".into())
            }
            None => Ok(()),
        })
    }
}

impl Running {
    fn start(on_message: Rc<dyn Fn(FromWorker)>, on_failure: impl Fn(String) + 'static) -> Result<Self, String> {
        let cannot_start = || "This browser can't start the analysis worker.".to_owned();
        let meta = document().query_selector("meta[name=radar-worker]").ok().flatten();
        let url = meta.and_then(|meta| meta.get_attribute("content")).ok_or_else(cannot_start)?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&url, &options).map_err(|_| cannot_start())?;
        let on_message = Closure::new(move |message: MessageEvent| {
            if let Some(message) = message.data().as_string().and_then(|json| serde_json::from_str(&json).ok()) {
                on_message(message);
            }
        });
        let on_error = Closure::new(move |_: JsValue| {
            on_failure("The analysis worker could not be loaded. Check the connection and try again.".into());
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, _on_message: on_message, _on_error: on_error })
    }
}
