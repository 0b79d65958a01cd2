//! One analysis of one or more inputs: which kind of records they hold decides who judges them.

use std::collections::BTreeMap;

use radar_types::{Reason, Severity, Timestamp};

use super::method::{Fit, Members, Method, MethodError, Model};
use super::{Group, Lines, LinesSummary, Requests, RequestsSummary, Sessions, SessionsSummary, Tables, TablesSummary, Verdict};
use crate::feature::Schema;
use crate::model::Detector;
use crate::read::{Block, Format, Record};
use crate::template::Masks;
use crate::train::Rows;

/// What an input's records are, as far as judging them goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
        let records = block.records().records;
        let requests = records.iter().filter(|record| is_request(record)).count();
        match requests * 2 > records.len() {
            true => Self::Requests,
            false if block.format() == Format::Table => Self::Table,
            false => Self::Lines,
        }
    }

    /// What models read of such records.
    pub fn schema(self) -> Option<Schema> {
        match self {
            Self::Lines => Some(Schema::Event),
            Self::Requests => Some(Schema::Http),
            Self::Table => Some(Schema::Table),
            Self::Sessions => None,
        }
    }
}

/// How an input is to be judged.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub method: Method,
    /// Of sessions: what names them. Without one, records are judged one by one.
    pub group: Option<Group>,
    /// What varies in messages besides what is known to vary.
    pub masks: Masks,
}

/// Learns what is usual, then judges records against it.
#[derive(Default)]
pub struct Analysis {
    lines: Option<Lines>,
    requests: Option<Requests>,
    table: Option<Tables>,
    sessions: Option<Sessions>,
    settings: Settings,
    members: BTreeMap<Schema, Members>,
}

/// Reads records for an [`Analysis`] of their kind, on any thread.
pub enum Learner {
    Lines(Box<Lines>),
    /// Beside requests, what else stands in their log.
    Requests(Box<Requests>, Box<Lines>),
    Table(Box<Tables>),
    Sessions(Box<Sessions>),
}

/// What a [`Learner`] read.
pub enum Learned {
    Lines(Box<LinesSummary>),
    Requests(Box<RequestsSummary>, Box<LinesSummary>),
    Table(Box<TablesSummary>),
    Sessions(Box<SessionsSummary>),
}

impl Learner {
    /// A learner of sessions by what names them, or one of single records.
    pub fn new(kind: Kind, settings: &Settings) -> Self {
        let masks = settings.masks.clone();
        match (kind, &settings.group) {
            (_, Some(group)) => Self::Sessions(Box::new(Sessions::new(group.clone(), masks))),
            (Kind::Requests, None) => Self::Requests(Box::default(), Box::new(Lines::new(masks))),
            (Kind::Table, None) => Self::Table(Box::default()),
            (Kind::Lines | Kind::Sessions, None) => Self::Lines(Box::new(Lines::new(masks))),
        }
    }

    pub fn read(&self, records: &[Record<'_>]) -> Learned {
        match self {
            Self::Lines(lines) => Learned::Lines(Box::new(lines.summarise(records))),
            Self::Requests(requests, lines) => {
                let others = lines.summarise(records.iter().filter(|record| !is_request(record)));
                Learned::Requests(Box::new(requests.summarise(records)), Box::new(others))
            }
            Self::Table(tables) => Learned::Table(Box::new(tables.summarise(records))),
            Self::Sessions(sessions) => Learned::Sessions(Box::new(sessions.summarise(records))),
        }
    }
}

impl Analysis {
    pub fn new(settings: &Settings) -> Self {
        let sessions = settings.group.as_ref().map(|group| Sessions::new(group.clone(), settings.masks.clone()));
        Self { sessions, settings: settings.clone(), ..Self::default() }
    }

    /// What the pretrained models have to read that are still needed: to be asked once everything was read.
    pub fn schemas(&self) -> Vec<Schema> {
        let is_needed = self.settings.method.fit == Fit::Pretrained && self.settings.method.model != Model::Novelty;
        self.kinds().filter(|_| is_needed).filter_map(Kind::schema).collect()
    }

