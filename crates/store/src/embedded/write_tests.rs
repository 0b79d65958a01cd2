use std::sync::atomic::{AtomicUsize, Ordering};

use radar_types::wire::Seq;
use radar_types::{Event, EventId, ScoreState, Timestamp};

use super::super::author::Rounds;
use super::super::folder::Folder;
use super::super::view::{Board, Number};
use super::super::{arrival, records};
use super::*;
use crate::{Record, Table};

fn scored(id: u8) -> Scored {
    let event = Event {
        timestamp: Timestamp::saturating_from_unix_millis(0),
        hostname: format!("host-{id}"),
        source: "source".into(),
        os_type: "Linux".into(),
        level: "Info".into(),
        message: "m".repeat(100_000),
        collector: "test".into(),
        record_id: None,
        channel: None,
        user: None,
        address: None,
        fields: Default::default(),
    };
    Scored { id: EventId::from_bytes([id; 16]), event, score: ScoreState::NotScored, reasons: vec![], template: None }
}

fn append(batch: Vec<Scored>) -> (Job, oneshot::Receiver<Result<Appended>>) {
    let (answer, answered) = oneshot::channel();
    (Job::Append(Append { collection: CollectionId::public(), batch, kib: 1, _room: None, answer }), answered)
}

fn author(home: &tempfile::TempDir, board: &Arc<Board>) -> Author {
    Author::open(Folder::new(home.path()).open().unwrap(), Arc::clone(board), Rounds::default()).unwrap()
}

fn hosts(board: &Board, author: &Author) -> Vec<String> {
    let number: Number = author.catalog.get(&CollectionId::public()).unwrap().number;
    let page = arrival::tail(&board.view(), number, Seq(0), 100).unwrap();
    page.into_iter().map(|stored| stored.scored.event.hostname).collect()
}

#[test]
fn a_full_store_says_so_keeps_what_it_has_and_works_again_when_there_is_room() {
    let home = tempfile::tempdir().unwrap();
    let board = Arc::default();
    let mut author = author(&home, &board);
    let limit_pages = |author: &mut Author, pages: u32| {
        author.connection().pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    };
    limit_pages(&mut author, 80);

    let (small, small_answer) = append(vec![scored(1)]);
    let (large, large_answer) = append((2..9).map(scored).collect());
    commit(&mut author, vec![small, large]);
    assert_eq!(small_answer.blocking_recv().unwrap().unwrap().new.len(), 1);
    let error = large_answer.blocking_recv().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    assert_eq!(hosts(&board, &author), ["host-1"]);

    limit_pages(&mut author, 10_000);
    let (again, answer) = append((1..9).map(scored).collect());
    commit(&mut author, vec![again]);
    let appended = answer.blocking_recv().unwrap().unwrap();
    assert_eq!((appended.new.len(), appended.duplicates), (7, 1));
    assert_eq!(hosts(&board, &author), (1..9).map(|id| format!("host-{id}")).collect::<Vec<_>>());
    author.close().unwrap();
}

#[test]
fn jobs_that_waited_together_share_one_commit() {
    let home = tempfile::tempdir().unwrap();
    let board = Arc::default();
    let mut author = author(&home, &board);
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let count = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        false
    };
    author.connection().commit_hook(Some(count)).unwrap();
    let (jobs, answers): (Vec<Job>, Vec<_>) = (0..5).map(|id| append(vec![scored(id), scored(0)])).unzip();
    let (answer, put) = oneshot::channel();
    let work = |transaction: &Transaction<'_>, draft: &mut Draft| {
        draft.counters.last_version += 1;
        let record = Record { key: "key".into(), ..Record::default() };
        records::write(transaction, Table::Users, &record, draft.counters.last_version).map(Ok)
    };
    let light = Job::Light(Box::new(LightJob { work, outcome: None, answer }));
    commit(&mut author, jobs.into_iter().chain([light]).collect());
    let answers: Vec<Appended> = answers.into_iter().map(|answer| answer.blocking_recv().unwrap().unwrap()).collect();
    assert!(answers.iter().all(|appended| (appended.new.len(), appended.duplicates) == (1, 1)));
    assert!(answers.is_sorted_by(|a, b| a.last_seq < b.last_seq));
    put.blocking_recv().unwrap().unwrap();
    assert_eq!(commits.load(Ordering::Relaxed), 1);
    author.close().unwrap();
}

#[test]
fn a_job_that_fails_leaves_its_group_alone() {
    let home = tempfile::tempdir().unwrap();
    let board = Arc::default();
    let mut author = author(&home, &board);
    let (answer, failed) = oneshot::channel::<Result<()>>();
    let work = |transaction: &Transaction<'_>, _: &mut Draft| transaction.execute_batch("no statement").map(Ok);
    let (first, first_answer) = append(vec![scored(1)]);
    let (last, last_answer) = append(vec![scored(2)]);
    commit(&mut author, vec![first, Job::Light(Box::new(LightJob { work, outcome: None, answer })), last]);
    assert_eq!(failed.blocking_recv().unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
    for answer in [first_answer, last_answer] {
        assert_eq!(answer.blocking_recv().unwrap().unwrap().new.len(), 1);
    }
    assert_eq!(hosts(&board, &author), ["host-1", "host-2"]);
    author.close().unwrap();
}
