use charming::Chart;
use leptos::{html, prelude::*, web_sys::HtmlDivElement};
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

/// Keeps a chart in the element for as long as the owner of this call lives, and draws it anew
/// whenever its options change.
pub(crate) fn draw(element: NodeRef<html::Div>, options: impl Fn() -> Chart + 'static) {
    let chart = StoredValue::new_local(None::<ThemedChart>);
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        let Ok(json) = serde_json::to_string(&options()) else { return };
        chart.update_value(|chart| chart.get_or_insert_with(|| ThemedChart::new(&element)).show(&json));
    });
    on_cleanup(move || {
        let chart = chart.try_update_value(Option::take).flatten();
        if let Some(chart) = chart {
            chart.dispose();
        }
    });
}
