//! All that the engine reads of an input, as text that people can compare.
//!
//! The test beside it and the same test in the browser's WebAssembly are compiled from this file.

use std::fmt::Write as _;

use radar_engine::read::{Block, Options, Reader, Record, Unreadable};
use radar_types::Timestamp;

/// 2026-11-21T12:00:00Z: gives its year to times that have none.
const NOW_MILLIS: i64 = 1_795_262_400_000;

/// Feeds an input in pieces of a length.
pub(super) fn describe(bytes: &[u8], piece_bytes: usize) -> String {
    let mut reader = Reader::new(Options { format: None, now: Timestamp::saturating_from_unix_millis(NOW_MILLIS) });
    let mut blocks = Vec::new();
    let mut damage = None;
    for piece in bytes.chunks(piece_bytes.max(1)) {
        take(reader.feed(piece), &mut blocks, &mut damage);
    }
    take(reader.finish(), &mut blocks, &mut damage);

    let (mut records, mut rejects) = (0, 0);
    let mut listed = String::new();
    for block in &blocks {
        let found = block.records();
        records += found.records.len();
        rejects += found.rejects.len();
        found.records.iter().for_each(|record| list(record, &mut listed));
        for reject in &found.rejects {
            let _ = writeln!(
                listed,
                "\nreject at {}\n  expected {}\n  found {}",
                reject.line,
                quoted(&reject.expected),
                quoted(&reject.found)
            );
        }
    }
    let format = reader.format().map_or("none", |format| format.name());
    let mut described = format!("format {format}\nrecords {records}\nrejects {rejects}\n");
    if let Some(columns) = blocks.first().and_then(Block::columns) {
        let _ = writeln!(
            described,
            "separator {}, {}",
            quoted(&char::from(columns.delimiter).to_string()),
            if columns.has_header { "with a header" } else { "no header" }
        );
        for (name, role) in columns.names.iter().zip(&columns.roles) {
            let _ = writeln!(described, "column {} {role:?}", quoted(name));
        }
    }
    if let Some(damage) = damage {
        let _ = writeln!(described, "damaged: {damage}");
    }
    described + &listed
}

fn take(read: Result<Vec<Block>, Unreadable>, blocks: &mut Vec<Block>, damage: &mut Option<String>) {
    match read {
        Ok(more) => blocks.extend(more),
        Err(mut error) => {
            blocks.append(&mut error.before);
            *damage = Some(error.to_string());
        }
    }
}

fn list(record: &Record<'_>, out: &mut String) {
    let _ = writeln!(out, "\nrecord at {}", record.line);
    if let Some(time) = record.time {
        let year = if record.assumed.year { ", year assumed" } else { "" };
        let zone = if record.assumed.zone { ", zone assumed" } else { "" };
        let _ = writeln!(out, "  time {time}{year}{zone}");
    }
    let mut say = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "  {name} {}", quoted(value));
        }
    };
    say("hostname", &record.hostname);
    say("source", &record.source);
    say("level", &record.level);
    say("message", &record.message);
    for (name, value) in
        [("user", &record.user), ("address", &record.address), ("channel", &record.channel), ("record_id", &record.record_id)]
    {
        say(name, value.as_deref().unwrap_or_default());
    }
    if let Some(http) = &record.http {
        say("method", &http.method);
        say("uri", &http.uri);
        say("protocol", &http.protocol);
        say("referrer", http.referrer.as_deref().unwrap_or_default());
        say("user_agent", http.user_agent.as_deref().unwrap_or_default());
        let status = http.status.map_or("none".into(), |status| status.to_string());
        let bytes = http.bytes.map_or("none".into(), |bytes| bytes.to_string());
        let millis = http.response_millis.map_or("none".into(), |millis| millis.to_string());
        let _ = writeln!(out, "  status {status}, bytes {bytes}, millis {millis}");
    }
    for (name, value) in &record.fields {
        let _ = writeln!(out, "  field {} {}", quoted(name), quoted(value));
    }
}

/// As JSON writes it: on one line, and the same wherever it is made.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
