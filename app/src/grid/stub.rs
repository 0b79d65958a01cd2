use leptos::ev::KeyboardEvent;

/// Nobody presses keys on a server.
pub(crate) fn move_focus(_event: &KeyboardEvent) {}
