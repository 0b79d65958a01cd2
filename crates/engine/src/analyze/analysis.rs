//! One analysis of one or more inputs: which kind of records they hold decides who judges them.

use radar_types::{Scale, Severity};

use super::{Group, Lines, LinesSummary, Requests, RequestsSummary, Sessions, SessionsSummary, Tables, TablesSummary, Verdict};
use crate::read::{Block, Format, Record};
use crate::template::Masks;

/// What an input's records are, as far as judging them goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Messages.
    Lines,
    /// Requests to a web server.
    Requests,
    /// Rows with columns.
    Table,
    /// Records that belong together, judged as one.
    Sessions,
}

impl Kind {
    /// Told by the first block of an input. Nothing tells that somebody wants sessions judged.
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
    sessions: Option<Sessions>,
}

/// Reads records for an [`Analysis`] of their kind, on any thread.
pub enum Learner {
    Lines(Box<Lines>),
    Requests(Box<Requests>),
    Table(Box<Tables>),
    Sessions(Box<Sessions>),
}

/// What a [`Learner`] read.
pub enum Learned {
    Lines(Box<LinesSummary>),
    Requests(Box<RequestsSummary>),
    Table(Box<TablesSummary>),
    Sessions(Box<SessionsSummary>),
}

impl Learner {
    /// A learner of sessions by what names them, or one of single records.
    pub fn new(kind: Kind, group: Option<&Group>) -> Self {
        match (kind, group) {
            (_, Some(group)) => Self::Sessions(Box::new(Sessions::new(group.clone(), Masks::default()))),
            (Kind::Requests, None) => Self::Requests(Box::default()),
            (Kind::Table, None) => Self::Table(Box::default()),
            (Kind::Lines | Kind::Sessions, None) => Self::Lines(Box::new(Lines::new(Masks::default()))),
        }
    }

    pub fn read(&self, records: &[Record<'_>]) -> Learned {
        match self {
            Self::Lines(lines) => Learned::Lines(Box::new(lines.summarise(records))),
            Self::Requests(requests) => Learned::Requests(Box::new(requests.summarise(records))),
            Self::Table(tables) => Learned::Table(Box::new(tables.summarise(records))),
            Self::Sessions(sessions) => Learned::Sessions(Box::new(sessions.summarise(records))),
        }
    }
}

impl Analysis {
    /// Judges single records, or sessions by what names them.
    pub fn new(group: Option<&Group>) -> Self {
        let sessions = group.map(|group| Sessions::new(group.clone(), Masks::default()));
        Self { sessions, ..Self::default() }
    }

    /// Takes what was read, in the order of the input.
    pub fn absorb(&mut self, learned: Learned) {
        match learned {
            Learned::Lines(summary) => self.lines.get_or_insert_default().absorb(*summary),
            Learned::Requests(summary) => self.requests.get_or_insert_default().absorb(*summary),
            Learned::Table(summary) => self.table.get_or_insert_default().absorb(*summary),
            Learned::Sessions(summary) => {
                if let Some(sessions) = &mut self.sessions {
                    sessions.absorb(*summary);
                }
            }
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
        if let Some(sessions) = &mut self.sessions {
            sessions.settle();
        }
    }

    /// Makes what was learned the baseline of other inputs. Sessions of those have to be taken in whole
    /// before any is judged: says whether [`Analysis::follow`] is needed.
    pub fn end_baseline(&mut self) -> bool {
        if let Some(sessions) = &mut self.sessions {
            sessions.end_baseline();
        }
        self.sessions.is_some()
    }

    /// Takes in records that are to be judged, without learning from them.
    pub fn follow(&mut self, learned: Learned) {
        if let (Some(sessions), Learned::Sessions(summary)) = (&mut self.sessions, learned) {
            sessions.follow(*summary);
        }
    }

    /// One verdict for each record, in their order; that of a session stands at the record that counts
    /// most in it. Nothing stands out among records of a kind that
    /// was never learned.
    pub fn judge(&self, kind: Kind, records: &[Record<'_>]) -> Vec<Verdict> {
        let verdicts = match kind {
            Kind::Lines => self.lines.as_ref().map(|lines| lines.judge(records)),
            Kind::Requests => self.requests.as_ref().map(|requests| requests.judge(records)),
            Kind::Table => self.table.as_ref().map(|table| table.judge(records)),
            Kind::Sessions => self.sessions.as_ref().map(|sessions| sessions.judge(records)),
        };
        verdicts.unwrap_or_else(|| vec![Verdict::default(); records.len()])
    }

    /// The text of a template that a verdict names.
    pub fn template(&self, verdict: &Verdict) -> Option<String> {
        let miner = self.sessions.as_ref().map(Sessions::miner).or(self.lines.as_ref().map(Lines::miner))?;
        miner.text(verdict.template?)
    }

    pub fn severity(&self, verdict: &Verdict) -> Severity {
        Scale::ensemble().band(f64::from(verdict.score))
    }
}
