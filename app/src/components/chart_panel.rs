use charming::Chart;
use leptos::{html, prelude::*};

use crate::{
    address::use_switch,
    charts::{self, ChartEvent, Mark},
};

/// A picture, the same as a table, and a way to take the picture along.
#[component]
pub(crate) fn ChartPanel(
    /// What it is called in the page and in the name of the file.
    name: &'static str,
    title: &'static str,
    options: Box<dyn Fn() -> Chart>,
    #[prop(optional, into)] on_event: Option<Callback<ChartEvent>>,
    #[prop(optional, into)] marked: Signal<Option<Mark>>,
    /// What takes the keys for the picture, and has the focus in its stead.
    #[prop(optional, into)]
    cursor: ViewFn,
    /// What stands beside the title.
    #[prop(optional, into)]
    note: ViewFn,
    /// The heads of the table's columns; the first is that of the rows.
    columns: Vec<&'static str>,
    /// Its rows, one cell for each column. Asked for only while the table is open.
    rows: Box<dyn Fn() -> Vec<Vec<String>> + Send>,
) -> impl IntoView {
    let canvas = NodeRef::<html::Div>::new();
    let drawing = charts::draw(canvas, options, marked, on_event.unwrap_or_else(|| Callback::new(|_| ())));
    let table = use_switch("table", name);
    let title_id = format!("{name}-title");
    let labelled_by = title_id.clone();
    let body = move || {
        table.is_on().then(|| {
            let row = |cells: Vec<String>| {
                let mut cells = cells.into_iter();
                view! {
                    <tr>
                        <th scope="row">{cells.next()}</th>
                        {cells.map(|cell| view! { <td class="number">{cell}</td> }).collect_view()}
                    </tr>
                }
            };
            rows().into_iter().map(row).collect_view()
        })
    };
    let head = |(place, column): (usize, &'static str)| view! { <th scope="col" class:number=place != 0>{column}</th> };
    view! {
        <section class=format!("panel chart-panel is-{name}") data-testid=name aria-labelledby=labelled_by>
            <div class="panel-head">
                <h2 id=title_id>{title}</h2>
                {note.run()}
                <div class="panel-tools">
                    <button
                        class="tool"
                        data-testid="as-table"
                        aria-pressed=move || table.pressed()
                        on:click=move |_| table.toggle()
                    >
                        "Table"
                    </button>
                    <button class="tool" data-testid="as-image" on:click=move |_| drawing.save(name)>"Image"</button>
                </div>
            </div>
            {move || (!table.is_on()).then(|| cursor.run())}
            <div class="chart" node_ref=canvas aria-hidden="true" class:is-behind=move || table.is_on()></div>
            <div class="table-scroll chart-table" tabindex="0" role="region" aria-label=format!("{title}, as a table") hidden=move || !table.is_on()>
                <table>
                    <thead>
                        <tr>{columns.into_iter().enumerate().map(head).collect_view()}</tr>
                    </thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
