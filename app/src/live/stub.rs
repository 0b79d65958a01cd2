use radar_types::wire::{LiveUpdate, Seq};

use super::LiveState;

/// The server renders the page once and follows nothing.
pub(crate) fn connect(_after: Seq, _on_update: impl Fn(LiveUpdate) + 'static, _on_state: impl Fn(LiveState) + 'static) {}
