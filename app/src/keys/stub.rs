use leptos::{html, prelude::NodeRef};

/// Nobody presses keys on the server.
pub(crate) fn listen(_on_key: impl Fn(&str, f64) -> bool + 'static) {}

pub(crate) fn focus(_target: &str) -> bool {
    false
}

pub(crate) fn open(_dialog: NodeRef<html::Dialog>) {}
