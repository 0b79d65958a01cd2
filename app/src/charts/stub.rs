use charming::Chart;
use leptos::web_sys::HtmlDivElement;

/// The server renders no chart; effects, the only place where one is made, don't run there.
pub(crate) enum ChartHandle {}

impl ChartHandle {
    pub(crate) fn new(_element: &HtmlDivElement) -> Self {
        unreachable!("charts are made in effects, which only a browser runs")
    }

    pub(crate) fn show(&mut self, _options: &Chart) {
        match *self {}
    }
}
