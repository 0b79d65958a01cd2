//! What the address says of the page.

use leptos::prelude::*;
use radar_types::{
    Span,
    query::{self, Filter, Order, ParseError},
    wire::Seq,
};

use super::columns::{Column, columns};
use crate::address::{Here, ready, use_here, use_parameter, use_span};

/// Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Explore {
    pub(super) here: Here,
    pub(super) question: Memo<String>,
    pub(super) parsed: Memo<Result<Filter, ParseError>>,
    pub(super) span: Memo<Span>,
    pub(super) order: Memo<Order>,
    pub(super) columns: Memo<Vec<Column>>,
    /// The one that is open.
    pub(super) event: Memo<Option<Seq>>,
}

/// What the rows of the table are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) question: String,
    pub(super) span: Span,
    pub(super) order: Order,
}

pub(super) fn use_explore() -> Explore {
    let question = use_parameter("q");
    let sort = use_parameter("sort");
    let chosen = use_parameter("columns");
    let event = use_parameter("event");
    Explore {
        here: use_here(),
        question,
        parsed: ready(Memo::new(move |_| question.with(|question| query::parse(question)))),
        span: use_span(),
        order: ready(Memo::new(move |_| sort.with(|sort| order(sort)))),
        columns: ready(Memo::new(move |_| chosen.with(|chosen| columns(chosen)))),
        event: ready(Memo::new(move |_| event.with(|event| event.parse().ok().map(Seq)))),
    }
}

impl Explore {
    /// The question and the range; nothing where the question can't be read.
    pub(super) fn found(self) -> Option<(String, Span)> {
        self.parsed.with(Result::is_ok).then(|| (self.question.get(), self.span.get()))
    }

    pub(super) fn asked(self) -> Option<Asked> {
        let (question, span) = self.found()?;
        Some(Asked { question, span, order: self.order.get() })
    }

    pub(super) fn ask(self, question: String) {
        self.here.go(&[("q", question)]);
    }

    /// Opens an event, or closes what is open. Going from one event to the next leaves no trace in the way back.
    pub(super) fn open(self, event: Option<Seq>) {
        let changes = [("event", event.map(|seq| seq.0.to_string()).unwrap_or_default())];
        if event.is_some() && self.event.get_untracked().is_some() { self.here.replace(&changes) } else { self.here.go(&changes) }
    }

    pub(super) fn event_link(self, seq: Seq) -> String {
        event_address(&self.closed_address(), seq)
    }

    /// The address of what is shown, with no event open.
    pub(super) fn closed_address(self) -> String {
        self.here.with(&[("event", String::new())])
    }
}

/// The address of an event by that of what is shown without it.
pub(super) fn event_address(closed: &str, seq: Seq) -> String {
    format!("{closed}{}event={}", if closed.contains('?') { '&' } else { '?' }, seq.0)
}

pub(super) const ORDERS: [(Order, &str, &str); 4] = [
    (Order::Newest, "newest", "Newest"),
    (Order::Oldest, "oldest", "Oldest"),
    (Order::Score, "score", "Score"),
    (Order::Rarity, "rarity", "Rarest"),
];

fn order(name: &str) -> Order {
    ORDERS.into_iter().find(|(_, known, _)| *known == name).map(|(order, ..)| order).unwrap_or_default()
}

/// As the address has it; the usual one needs no word.
pub(super) fn sort_parameter(order: Order) -> String {
    if order == Order::default() { String::new() } else { order_name(order).into() }
}

pub(super) fn order_name(order: Order) -> &'static str {
    ORDERS.into_iter().find(|(known, ..)| *known == order).map_or("newest", |(_, name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_opened_where_one_looks() {
        assert_eq!(event_address("/explore", Seq(7)), "/explore?event=7");
        assert_eq!(event_address("/explore?q=a%3Fb", Seq(7)), "/explore?q=a%3Fb&event=7");
    }

    #[test]
    fn orders_are_named_by_the_address_as_by_the_server() {
        for (known, name, _) in ORDERS {
            assert_eq!(order(name), known);
            assert_eq!(serde_json::to_value(known).unwrap(), name);
        }
        assert_eq!(order("sideways"), Order::Newest);
        assert_eq!(sort_parameter(Order::Newest), "");
    }
}
