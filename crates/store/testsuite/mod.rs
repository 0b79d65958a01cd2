//! What every store must do, as cases that know nothing of the store but its trait.
//!
//! [`store_testsuite!`] makes a test of each case. A new store gives it a [`Home`] and passes; a new
//! case is a function in [`cases`] and a line in the macro.

pub(crate) mod cases;
pub(crate) mod model;
pub(crate) mod sample;

use async_trait::async_trait;
use radar_store::Store;

/// A place that keeps a store while it is closed.
#[async_trait]
pub(crate) trait Home: Send + Sync {
    async fn open(&self) -> Box<dyn Store>;
}

/// Makes a test of each case. `$home` is a function that gives a new, empty home.
macro_rules! store_testsuite {
    ($home:path) => {
        store_testsuite! { $home:
            an_empty_collection_answers_with_nothing,
            every_event_comes_back_as_it_was_given,
            a_batch_sent_again_adds_nothing,
            an_event_twice_in_a_batch_is_stored_once,
            an_empty_batch_is_no_error,
            pages_join_without_gap_or_overlap,
            a_page_of_large_events_may_be_short_but_not_empty,
            collections_do_not_see_each_other,
            answers_equal_the_model,
            bands_follow_the_scale_of_the_question,
            periods_take_in_their_start_and_leave_out_their_end,
            histograms_that_make_no_sense_are_refused,
            concurrent_writers_store_each_event_once,
            readers_meanwhile_see_whole_batches,
            reopening_keeps_everything,
            a_closed_store_says_so,
        }
    };
    ($home:path: $($case:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::testsuite::cases::$case(&$home()).await;
            }
        )*
    };
}
pub(crate) use store_testsuite;
