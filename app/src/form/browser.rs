use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use radar_types::wire::Problem;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, HtmlFormElement, RequestInit, Response, UrlSearchParams};

use super::FormState;

pub(crate) fn send(event: &SubmitEvent, state: FormState) {
    event.prevent_default();
    let Some(fields) = fields(event).filter(|_| !state.is_pending.get_untracked()) else { return };
    state.is_pending.set(true);
    spawn_local(async move {
        let answer = ask(state.path, &fields).await.unwrap_or_else(|_| {
            let message = "The server can't be reached. Is it running?";
            Err(Problem { code: "offline".into(), message: message.into() })
        });
        // The reader may have left the page meanwhile, and its signals with it.
        let _ = state.is_pending.try_set(false);
        if answer.is_ok() {
            let _ = state.count.try_update(|count| *count += 1);
        }
        let _ = state.answer.try_set(Some(answer));
    });
}

/// What is filled in, and the button that was pressed.
fn fields(event: &SubmitEvent) -> Option<UrlSearchParams> {
    let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
    let data = FormData::new_with_form(&form).ok()?;
    if let Some(button) = event.submitter()
        && let (Some(name), Some(value)) = (button.get_attribute("name"), button.get_attribute("value"))
    {
        data.append_with_str(&name, &value).ok()?;
    }
    UrlSearchParams::new_with_str_sequence_sequence(&data).ok()
}

async fn ask(path: &str, fields: &UrlSearchParams) -> Result<Result<String, Problem>, JsValue> {
    let headers = Headers::new()?;
    // Whoever accepts a page gets one.
    headers.set("accept", "application/json")?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(fields);
    let response: Response = JsFuture::from(window().fetch_with_str_and_init(path, &request)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    if response.ok() {
        return Ok(Ok(text));
    }
    Ok(Err(serde_json::from_str(&text).unwrap_or_else(|_| {
        let message = format!("The server answered with the status {}. Try again later.", response.status());
        Problem { code: "internal".into(), message }
    })))
}
