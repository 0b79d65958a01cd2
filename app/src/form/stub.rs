use leptos::ev::SubmitEvent;

use super::FormState;

/// Nobody sends a form on the server.
pub(crate) fn send(_event: &SubmitEvent, _state: FormState) {}
