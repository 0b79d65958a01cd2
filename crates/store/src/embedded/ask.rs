//! The questions, each one statement and so one snapshot. Statements name their index: SQLite
//! would otherwise guess anew for every file.

use std::collections::HashSet;

use radar_types::wire::{Bucket, Seq};
use radar_types::{CollectionId, Scale, Score, Severity};
use rusqlite::{Connection, OptionalExtension, Params, Result};

use super::row::{COLUMNS, number, read, text_bytes};
use crate::timeline::Timeline;
use crate::{Period, Stored, Summary};

/// A page ends with the event that brings its texts to this size.
const PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) fn newest(connection: &Connection, collection: &CollectionId, before: Option<Seq>, limit: u32) -> Result<Vec<Stored>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM event INDEXED BY event_by_arrival
         WHERE collection = (SELECT id FROM collection WHERE name = ?1) AND seq < ?2 ORDER BY seq DESC LIMIT ?3"
    );
    page(connection, &sql, (collection.as_str(), before.map_or(i64::MAX, rowid), limit))
}

pub(super) fn tail(connection: &Connection, collection: &CollectionId, after: Seq, limit: u32) -> Result<Vec<Stored>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM event INDEXED BY event_by_arrival
         WHERE collection = (SELECT id FROM collection WHERE name = ?1) AND seq > ?2 ORDER BY seq LIMIT ?3"
    );
    page(connection, &sql, (collection.as_str(), rowid(after), limit))
}

pub(super) fn last_seq(connection: &Connection, collection: &CollectionId) -> Result<Seq> {
    let sql = "SELECT seq FROM event INDEXED BY event_by_arrival
               WHERE collection = (SELECT id FROM collection WHERE name = ?1) ORDER BY seq DESC LIMIT 1";
    let seq = connection.prepare_cached(sql)?.query_row([collection.as_str()], |row| row.get::<_, i64>(0)).optional()?;
    Ok(Seq(seq.unwrap_or(0).cast_unsigned()))
}

pub(super) fn summary(connection: &Connection, collection: &CollectionId, period: Period, scale: &Scale) -> Result<Summary> {
    let mut summary = Summary::default();
    // Hosts are numbers here, so even a million of them, invented by someone, take little room.
    let mut hosts = HashSet::new();
    each_in(connection, collection, period, scale, |counted| {
        summary.tally.add(counted.severity, 1);
        hosts.insert(counted.host);
    })?;
    summary.hosts = hosts.len() as u64;
    Ok(summary)
}

pub(super) fn histogram(
    connection: &Connection,
    collection: &CollectionId,
    period: Period,
    mut timeline: Timeline,
    scale: &Scale,
) -> Result<Vec<Bucket>> {
    each_in(connection, collection, period, scale, |counted| timeline.add(counted.unix_millis, counted.severity))?;
    Ok(timeline.into_buckets())
}

pub(super) fn ping(connection: &Connection) -> Result<()> {
    connection.query_row("SELECT count(*) FROM collection", [], |_| Ok(()))
}

/// What counting needs of an event.
struct Counted {
    unix_millis: i64,
    host: i64,
    severity: Option<Severity>,
}

fn each_in(
    connection: &Connection,
    collection: &CollectionId,
    period: Period,
    scale: &Scale,
    mut count: impl FnMut(Counted),
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT time, host, scored, raw, calibrated FROM event INDEXED BY event_by_time
         WHERE collection = (SELECT id FROM collection WHERE name = ?1) AND time >= ?2 AND time < ?3",
    )?;
    let mut rows = statement.query((collection.as_str(), period.from.unix_millis(), period.to.unix_millis()))?;
    // One score for all rows: the scale reads nothing of it but the two numbers.
    let mut score = Score {
        raw: 0.0,
        calibrated: 0.0,
        model: String::new(),
        model_version: String::new(),
        schema: String::new(),
        schema_version: 0,
    };
    while let Some(row) = rows.next()? {
        let mut severity = None;
        if row.get(2)? {
            score.raw = number(row, 3)?;
            score.calibrated = number(row, 4)?;
            severity = Some(scale.severity(&score));
        }
        count(Counted { unix_millis: row.get(0)?, host: row.get(1)?, severity });
    }
    Ok(())
}

fn page(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<Stored>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut page = Vec::new();
    let mut bytes = 0;
    while bytes < PAGE_BYTES_MAX {
        let Some(row) = rows.next()? else { break };
        bytes += text_bytes(row)?;
        page.push(read(row)?);
    }
    Ok(page)
}

/// Places beyond what SQLite can number are beyond every event too.
fn rowid(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
