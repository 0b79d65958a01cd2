//! The stream of the public collection: what its events taught so far, in memory and in one file of
//! the data folder.
//!
//! Batches are parsed and scored beside each other; only judging and learning take turns, and the turn
//! decides the order of learning. An event is learned before it is stored, because what it is held
//! against are the events before it, those of its own batch included. Where storing fails, its sender
//! sends it again, and the stream knows it again by its id.
//!
//! The file is written at every stop and once a minute while something is learned, beside the old one
//! and then in its place. A process that is killed forgets what it learned in the last minute, not what
//! it stored. A file that can't be read is set aside with a warning, and the stream learns anew.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use radar_engine::Engine;
use radar_engine::stream::Stream;
use radar_types::wire::Learning;
use radar_types::{Scored, Timestamp};
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::{Error, Result, task::AbortOnDrop};

const FILE: &str = "radar.stream";
const NEW_FILE: &str = "radar.stream.new";
/// Where a file goes that could not be read.
const REFUSED_FILE: &str = "radar.stream.refused";
const SAVE_INTERVAL: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(crate) struct Keeper {
    kept: Arc<Kept>,
    /// Stops saving when the last clone is gone.
    _saver: Arc<AbortOnDrop>,
}

struct Kept {
    stream: Mutex<Stream>,
    /// Beside the stream, so that nobody who asks waits for a batch.
    learning: Mutex<Learning>,
    has_changed: AtomicBool,
    /// One writer at a time.
    folder: Mutex<Option<PathBuf>>,
}

impl Keeper {
    pub(crate) async fn start(folder: Option<&Path>) -> Result<Self> {
        let folder = folder.map(Path::to_path_buf);
        let kept = spawn_blocking(move || {
            let stream = folder.as_deref().map(load).unwrap_or_default();
            let learning = Mutex::new(stream.learning());
            Kept { stream: Mutex::new(stream), learning, has_changed: AtomicBool::new(false), folder: Mutex::new(folder) }
        });
        let kept = Arc::new(kept.await.map_err(Error::internal)?);
        let saver = tokio::spawn({
            let kept = Arc::clone(&kept);
            async move {
                loop {
                    tokio::time::sleep(SAVE_INTERVAL).await;
                    save(&kept).await;
                }
            }
        });
        Ok(Self { kept, _saver: Arc::new(AbortOnDrop(saver.abort_handle())) })
    }

    /// Judges events that the engine scored, and learns them. Keeps a processor busy.
    pub(crate) fn follow(&self, engine: &Engine, scored: &mut [Scored], now: Timestamp) {
        let mut stream = locked(&self.kept.stream);
        engine.follow(&mut stream, scored, now);
        *locked(&self.kept.learning) = stream.learning();
        self.kept.has_changed.store(true, Ordering::Relaxed);
    }

    pub(crate) fn learning(&self) -> Learning {
        *locked(&self.kept.learning)
    }

    pub(crate) async fn save(&self) {
        save(&self.kept).await;
    }
}

/// A failure is for the log: the next try comes in a minute, and no event is lost by it.
async fn save(kept: &Arc<Kept>) {
    let kept = Arc::clone(kept);
    let saved = spawn_blocking(move || {
        let folder = locked(&kept.folder);
        let Some(folder) = folder.as_deref() else { return Ok(()) };
        if !kept.has_changed.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let bytes = locked(&kept.stream).to_bytes();
        write(folder, &bytes).inspect_err(|_| kept.has_changed.store(true, Ordering::Relaxed))
    });
    match saved.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => warn!(error = &error as &dyn std::error::Error, "what the stream has learned could not be saved"),
        Err(error) => warn!(error = &error as &dyn std::error::Error, "saving what the stream has learned broke off"),
    }
}

fn load(folder: &Path) -> Stream {
    let path = folder.join(FILE);
    let refusal = match read(&path) {
        Ok(bytes) => match Stream::from_bytes(&bytes) {
            Ok(stream) => return stream,
            Err(refusal) => refusal.to_string(),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Stream::default(),
        Err(error) => error.to_string(),
    };
    let aside = folder.join(REFUSED_FILE);
    warn!("{} can't be used: {refusal}. The stream learns anew; the file is kept as {}", path.display(), aside.display());
    if let Err(error) = fs::rename(&path, &aside) {
        info!(error = &error as &dyn std::error::Error, "the file stays where it is until the stream is saved");
    }
    Stream::default()
}

/// One byte more than a stream may have is enough to refuse a file.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(Stream::BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A power cut leaves the old file or the new one, whole.
fn write(folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = folder.join(NEW_FILE);
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&new, folder.join(FILE))?;
    sync_folder(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows has no way to ask for it, and writes names through.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// A stream whose learning panicked midway is a little off, and no reason to stop.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
