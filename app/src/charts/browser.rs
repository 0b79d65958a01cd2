use charming::Chart;
use leptos::web_sys::HtmlDivElement;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/js/charts.js")]
extern "C" {
    type ThemedChart;

    #[wasm_bindgen(constructor)]
    fn new(element: &HtmlDivElement) -> ThemedChart;

    #[wasm_bindgen(method)]
    fn show(this: &ThemedChart, options_json: &str);

    #[wasm_bindgen(method)]
    fn dispose(this: &ThemedChart);
}

/// A chart in an element of the page. Goes with the handle.
pub(crate) struct ChartHandle(ThemedChart);

impl ChartHandle {
    pub(crate) fn new(element: &HtmlDivElement) -> Self {
        Self(ThemedChart::new(element))
    }

    pub(crate) fn show(&mut self, options: &Chart) {
        if let Ok(json) = serde_json::to_string(options) {
            self.0.show(&json);
        }
    }
}

impl Drop for ChartHandle {
    fn drop(&mut self) {
        self.0.dispose();
    }
}
