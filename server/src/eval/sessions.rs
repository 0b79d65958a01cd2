//! How well sessions are told apart: from raw lines that name their session, or from sequences of
//! event names.

use std::borrow::Cow;
use std::collections::HashMap;

use anyhow::{Context, Result};
use radar_engine::analyze::{Group, SessionVerdict, Sessions};
use radar_engine::read::Record;
use radar_engine::template::Masks;

const BLOCK_RECORDS: usize = 4096;

/// Sessions by their key, with their label.
pub(super) type Labels = HashMap<String, bool>;

/// `line,label,session` with a header.
pub(super) fn labels(csv: &str) -> Labels {
    let row = |row: &str| {
        let mut cells = row.trim().splitn(3, ',').skip(1);
        let label = cells.next()? != "0";
        Some((cells.next()?.to_owned(), label))
    };
    csv.lines().skip(1).filter_map(row).collect()
}

/// Learns the records themselves and judges their sessions.
pub(super) fn fitted(records: &[Record<'_>], group: &str) -> Result<Vec<SessionVerdict>> {
    let mut sessions = begin(group)?;
    for block in records.chunks(BLOCK_RECORDS) {
        let summary = sessions.summarise(block);
        sessions.absorb(summary);
    }
    sessions.settle();
    Ok(sessions.verdicts()?)
}

/// Learns some records and judges the sessions of others.
pub(super) fn against_baseline(baseline: &[Record<'_>], records: &[Record<'_>], group: &str) -> Result<Vec<SessionVerdict>> {
    let mut sessions = begin(group)?;
    for block in baseline.chunks(BLOCK_RECORDS) {
        let summary = sessions.summarise(block);
        sessions.absorb(summary);
    }
    sessions.settle();
    sessions.end_baseline();
    for block in records.chunks(BLOCK_RECORDS) {
        let summary = sessions.summarise(block);
        sessions.follow(summary);
    }
    Ok(sessions.verdicts()?)
}

/// Scores and labels of the verdicts, for the metrics.
pub(super) fn ranked(verdicts: &[SessionVerdict], labels: &Labels) -> (Vec<f32>, Vec<bool>) {
    let labelled = verdicts.iter().filter_map(|verdict| Some((verdict.verdict.raw, *labels.get(&verdict.session)?)));
    labelled.unzip()
}

/// A table of sequences: `session label split events`, tab-separated, events separated by spaces. Gives
/// one record an event, in the field `session`, of the split asked for, or of all.
pub(super) fn sequences(table: &str, split: Option<&str>) -> Result<(Vec<Record<'static>>, Labels)> {
    let mut records = Vec::new();
    let mut labels = Labels::new();
    for (number, row) in table.lines().enumerate().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [session, label, part, events] = cells[..] else {
            anyhow::bail!("expected four columns in row {}, found {}", number + 1, cells.len());
        };
        if split.is_some_and(|wanted| wanted != part) {
            continue;
        }
        labels.insert(session.to_owned(), label != "0");
        for event in events.split(' ') {
            // Letters only, so that the number of an event is not masked as a parameter.
            let message: String = event.chars().map(|digit| digit.to_digit(10).map_or(digit, letter)).collect();
            let fields = vec![(Cow::Borrowed("session"), Cow::Owned(session.to_owned()))];
            let line = records.len() as u64 + 1;
            records.push(Record { line, message: Cow::Owned(message), fields, ..Record::default() });
        }
    }
    Ok((records, labels))
}

/// The session of every line, from the same file as the labels.
pub(super) fn line_sessions(csv: &str) -> Vec<&str> {
    csv.lines().skip(1).filter(|row| !row.is_empty()).map(|row| row.trim().splitn(3, ',').nth(2).unwrap_or_default()).collect()
}

/// For every line whether its session is among the first of them, by where they begin.
pub(super) fn is_in_first_part(line_sessions: &[&str], share: f32) -> Vec<bool> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    for session in line_sessions.iter().filter(|session| !session.is_empty()) {
        let next = places.len();
        places.entry(session).or_insert(next);
    }
    let bound = (places.len() as f32 * share) as usize;
    line_sessions.iter().map(|session| places.get(session).is_some_and(|place| *place < bound)).collect()
}

fn begin(group: &str) -> Result<Sessions> {
    let group = Group::parse(group).with_context(|| format!("grouping by {group:?}"))?;
    Ok(Sessions::new(group, Masks::default()))
}

fn letter(digit: u32) -> char {
    char::from(b'a' + digit as u8)
}
