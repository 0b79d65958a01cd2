use leptos::{html, prelude::*, web_sys::HtmlDivElement};
use wasm_bindgen::prelude::*;

use super::{ChartEvent, Mark, Options};

#[wasm_bindgen(module = "/js/charts.js")]
extern "C" {
    type ThemedChart;

    #[wasm_bindgen(constructor)]
    fn new(element: &HtmlDivElement, tell: &Closure<dyn Fn(String)>) -> ThemedChart;

    #[wasm_bindgen(method)]
    fn show(this: &ThemedChart, options_json: &str);

    #[wasm_bindgen(method)]
    fn mark(this: &ThemedChart, from: f64, to: f64, at: f64);

    #[wasm_bindgen(method)]
    fn unmark(this: &ThemedChart);

    #[wasm_bindgen(method)]
    fn save(this: &ThemedChart, name: &str);

    #[wasm_bindgen(method)]
    fn dispose(this: &ThemedChart);
}

struct Drawn {
    chart: ThemedChart,
    /// The chart calls it for as long as it lives.
    _tell: Closure<dyn Fn(String)>,
}

/// A chart on the page. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Drawing(StoredValue<Option<Drawn>, LocalStorage>);

impl Drawing {
    /// Gives the reader an image of it as a file.
    pub(crate) fn save(self, name: &str) {
        self.0.with_value(|drawn| drawn.iter().for_each(|drawn| drawn.chart.save(name)));
    }
}

/// Keeps a chart in the element for as long as the owner of this call lives, and draws it anew
/// whenever its options change. What is to be marked on it is.
pub(crate) fn draw(
    element: NodeRef<html::Div>,
    options: Options,
    marked: Signal<Option<Mark>>,
    on_event: Callback<ChartEvent>,
) -> Drawing {
    let drawn = StoredValue::new_local(None::<Drawn>);
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        let Ok(json) = serde_json::to_string(&options()) else { return };
        drawn.update_value(|drawn| drawn.get_or_insert_with(|| begin(&element, on_event)).chart.show(&json));
    });
    Effect::new(move |was_marked: Option<bool>| {
        let mark = marked.get();
        drawn.with_value(|drawn| match (drawn, mark) {
            (Some(drawn), Some(Mark { from, to, at })) => drawn.chart.mark(from as f64, to as f64, at as f64),
            (Some(drawn), None) if was_marked == Some(true) => drawn.chart.unmark(),
            _ => {}
        });
        mark.is_some()
    });
    on_cleanup(move || {
        let drawn = drawn.try_update_value(Option::take).flatten();
        if let Some(drawn) = drawn {
            drawn.chart.dispose();
        }
    });
    Drawing(drawn)
}

fn begin(element: &HtmlDivElement, on_event: Callback<ChartEvent>) -> Drawn {
    let tell = Closure::new(move |json: String| {
        if let Ok(event) = serde_json::from_str(&json) {
            // The reader may have left the page meanwhile.
            let _ = on_event.try_run(event);
        }
    });
    Drawn { chart: ThemedChart::new(element, &tell), _tell: tell }
}
