use charming::Chart;
use leptos::{html, prelude::*};

/// The server leaves the element empty.
pub(crate) fn draw(_element: NodeRef<html::Div>, _options: impl Fn() -> Chart + 'static) {}
