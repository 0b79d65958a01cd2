//! `radar export` and `radar import`: a collection into a file, and from there into any store.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use radar_types::{CollectionId, grouped};

use super::block_on;
use super::home::Home;
use super::progress::Progress;
use crate::transfer;

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    home: Home,
    /// What to export
    #[arg(long, value_name = "NAME", default_value = "Event_Logs", value_parser = collection)]
    collection: CollectionId,
    /// Go on with a file that an export was broken off in
    #[arg(long)]
    resume: bool,
    /// The file to write, of JSON lines
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    home: Home,
    /// Where to put the events, if not under the name they had
    #[arg(long, value_name = "NAME", value_parser = collection)]
    collection: Option<CollectionId>,
    /// A file that `radar export` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn export(args: ExportArgs) -> Result<()> {
    let path = args.file.display();
    args.home.check_is_there()?;
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(&args.file).with_context(|| format!("can't write {path}"))?;
    let is_begun = file.metadata()?.len() > 0;
    ensure!(args.resume || !is_begun, "{path} is there already; name another file, or go on with it with --resume");
    block_on(async {
        let store = args.home.open().await?;
        let total = store.stats(&args.collection).await?.events;
        let mut progress = Progress::new(total);
        let mut told = 0;
        let moved = transfer::export(&*store, &args.collection, &mut file, |events| {
            progress.add(events - told, events - told);
            told = events;
        });
        let moved = moved.await;
        progress.clear();
        store.close().await?;
        let moved = moved.with_context(|| format!("the export to {path} broke off; go on with it with --resume"))?;
        eprintln!("{} events are in {path}", grouped(moved.events));
        Ok(())
    })
}

pub(super) fn import(args: ImportArgs) -> Result<()> {
    let path = args.file.display();
    let bytes = args.file.metadata().with_context(|| format!("can't read {path}"))?.len();
    block_on(async {
        let store = args.home.open().await?;
        let mut progress = Progress::new(bytes);
        let mut told = (0, 0);
        let moved = transfer::import(&*store, args.collection.as_ref(), &args.file, |bytes, events| {
            progress.add(bytes - told.0, events - told.1);
            told = (bytes, events);
        });
        let moved = moved.await;
        progress.clear();
        store.close().await?;
        let (collection, moved) = moved?;
        let known = if moved.known > 0 { format!(", {} of which were there already", grouped(moved.known)) } else { String::new() };
        eprintln!("{} events are in {}{known}", grouped(moved.events), collection.as_str());
        Ok(())
    })
}

fn collection(name: &str) -> Result<CollectionId, String> {
    CollectionId::new(name).map_err(|error| error.to_string())
}