    /// Gives it a pretrained model, before [`Analysis::settle`].
    pub fn add(&mut self, schema: Schema, detector: Detector) {
        self.members.entry(schema).or_default().add(detector);
    }

    /// Takes what was read, in the order of the input.
    pub fn absorb(&mut self, learned: Learned) {
        match learned {
            Learned::Lines(summary) => {
                let lines = self.lines.get_or_insert_with(|| Lines::new(self.settings.masks.clone()));
                lines.absorb(*summary);
            }
            Learned::Requests(summary, others) => {
                self.requests.get_or_insert_default().absorb(*summary);
                if !others.is_empty() {
                    self.absorb(Learned::Lines(others));
                }
            }
            Learned::Table(summary) => self.table.get_or_insert_default().absorb(*summary),
            Learned::Sessions(summary) => {
                if let Some(sessions) = &mut self.sessions {
                    sessions.absorb(*summary);
                }
            }
        }
    }

    /// Ends learning.
    pub fn settle(&mut self) -> Result<(), MethodError> {
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
            // There are no pretrained models of sessions: what one is differs from log to log.
            if self.settings.method.fit == Fit::File || matches!(self.settings.method.model, Model::One(_)) {
                sessions.fit(self.settings.method.model)?;
            }
        }
        if self.settings.method.fit == Fit::File {
            let kinds: Vec<Kind> = self.kinds().collect();
            for (kind, schema) in kinds.into_iter().filter_map(|kind| Some((kind, kind.schema()?))) {
                let (rows, width) = self.own_sample(kind);
                if width > 0 && !rows.is_empty() {
                    self.members.entry(schema).or_default().fit(self.settings.method.model.kinds(), &rows, width)?;
                }
            }
        }
        Ok(())
    }

