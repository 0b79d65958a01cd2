//! The table: as long as what was found, while only the rows that are seen are in the page.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use leptos::{ev, html, prelude::*, tachys::view::keyed::keyed};
use leptos_router::components::A;
use radar_types::{query::Order, wire::Row};

use super::{
    answer::failure,
    columns::{Column, value},
    rows::{ROW_HEIGHT, Rows, scroll_for},
    state::{Explore, ORDERS, event_address, sort_parameter},
    tail::Tail,
    toolbar::ColumnsMenu,
};
use crate::{
    components::{SeverityMark, provenance, row_class},
    dom::{self, Mark},
    format::{score_text, visible},
    reader::{time_text, zone_label},
};

#[component]
pub(super) fn TablePanel(explore: Explore, tail: Tail, toggle_facets: Callback<()>) -> impl IntoView {
    let len = Memo::new(move |_| tail.rows.with(Rows::len));
    let body = move || {
        if let Some(problem) = tail.failure.get().filter(|_| tail.is_behind()) {
            return failure(problem, move || tail.try_again());
        }
        if tail.is_waiting() {
            return table_skeleton();
        }
        if len.get() == 0 { view! { <NothingFound explore /> }.into_any() } else { view! { <Table explore tail len /> }.into_any() }
    };
    // Only what changes the kind of view makes it anew.
    let kind = Memo::new(move |_| (tail.failure.with(Option::is_some) && tail.is_behind(), tail.is_waiting(), len.get() == 0));
    view! {
        <section class="panel events-panel" aria-labelledby="events-title" data-testid="events-panel">
            <div class="panel-head">
                <button class="tool facets-toggle" type="button" aria-controls="facets" on:click=move |_| toggle_facets.run(())>
                    "Filters"
                </button>
                <h2 id="events-title" class="only-heard">"Events"</h2>
                <SortLinks explore />
                <div class="panel-tools">
                    <TailTools explore tail />
                    <ColumnsMenu explore />
                </div>
            </div>
            {move || {
                kind.get();
                untrack(body)
            }}
            {move || {
                let problem = tail.failure.get().filter(|_| !tail.is_behind());
                problem.map(|problem| failure(problem, move || tail.try_again()))
            }}
        </section>
    }
    .into_any()
}

#[component]
fn SortLinks(explore: Explore) -> impl IntoView {
    let link = move |(order, name, label): (Order, &'static str, &'static str)| {
        let is_current = move || (explore.order.get() == order).then_some("true");
        view! {
            <a href=move || explore.here.with(&[("sort", sort_parameter(order))]) data-sort=name aria-current=is_current>
                {label}
            </a>
        }
    };
    view! {
        <nav class="ranges sorts" aria-label="Order">
            {ORDERS.map(link).collect_view()}
        </nav>
    }
    .into_any()
}

/// Follows what comes, or holds still and says how much came.
#[component]
fn TailTools(explore: Explore, tail: Tail) -> impl IntoView {
    let pause = move |_| {
        let is_paused = !tail.is_paused.get_untracked();
        tail.is_paused.set(is_paused);
        if !is_paused {
            tail.show_waiting();
        }
    };
    let new = move || {
        tail.waiting.with(|waiting| waiting.text()).map(|text| {
            view! {
                <button class="button is-small is-new" type="button" data-testid="new" on:click=move |_| tail.show_waiting()>
                    {text}
                </button>
            }
        })
    };
    let tools = move || {
        explore.span.get().is_live().then(|| {
            view! {
                <button
                    class="tool"
                    type="button"
                    data-testid="pause"
                    aria-pressed=move || if tail.is_paused.get() { "true" } else { "false" }
                    on:click=pause
                >
                    "Pause"
                </button>
            }
        })
    };
    view! {
        <span role="status">{new}</span>
        {tools}
    }
    .into_any()
}

