//! `radar backup`: a copy of the store, taken while it is in use.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use radar_store::embedded::EmbeddedStore;
use radar_types::grouped;

use super::block_on;
use super::home::Home;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    home: Home,
    /// Where to put the copy: a new or empty folder
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

pub(super) fn run(args: Args) -> Result<()> {
    ensure!(args.home.is_folder(), "the data are in a MongoDB; back it up with mongodump, which comes with its tools");
    args.home.check_is_there()?;
    let backup = block_on(async { Ok(EmbeddedStore::backup(&args.home.data, &args.folder).await?) })?;
    let folder = args.folder.display();
    eprintln!("{} files with {} bytes are in {folder}", grouped(backup.files), grouped(backup.bytes));
    ensure!(backup.complaints.is_empty(), "the copy in {folder} is as damaged as the data are: {}", backup.complaints.join(" "));
    Ok(())
}
