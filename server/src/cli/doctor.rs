//! `radar doctor`: what the store holds, and what is wrong with it.

use std::io::{self, Write};

use anyhow::{Result, ensure};
use radar_store::embedded::EmbeddedStore;
use radar_store::{Inspected, Inspection, Retention};
use radar_types::{Timestamp, grouped};

use super::block_on;
use super::home::Home;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    home: Home,
    /// Build again what is damaged in the folder, from what can still be read
    #[arg(long)]
    repair: bool,
}

pub(super) fn run(args: Args) -> Result<()> {
    args.home.check_is_there()?;
    block_on(async {
        let mut out = io::stdout().lock();
        if args.repair {
            ensure!(args.home.is_folder(), "--repair is for a folder; MongoDB has tools of its own for that");
            for lost in EmbeddedStore::repair(&args.home.data).await?.lost {
                writeln!(out, "repaired: {lost}")?;
            }
        }
        let store = args.home.open().await?;
        let inspection = store.inspect().await;
        store.close().await?;
        write(&inspection?, &mut out)
    })
}

fn write(inspection: &Inspection, out: &mut impl Write) -> Result<()> {
    writeln!(out, "store        {}", inspection.store)?;
    writeln!(out, "place        {}", inspection.place)?;
    writeln!(out, "collections  {}", grouped(inspection.collections.len() as u64))?;
    for collection in &inspection.collections {
        write_collection(collection, out)?;
    }
    match inspection.complaints.as_slice() {
        [] => writeln!(out, "\nNothing is wrong.")?,
        complaints => {
            writeln!(out)?;
            complaints.iter().try_for_each(|complaint| writeln!(out, "wrong: {complaint}"))?;
        }
    }
    Ok(())
}

fn write_collection(collection: &Inspected, out: &mut impl Write) -> Result<()> {
    let Inspected { info, stats, indexes, unfit, unfit_shown } = collection;
    let time = |time: Option<Timestamp>| time.map_or("-".to_owned(), |time| time.to_string());
    writeln!(out, "\n{}", printable(info.id.as_str()))?;
    writeln!(out, "  events     {}", grouped(stats.events))?;
    let each = stats.bytes.checked_div(stats.events).unwrap_or_default();
    writeln!(out, "  bytes      {} ({} an event)", grouped(stats.bytes), grouped(each))?;
    writeln!(out, "  oldest     {}", time(stats.oldest))?;
    writeln!(out, "  newest     {}", time(stats.newest))?;
    writeln!(out, "  kept       {}", kept(info.retention))?;
    if !indexes.is_empty() {
        writeln!(out, "  indexes    {}", indexes.join(", "))?;
    }
    if *unfit > 0 {
        writeln!(out, "  no events  {}", grouped(*unfit))?;
        for one in unfit_shown {
            writeln!(out, "    {}: {}", printable(&one.id), printable(&one.why))?;
        }
    }
    Ok(())
}

fn kept(retention: Retention) -> String {
    let days = retention.days.map(|days| format!("{} days", grouped(u64::from(days))));
    let bytes = retention.bytes.map(|bytes| format!("{} bytes", grouped(bytes)));
    let limits: Vec<String> = days.into_iter().chain(bytes).collect();
    if limits.is_empty() { "for ever".into() } else { limits.join(" and ") }
}

/// Names come from others and must not steer a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let escaped: Vec<char> = if character.is_control() { character.escape_unicode().collect() } else { vec![character] };
            escaped
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use radar_store::{CollectionInfo, Stats, Unfit};
    use radar_types::CollectionId;

    use super::*;

    #[test]
    fn everything_that_is_known_is_told() {
        let time = |text: &str| text.parse().unwrap();
        let inspection = Inspection {
            store: "embedded, format 2".into(),
            place: "data".into(),
            collections: vec![Inspected {
                info: CollectionInfo {
                    id: CollectionId::public(),
                    created: time("2026-01-01T00:00:00Z"),
                    retention: Retention { days: Some(30), bytes: Some(5_000_000) },
                },
                stats: Stats { events: 12_345, bytes: 1_234_500, oldest: Some(time("2026-01-02T00:00:00Z")), newest: None },
                indexes: vec!["by_time".into(), "by_word".into()],
                unfit: 1,
                unfit_shown: vec![Unfit { id: "7\u{1b}[31m".into(), why: "no message".into() }],
            }],
            complaints: vec!["The disk is nearly full.".into()],
        };
        let mut out = Vec::new();
        write(&inspection, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for expected in [
            "embedded, format 2",
            "12,345",
            "1,234,500 (100 an event)",
            "2026-01-02T00:00:00.000Z",
            "30 days and 5,000,000 bytes",
            "by_time, by_word",
            "7\\u{1b}[31m: no message",
            "wrong: The disk is nearly full.",
        ] {
            assert!(text.contains(expected), "{expected} is missing in {text}");
        }
    }
}
