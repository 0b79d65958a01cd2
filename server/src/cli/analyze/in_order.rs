//! Work on many threads whose results come back in the order it was given out.

use std::collections::BTreeMap;
use std::sync::{Mutex, mpsc};
use std::thread;

use anyhow::{Context, Result};

/// Pieces given out and not yet taken back, for each thread. Enough to keep them busy.
const PIECES_PER_THREAD: usize = 3;

/// Gives every piece that `next` makes to `work` and hands the results to `take` in the same order.
/// `next` and `take` run on the calling thread; memory holds a bounded number of pieces.
pub(super) fn in_order<Piece: Send, Done: Send>(
    threads: usize,
    mut next: impl FnMut() -> Result<Option<Piece>>,
    work: impl Fn(Piece) -> Done + Sync,
    mut take: impl FnMut(Done) -> Result<()>,
) -> Result<()> {
    if threads <= 1 {
        while let Some(piece) = next()? {
            take(work(piece))?;
        }
        return Ok(());
    }
    let (given, waiting) = mpsc::channel::<(u64, Piece)>();
    let (done, ready) = mpsc::channel::<(u64, Done)>();
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (done, waiting, work) = (done.clone(), &waiting, &work);
            scope.spawn(move || {
                // A poisoned lock means that another thread panicked, and the scope will say so.
                while let Some((index, piece)) = waiting.lock().ok().and_then(|waiting| waiting.recv().ok()) {
                    if done.send((index, work(piece))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        // Moved in, so that the threads end with this closure, whatever ends it.
        let given = given;
        let mut early = BTreeMap::new();
        let (mut given_count, mut taken_count, mut is_over) = (0_u64, 0_u64, false);
        loop {
            while !is_over && given_count - taken_count < (threads * PIECES_PER_THREAD) as u64 {
                match next()? {
                    Some(piece) => {
                        given.send((given_count, piece)).ok().context("the working threads are gone")?;
                        given_count += 1;
                    }
                    None => is_over = true,
                }
            }
            if taken_count == given_count {
                return Ok(());
            }
            let (index, result) = ready.recv().context("a working thread ended early")?;
            early.insert(index, result);
            while let Some(result) = early.remove(&taken_count) {
                take(result)?;
                taken_count += 1;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_back_in_order_whatever_the_number_of_threads() {
        for threads in [1, 2, 7] {
            let mut pieces = 0..500_u64;
            let mut taken = vec![];
            let work = |piece: u64| {
                // Uneven pieces overtake each other.
                (0..(piece % 7) * 1000).fold(piece, |sum, step| std::hint::black_box(sum ^ step ^ step))
            };
            in_order(
                threads,
                || Ok(pieces.next()),
                work,
                |done| {
                    taken.push(done);
                    Ok(())
                },
            )
            .unwrap();
            assert_eq!(taken, (0..500).collect::<Vec<_>>(), "{threads} threads");
        }
    }

    #[test]
    fn an_error_on_either_side_ends_it() {
        for threads in [1, 3] {
            let mut pieces = 0..10;
            let failing = || if pieces.len() == 5 { anyhow::bail!("broken off") } else { Ok(pieces.next()) };
            assert_eq!(in_order(threads, failing, |piece| piece, |_| Ok(())).unwrap_err().to_string(), "broken off");
            let mut endless = 0..;
            let full = |_| anyhow::bail!("the disk is full");
            assert_eq!(in_order(threads, || Ok(endless.next()), |piece| piece, full).unwrap_err().to_string(), "the disk is full");
        }
    }
}