#[component]
fn Table(explore: Explore, tail: Tail, len: Memo<usize>) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let (above, below) = (NodeRef::<html::Td>::new(), NodeRef::<html::Td>::new());
    // The row that `j` and `k` move; it is where a reader enters the table with the tabulator.
    let cursor = RwSignal::new(0_usize);
    let measure = move || {
        if let Some(scrolled) = dom::scrolled(scroller) {
            let _ = tail.scrolled.try_set(Some(scrolled));
        }
    };
    Effect::new(move |_| {
        measure();
        let resized = window_event_listener(ev::resize, move |_| measure());
        on_cleanup(move || resized.remove());
    });
    // The panel beside it takes room, and a failure below it.
    Effect::new(move |_| {
        explore.event.track();
        tail.failure.track();
        request_animation_frame(measure);
    });
    Effect::new(move |_| {
        let (window, len) = (tail.window.get(), len.get());
        dom::set_height(above, window.start as f64 * ROW_HEIGHT);
        dom::set_height(below, len.saturating_sub(window.end) as f64 * ROW_HEIGHT);
    });
    // Another question begins on top.
    Effect::new(move |before: Option<_>| {
        let asked = explore.asked();
        if before.is_some_and(|before| before != asked) {
            cursor.set(0);
            dom::scroll_to(scroller, 0.0);
        }
        asked
    });
    // What is opened from elsewhere is where the keys go on from.
    Effect::new(move |_| {
        let at = explore.event.get().and_then(|seq| tail.rows.with_untracked(|rows| rows.place_of(seq)));
        at.into_iter().for_each(|at| cursor.set(at));
    });
    follow_keys(explore, tail, scroller, cursor);
    let columns = explore.columns;
    let look = Memo::new(move |_| Arc::new(Look { columns: columns.get(), zone: zone_label(), address: explore.closed_address() }));
    let open_at = Memo::new(move |_| explore.event.get().and_then(|seq| tail.rows.with(|rows| rows.place_of(seq))));
    // Rows come and go all the time, so nothing in them listens to anything: what they are drawn from is read here, for all
    // of them. What listened would be remembered by what it listened to, longer than the row lasts. A row that would be drawn
    // as it is stays.
    let drawn = move || {
        dom::keep_focus(scroller);
        let look = look.get();
        let drawn = |rows: &Rows, at: usize| Drawn { at, row: rows.get(at), look: Arc::clone(&look) };
        let drawn: Vec<Drawn> = tail.rows.with(|rows| tail.window.get().map(|at| drawn(rows, at)).collect());
        let mark =
            move |at: usize| Mark { is_open: open_at.get_untracked() == Some(at), is_under_cursor: cursor.get_untracked() == at };
        keyed(drawn, Drawn::clone, move |_, drawn| (|_: usize| (), table_row(&drawn, mark(drawn.at))))
    };
    // These change with every key, and the row they are on stays what it is.
    Effect::new(move |before: Option<[Option<usize>; 2]>| {
        let marked = [open_at.get(), Some(cursor.get())];
        for at in before.into_iter().flatten().chain(marked).flatten() {
            dom::mark_row(&row_id(at), Mark { is_open: marked[0] == Some(at), is_under_cursor: marked[1] == Some(at) });
        }
        marked
    });
    let open_clicked = move |event: ev::MouseEvent| {
        let Some(at) = dom::clicked_row(&event) else { return };
        event.prevent_default();
        cursor.set(at);
        let row = tail.rows.with_untracked(|rows| rows.get(at));
        explore.open(row.map(|row| row.seq));
    };
    view! {
        <div
            class="table-scroll"
            class:is-behind=move || tail.is_behind()
            tabindex="0"
            role="region"
            aria-label="Events that were found"
            aria-busy=move || tail.is_behind().then_some("true")
            data-testid="scroller"
            node_ref=scroller
            on:scroll=move |_| measure()
        >
            <table class="found" data-testid="found" aria-rowcount=move || (len.get() + 1).to_string()>
                <thead>
                    <tr aria-rowindex="1">
                        <th scope="col" class="is-time">"Time " <span class="zone">{move || zone_label()}</span></th>
                        {move || columns.get().into_iter().map(|column| view! { <th scope="col" class=column.class()>{column.label()}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody aria-hidden="true"><tr class="spacer"><td node_ref=above></td></tr></tbody>
                <tbody on:click=open_clicked>{drawn}</tbody>
                <tbody aria-hidden="true"><tr class="spacer"><td node_ref=below></td></tr></tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What all rows have in common.
#[derive(Debug, PartialEq, Eq)]
struct Look {
    columns: Vec<Column>,
    zone: String,
    /// Of the page without an open event.
    address: String,
}

/// All that a row is drawn from.
#[derive(Clone, Debug)]
struct Drawn {
    at: usize,
    row: Option<Arc<Row>>,
    look: Arc<Look>,
}

impl Drawn {
    fn address(&self) -> Option<*const Row> {
        self.row.as_ref().map(Arc::as_ptr)
    }
}

impl PartialEq for Drawn {
    /// Rows are not compared letter for letter: one that changed is another one.
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.address()) == (other.at, other.address()) && self.look == other.look
    }
}

impl Eq for Drawn {}

impl Hash for Drawn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.at, self.address()).hash(state);
    }
}

