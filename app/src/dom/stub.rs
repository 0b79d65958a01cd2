use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    html,
    prelude::*,
};

use super::{Mark, Scrolled};

pub(crate) fn scrolled(_element: NodeRef<html::Div>) -> Option<Scrolled> {
    None
}

pub(crate) fn scroll_to(_element: NodeRef<html::Div>, _top: f64) {}

pub(crate) fn set_height(_element: NodeRef<html::Td>, _pixels: f64) {}

pub(crate) fn focus(_id: &str) {}

pub(crate) fn keep_focus(_element: NodeRef<html::Div>) {}

pub(crate) fn mark_row(_link: &str, _mark: Mark) {}

pub(crate) fn blur(_input: NodeRef<html::Input>) {}

pub(crate) fn close(_menu: NodeRef<html::Details>) -> bool {
    false
}

pub(crate) fn holds(_menu: NodeRef<html::Details>, _event: &MouseEvent) -> bool {
    false
}

pub(crate) fn clicked_row(_event: &MouseEvent) -> Option<usize> {
    None
}

pub(crate) fn is_link(_event: &MouseEvent) -> bool {
    false
}

pub(crate) fn is_within(_element: NodeRef<html::Div>) -> bool {
    false
}

pub(crate) fn is_free(_event: &KeyboardEvent) -> bool {
    false
}

/// Nobody types on the server.
pub(crate) fn is_typing(_event: &KeyboardEvent) -> bool {
    false
}

pub(crate) fn caret(_input: NodeRef<html::Input>) -> usize {
    0
}

pub(crate) fn set_caret(_input: NodeRef<html::Input>, _text: &str, _at: usize) {}

pub(crate) async fn copy(_text: &str) -> bool {
    false
}

pub(crate) async fn wait_millis(_millis: i32) {}
