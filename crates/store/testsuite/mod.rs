//! What every store must do, as cases that know nothing of the store but its trait.
//!
//! [`store_testsuite!`] makes a test of each case. A new store gives it a [`Home`] and passes; a new case is a
//! function in one of the modules here and a line in the macro.

pub(crate) mod asking;
pub(crate) mod events;
pub(crate) mod filters;
pub(crate) mod sample;
pub(crate) mod text;

use async_trait::async_trait;
use radar_store::Store;

/// A place that keeps a store while it is closed.
#[async_trait]
pub(crate) trait Home: Send + Sync {
    async fn open(&self) -> Box<dyn Store>;
}

/// Makes a test of each case. `$home` is a function that gives a new, empty home; or nothing, having said why, where
/// this machine has none to give.
macro_rules! store_testsuite {
    ($home:path) => {
        store_testsuite! { $home:
            events {
                an_unknown_collection_answers_like_an_empty_one,
                every_event_comes_back_as_it_was_given,
                every_awkward_value_is_counted_and_found_as_it_is,
                a_batch_sent_again_adds_nothing,
                an_event_twice_in_a_batch_is_stored_once,
                an_empty_batch_changes_nothing,
                arrivals_are_read_in_pages_that_join,
                an_event_is_had_by_its_place,
                a_page_of_large_events_is_short_but_not_empty,
                times_may_lie_before_1970_and_after_2100,
                asks_that_are_too_large_are_refused,
            }
            filters {
                events_are_found_by_their_time,
                events_are_found_by_their_score,
                events_are_found_by_whether_they_have_a_score,
                events_are_found_by_their_severity,
                events_are_found_by_their_level,
                events_are_found_by_the_exact_value_of_a_column,
                no_value_is_not_an_empty_value,
                events_are_found_by_fields_of_any_name,
                a_name_and_a_value_do_not_run_together,
                events_are_found_by_long_values_that_differ_at_their_end,
                events_are_found_by_their_template,
                events_are_found_by_their_verdict,
                conditions_are_joined_and_turned_round,
                a_question_is_about_every_event_of_its_collection,
            }
            text {
                words_are_found_in_any_case_and_phrases_in_their_order,
                the_last_word_may_be_a_beginning,
                no_words_find_nothing_and_words_that_are_none_neither,
                words_are_found_in_every_column_by_its_name,
                words_are_found_in_fields_by_any_name,
                a_phrase_does_not_reach_from_one_text_into_the_next,
                a_name_that_is_a_column_and_a_field_is_both,
                words_of_every_script_are_found,
                of_a_long_word_the_beginning_counts,
                words_are_found_at_the_end_of_a_large_text,
                typed_questions_are_answered,
            }
        }
    };
    ($home:path: $($theme:ident { $($case:ident,)* })*) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(home) = $home() {
                    $crate::testsuite::$theme::$case(&home).await;
                }
            }
        )*)*
    };
}
pub(crate) use store_testsuite;