fn table_row(Drawn { at, row, look }: &Drawn, mark: Mark) -> AnyView {
    let index = (at + 2).to_string();
    let Some(row) = row else {
        return view! {
            <tr class="row-waiting" aria-rowindex=index aria-busy="true">
                <td colspan="13"><span class="skeleton"></span></td>
            </tr>
        }
        .into_any();
    };
    let time = row.scored.event.timestamp;
    view! {
        <tr class=mark.class(row_class(row.severity)) aria-rowindex=index data-testid="event-row" data-at=at.to_string() data-seq=row.seq.0.to_string()>
            <th scope="row" class="is-time">
                <a
                    id=row_id(*at)
                    href=event_address(&look.address, row.seq)
                    rel="external"
                    tabindex=mark.tabindex()
                    aria-current=mark.current()
                >
                    <time datetime=time.to_string() title=time.to_string()>{time_text(time)}</time>
                </a>
            </th>
            {look.columns.iter().map(|column| cell(row, column)).collect_view()}
        </tr>
    }
    .into_any()
}

fn cell(row: &Row, column: &Column) -> AnyView {
    let scored = &row.scored;
    match column {
        Column::Severity => {
            view! { <td data-testid="severity" class="is-severity"><SeverityMark severity=row.severity /></td> }.into_any()
        }
        Column::Message => {
            let message = visible(&scored.event.message);
            view! { <td data-testid="message" class="is-message" title=message.clone()>{message.clone()}</td> }.into_any()
        }
        Column::Score => {
            view! { <td data-testid="score" class="is-score" title=provenance(&scored.score)>{score_text(&scored.score)}</td> }
                .into_any()
        }
        Column::Reason => {
            let all = scored.reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join(" · ");
            let first = scored.reasons.first().map(|reason| visible(&reason.text)).unwrap_or_default();
            view! { <td data-testid="reason" class="is-reason" title=visible(&all)>{first}</td> }.into_any()
        }
        Column::Field(field) => {
            let text = value(row, field).map(|text| visible(&text)).unwrap_or_default();
            view! { <td data-testid=field.name().into_owned() title=text.clone()>{text.clone()}</td> }.into_any()
        }
    }
}

fn row_id(at: usize) -> String {
    format!("row-{at}")
}

/// `j` and `k` move from row to row, `Enter` opens the row, `Esc` closes it.
fn follow_keys(explore: Explore, tail: Tail, scroller: NodeRef<html::Div>, cursor: RwSignal<usize>) {
    // The first press goes to where the cursor is; after that it moves, however soon.
    let is_entered = StoredValue::new(false);
    let go_to = move |at: usize| {
        is_entered.set_value(true);
        cursor.set(at);
        if let Some(top) = dom::scrolled(scroller).and_then(|scrolled| scroll_for(at, scrolled)) {
            dom::scroll_to(scroller, top);
        }
        if explore.event.get_untracked().is_some()
            && let Some(row) = tail.rows.with_untracked(|rows| rows.get(at))
        {
            explore.open(Some(row.seq));
        }
        // The row is drawn with the next frame, if it was not before.
        request_animation_frame(move || request_animation_frame(move || dom::focus(&row_id(at))));
    };
    let press = move |event: ev::KeyboardEvent| {
        if dom::is_typing(&event) || event.default_prevented() {
            return;
        }
        let last = tail.rows.with_untracked(Rows::len).saturating_sub(1);
        let at = cursor.get_untracked();
        let is_first = !is_entered.get_value() && !dom::is_within(scroller) && explore.event.get_untracked().is_none();
        match event.key().as_str() {
            "j" | "k" if is_first => go_to(at.min(last)),
            "j" => go_to((at + 1).min(last)),
            "k" => go_to(at.saturating_sub(1)),
            "Enter" if dom::is_free(&event) => {
                let row = tail.rows.with_untracked(|rows| rows.get(at));
                explore.open(row.map(|row| row.seq));
            }
            "Escape" if explore.event.get_untracked().is_some() => {
                explore.open(None);
                request_animation_frame(move || dom::focus(&row_id(at)));
            }
            _ => return,
        }
        event.prevent_default();
    };
    Effect::new(move |_| {
        let pressed = window_event_listener(ev::keydown, press);
        on_cleanup(move || pressed.remove());
    });
}

#[component]
fn NothingFound(explore: Explore) -> impl IntoView {
    let is_asking = move || explore.question.with(|question| !question.trim().is_empty());
    view! {
        <div class="empty" data-testid="nothing-found">
            <p>"No event of this time was found."</p>
            <p class="actions">
                <A href=move || explore.here.with(&[("range", "90d".into())]) attr:class="button is-small">
                    "Look at 90 days"
                </A>
                {move || is_asking().then(|| view! {
                    <A href=move || explore.here.with(&[("q", String::new())]) attr:class="button is-small">"Ask for everything"</A>
                })}
            </p>
        </div>
    }
    .into_any()
}

fn table_skeleton() -> AnyView {
    view! {
        <div class="rows-skeleton" role="status" aria-label="Looking for events" aria-busy="true">
            {(0..12).map(|_| view! { <span class="skeleton"></span> }).collect_view()}
        </div>
    }
    .into_any()
}