    /// Rows of features of records, to train a model with. None of sessions, and of a kind that was never learned.
    pub fn rows(&self, kind: Kind, records: &[Record<'_>]) -> Option<Rows> {
        let records: Vec<&Record<'_>> = records.iter().collect();
        let values = match kind {
            Kind::Lines => self.lines.as_ref()?.features(&records),
            Kind::Requests => self.requests.as_ref()?.features(&records),
            Kind::Table => self.table.as_ref()?.features(&records),
            Kind::Sessions => return None,
        };
        let times = || records.iter().filter_map(|record| record.time);
        let (from, to) = (times().min().unwrap_or(Timestamp::MAX), times().max().unwrap_or(Timestamp::MIN));
        Some(Rows { schema: kind.schema()?, values, from, to })
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
    pub fn judge(&self, kind: Kind, records: &[Record<'_>]) -> Result<Vec<Verdict>, MethodError> {
        let verdicts = match kind {
            Kind::Lines => self.lines.as_ref().map(|lines| lines.judge(records)),
            Kind::Requests => self.requests.as_ref().map(|requests| requests.judge(records)),
            Kind::Table => self.table.as_ref().map(|table| table.judge(records)),
            Kind::Sessions => return self.sessions.as_ref().map_or(Ok(Vec::new()), |sessions| sessions.judge(records)),
        };
        let Some(mut verdicts) = verdicts else { return Ok(vec![Verdict::default(); records.len()]) };
        let is_own = |record: &Record<'_>| kind != Kind::Requests || is_request(record);
        if let (Kind::Requests, Some(lines)) = (kind, &self.lines) {
            let (others, mut changed): (Vec<&Record<'_>>, Vec<&mut Verdict>) =
                records.iter().zip(&mut verdicts).filter(|(record, _)| !is_own(record)).unzip();
            for (verdict, found) in changed.iter_mut().zip(lines.judge(others.iter().copied())) {
                **verdict = found;
            }
            self.ask_models(Kind::Lines, &others, changed)?;
        }
        let (own, changed) = records.iter().zip(&mut verdicts).filter(|(record, _)| is_own(record)).unzip();
        let own: Vec<&Record<'_>> = own;
        self.ask_models(kind, &own, changed)?;
        Ok(verdicts)
    }

    /// Lets the models have their say on verdicts of novelty.
    fn ask_models(&self, kind: Kind, records: &[&Record<'_>], verdicts: Vec<&mut Verdict>) -> Result<(), MethodError> {
        let model = self.settings.method.model;
        let Some(members) = kind.schema().and_then(|schema| self.members.get(&schema)) else {
            // A table of which no column says anything has nothing for a model either.
            return match (model, self.settings.method.fit) {
                (Model::One(kind), Fit::Pretrained) => Err(MethodError::Missing(kind)),
                _ => Ok(()),
            };
        };
        let (asked, mut changed): (Vec<&Record<'_>>, Vec<&mut Verdict>) =
            records.iter().copied().zip(verdicts).filter(|(_, verdict)| members.are_asked(model, verdict)).unzip();
        if asked.is_empty() {
            return Ok(());
        }
        let rows = self.features(kind, &asked);
        members.judge(model, rows, &mut changed, |index| self.evidence(kind, asked[index]))
    }

    fn kinds(&self) -> impl Iterator<Item = Kind> {
        let known =
            [(Kind::Lines, self.lines.is_some()), (Kind::Requests, self.requests.is_some()), (Kind::Table, self.table.is_some())];
        known.into_iter().filter(|(_, is_known)| *is_known).map(|(kind, _)| kind)
    }

    /// What the models read of records, whichever they are.
    fn features(&self, kind: Kind, records: &[&Record<'_>]) -> Vec<f32> {
        let features = match kind {
            Kind::Lines => self.lines.as_ref().map(|lines| lines.features(records)),
            Kind::Requests => self.requests.as_ref().map(|requests| requests.features(records)),
            Kind::Table => self.table.as_ref().map(|table| match self.settings.method.fit {
                Fit::Pretrained => table.features(records),
                Fit::File => table.own_columns(records),
            }),
            Kind::Sessions => None,
        };
        features.unwrap_or_default()
    }

    /// What a model is fitted to that judges this input alone, and how wide a row of it is.
    fn own_sample(&self, kind: Kind) -> (Vec<f32>, usize) {
        let sample = match kind {
            Kind::Lines => self.lines.as_ref().map(|lines| lines.sample()),
            Kind::Requests => self.requests.as_ref().map(|requests| requests.sample()),
            Kind::Table => {
                return self.table.as_ref().map_or((Vec::new(), 0), |table| (table.own_sample(), table.own_width()));
            }
            Kind::Sessions => None,
        };
        (self.features(kind, &sample.unwrap_or_default()), kind.schema().map_or(0, Schema::width))
    }

    fn evidence(&self, kind: Kind, record: &Record<'_>) -> Vec<Reason> {
        let evidence = match kind {
            Kind::Lines => self.lines.as_ref().map(|lines| lines.evidence(record)),
            Kind::Requests => self.requests.as_ref().map(|requests| requests.evidence(record)),
            Kind::Table => self.table.as_ref().map(|table| table.evidence(record)),
            Kind::Sessions => None,
        };
        evidence.unwrap_or_default()
    }

    /// The text of the template that a record is of.
    pub fn template(&self, kind: Kind, record: &Record<'_>, verdict: &Verdict) -> Option<String> {
        let miner = match kind {
            Kind::Lines => self.lines.as_ref().map(Lines::miner)?,
            Kind::Sessions => self.sessions.as_ref().map(Sessions::miner)?,
            Kind::Requests if is_request(record) => return Requests::template(record),
            Kind::Requests => self.lines.as_ref().map(Lines::miner)?,
            Kind::Table => return None,
        };
        miner.text(verdict.template?)
    }

    pub fn severity(&self, verdict: &Verdict) -> Severity {
        self.settings.method.model.scale().band(f64::from(verdict.score))
    }
}

/// What a server was asked, and not a sentence of an application or of an error log that speaks of it.
fn is_request(record: &Record<'_>) -> bool {
    let Some(http) = &record.http else { return false };
    !http.uri.is_empty() && (record.level.is_empty() || http.status.is_some())
}
