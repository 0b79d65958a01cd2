//! One analysis of one or more inputs: which kind of records they hold decides who judges them.

use radar_types::{Scale, Severity};

use super::{Lines, LinesSummary, Requests, RequestsSummary, Tables, TablesSummary, Verdict};
use crate::read::{Block, Format, Record};
use crate::template::Masks;

/// What an input's records are, as far as judging them goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Messages.
    Lines,
    /// Requests to a web server.
    Requests,
    /// Rows with columns, and no message among them.
    Table,
}

impl Kind {
    /// Told by the first block of an input.
    pub fn of(block: &Block) -> Self {
        if block.format() == Format::Table {
            return Self::Table;
        }
        let records = block.records().records;
        let requests = records.iter().filter(|record| record.http.is_some()).count();
        if requests * 2 > records.len() { Self::Requests } else { Self::Lines }
    }
}

/// Learns what is usual, then judges records against it.
#[derive(Default)]
pub struct Analysis {
    lines: Option<Lines>,
    requests: Option<Requests>,
    table: Option<Tables>,
}

/// Reads records for an [`Analysis`] of their kind, on any thread.
pub enum Learner {
    Lines(Lines),
    Requests(Box<Requests>),
    Table(Box<Tables>),
}

/// What a [`Learner`] read.
pub enum Learned {
    Lines(LinesSummary),
    Requests(RequestsSummary),
    Table(TablesSummary),
}

impl Learner {
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::Lines => Self::Lines(Lines::new(Masks::default())),
            Kind::Requests => Self::Requests(Box::default()),
            Kind::Table => Self::Table(Box::default()),
        }
    }

    pub fn read(&self, records: &[Record<'_>]) -> Learned {
        match self {
            Self::Lines(lines) => Learned::Lines(lines.summarise(records)),
            Self::Requests(requests) => Learned::Requests(requests.summarise(records)),
            Self::Table(tables) => Learned::Table(tables.summarise(records)),
        }
    }
}

impl Analysis {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what was read, in the order of the input.
    pub fn absorb(&mut self, learned: Learned) {
        match learned {
            Learned::Lines(summary) => self.lines.get_or_insert_default().absorb(summary),
            Learned::Requests(summary) => self.requests.get_or_insert_default().absorb(summary),
            Learned::Table(summary) => self.table.get_or_insert_default().absorb(summary),
        }
    }

    /// Ends learning.
    pub fn settle(&mut self) {
        if let Some(lines) = &mut self.lines {
            lines.settle();
        }
        if let Some(requests) = &mut self.requests {
            requests.settle();
        }
        if let Some(table) = &mut self.table {
            table.settle();
        }
    }

    /// One verdict for each record, in their order. Nothing stands out among records of a kind that
    /// was never learned.
    pub fn judge(&self, kind: Kind, records: &[Record<'_>]) -> Vec<Verdict> {
        let verdicts = match kind {
            Kind::Lines => self.lines.as_ref().map(|lines| lines.judge(records)),
            Kind::Requests => self.requests.as_ref().map(|requests| requests.judge(records)),
            Kind::Table => self.table.as_ref().map(|table| table.judge(records)),
        };
        verdicts.unwrap_or_else(|| vec![Verdict::default(); records.len()])
    }

    /// The text of a template that a verdict names.
    pub fn template(&self, verdict: &Verdict) -> Option<String> {
        self.lines.as_ref()?.miner().text(verdict.template?)
    }

    pub fn severity(&self, verdict: &Verdict) -> Severity {
        Scale::ensemble().band(f64::from(verdict.score))
    }
}
