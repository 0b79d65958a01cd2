//! All that a question finds, page by page, for a file.

use std::sync::Arc;
use std::time::Duration;

use radar_store::{Ask, Cursor, PageAsk};
use radar_types::query::{Order, Period};
use radar_types::wire::Row;
use radar_types::{Side, Span, Timestamp};

use crate::overview::row;
use crate::{Actor, Error, Result, Services};

/// Pages that are being made at once, of all exports together; the rest wait their turn. So they leave room at the store for
/// those who look at pages.
pub(crate) const PAGES_AT_ONCE: usize = 2;
/// Events of a page. Others get their turn after each.
const PAGE_EVENTS: u32 = 1_000;
/// A page that takes longer breaks off the export.
const PAGE_DEADLINE: Duration = Duration::from_secs(20);

/// An export while it goes on. What arrives meanwhile may be in it or not.
pub struct Export {
    services: Services,
    ask: Ask,
    order: Order,
    period: Period,
    next: Next,
}

enum Next {
    First,
    After(Cursor),
    Nothing,
}

impl Services {
    /// Whether it may be done at all is known at once; the order is one of time, in which pages join.
    pub async fn export(
        &self,
        actor: &Actor,
        side: Side,
        question: &str,
        span: Span,
        order: Order,
        now: Timestamp,
    ) -> Result<Export> {
        let collection = actor.reads(side)?;
        if !matches!(order, Order::Newest | Order::Oldest) {
            return Err(Error::invalid("An export is in the order of time, newest or oldest first."));
        }
        // The end of the range stays where it is however long this takes.
        let period = span.period(now);
        let ask = Ask { deadline: PAGE_DEADLINE, ..self.ask(&collection, question, period).await? };
        Ok(Export { services: self.clone(), ask, order, period, next: Next::First })
    }
}

impl Export {
    pub fn period(&self) -> Period {
        self.period
    }

    /// The next events; nothing at the end. After an error it is not whole, and never will be.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>> {
        let after = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => return Ok(None),
            Next::First => None,
            Next::After(cursor) => Some(cursor),
        };
        let Services { store, export_turns, .. } = &self.services;
        let _turn = Arc::clone(export_turns).acquire_owned().await.map_err(Error::internal)?;
        let page = store.search(&self.ask, &PageAsk { order: self.order, after, limit: PAGE_EVENTS }).await?;
        if page.is_partial {
            return Err(Error::busy());
        }
        self.next = page.value.next.map_or(Next::Nothing, Next::After);
        let rows: Vec<Row> = page.value.events.into_iter().map(|stored| row(&self.ask.scale, stored)).collect();
        Ok(Some(rows).filter(|rows| !rows.is_empty()))
    }
}
