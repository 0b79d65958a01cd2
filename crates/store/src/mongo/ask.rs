//! A question under way: within its deadline, and answered in part when that has passed.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};
use radar_types::query::Candidate;
use radar_types::{Scale, Severity};

use super::base::{Base, int};
use super::{adopt, number, plan};
use crate::{Ask, Error, ErrorKind, Result, Stored};

/// How long after the deadline the server's own word for it is waited for.
const SLACK: Duration = Duration::from_millis(250);
/// How many documents come at once where most are looked at.
const CHUNK_DOCUMENTS: u32 = 1_000;

pub(super) struct Question<'a> {
    pub ask: &'a Ask,
    events: Collection<Document>,
    pub query: Document,
    /// Whether the query finds what the filter means, and nothing else.
    pub is_exact: bool,
    until: Instant,
    /// Documents of other programs wait to be taken in.
    pub is_behind: bool,
}

impl<'a> Question<'a> {
    /// `None` where there is no time at all.
    pub(super) async fn begin(base: &Arc<Base>, ask: &'a Ask) -> Result<Option<Self>> {
        ask.check()?;
        let patience = ask.patience();
        if patience.is_zero() {
            return Ok(None);
        }
        let until = Instant::now() + patience;
        let events = base.events(&ask.collection)?;
        let preparing = async {
            let is_behind = adopt::look(base, &ask.collection).await?;
            let cut = events.find_one(doc! { "radar.cut": true }).projection(doc! { "_id": 1 });
            let has_cut = plan::has_text(&ask.filter) && cut.await?.is_some();
            Ok::<_, Error>((is_behind, has_cut))
        };
        let Ok(prepared) = tokio::time::timeout(patience + SLACK, preparing).await else { return Ok(None) };
        let (is_behind, has_cut) = prepared?;
        let plan::Plan { query, is_exact } = plan::plan(&ask.filter, &ask.scale, has_cut);
        Ok(Some(Self { ask, events, query, is_exact, until, is_behind }))
    }

    pub(super) fn severity(&self, stored: &Stored) -> Option<Severity> {
        Candidate { scored: &stored.scored, verdict: stored.verdict }.severity(&self.ask.scale)
    }

    /// Groups what an exact query finds, on the server. Says whether time was up before the end.
    pub(super) async fn group(&self, stages: Vec<Document>, mut each: impl FnMut(Document)) -> Result<bool> {
        let mut all = vec![doc! { "$match": self.query.clone() }];
        all.extend(stages);
        let work = async {
            let mut cursor = self.events.aggregate(all).max_time(self.left()).allow_disk_use(true).await?;
            while cursor.advance().await? {
                each(cursor.deserialize_current()?);
            }
            Ok(())
        };
        self.in_time(work).await
    }

    /// Shows the events that are found, until there are no more or `each` has enough. Says whether time was up before.
    pub(super) async fn scan(
        &self,
        narrowing: Option<Document>,
        sort: Option<Document>,
        wanted: Option<u32>,
        mut each: impl FnMut(Stored) -> bool,
    ) -> Result<bool> {
        let mut all = vec![self.query.clone()];
        all.extend(narrowing);
        let mut is_short = false;
        let work = async {
            let find = self.events.find(doc! { "$and": all }).projection(doc! { "radar.words": 0 });
            let mut find = find.max_time(self.left()).allow_disk_use(true);
            if let Some(sort) = sort {
                find = find.sort(sort);
            }
            find = match wanted {
                Some(wanted) if self.is_exact => find.limit(i64::from(wanted)),
                _ => find.batch_size(CHUNK_DOCUMENTS),
            };
            let mut cursor = find.await?;
            while cursor.advance().await? {
                let Some(stored) = adopt::read(&self.events, &cursor.deserialize_current()?).await? else {
                    // In its place there may be another one, beyond the limit.
                    is_short = true;
                    continue;
                };
                let candidate = Candidate { scored: &stored.scored, verdict: stored.verdict };
                let is_meant = self.is_exact || self.ask.filter.matches(candidate, &self.ask.scale);
                if is_meant && !each(stored) {
                    break;
                }
                // Long stretches come from memory, with no moment at which to be interrupted.
                if Instant::now() > self.until {
                    return Err(Error::new(ErrorKind::Deadline, "The question took too long; ask for a shorter period."));
                }
            }
            Ok(())
        };
        let is_late = self.in_time(work).await?;
        Ok(is_late || is_short)
    }

    fn left(&self) -> Duration {
        // None at all would mean without end.
        self.until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
    }

    async fn in_time(&self, work: impl Future<Output = Result<()>>) -> Result<bool> {
        match tokio::time::timeout(self.left() + SLACK, work).await {
            Err(_) => Ok(true),
            Ok(Err(error)) if error.kind() == ErrorKind::Deadline => Ok(true),
            Ok(done) => done.map(|()| self.is_behind),
        }
    }
}

/// The band of an event as an expression: its place among [`Severity::ALL`], or -1 without a score.
pub(super) fn band(scale: &Scale) -> Document {
    let value = format!("${}", plan::banded(scale));
    let case = |holds: Document, then: i32| doc! { "case": holds, "then": then };
    let mut branches = vec![
        case(doc! { "$ne": ["$radar.state", "scored"] }, -1),
        // No number.
        case(doc! { "$gt": [&value, number::highest()] }, Severity::Safe as i32),
    ];
    let bounds = [
        (Severity::Critical, scale.critical),
        (Severity::High, Some(scale.high)),
        (Severity::Medium, Some(scale.medium)),
        (Severity::Low, Some(scale.low)),
    ];
    for (severity, bound) in bounds {
        if let Some(bound) = bound {
            branches.push(case(doc! { "$gte": [&value, number::at_least(bound)] }, severity as i32));
        }
    }
    doc! { "$switch": { "branches": branches, "default": Severity::Safe as i32 } }
}

pub(super) fn severity(band: Option<&Bson>) -> Option<Severity> {
    Severity::ALL.get(usize::try_from(int(band?)?).ok()?).copied()
}

pub(super) fn count(found: &Document) -> u64 {
    found.get("n").and_then(int).and_then(|count| count.try_into().ok()).unwrap_or(0)
}
