//! What every store must do, as cases that know nothing of the store but its trait.
//!
//! [`store_testsuite!`] makes a test of each case. A new store gives it a [`Home`] and passes; a new case is a
//! function in one of the modules here and a line in the macro.

pub(crate) mod asking;
pub(crate) mod changes;
pub(crate) mod collections;
pub(crate) mod concurrency;
pub(crate) mod counts;
pub(crate) mod events;
pub(crate) mod filters;
pub(crate) mod life;
pub(crate) mod pages;
pub(crate) mod properties;
pub(crate) mod questions;
pub(crate) mod records;
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
            pages {
                every_order_is_as_it_is_defined_in_pages_of_any_size,
                the_last_page_has_no_next,
                a_page_has_a_limit_of_its_own,
                what_arrives_between_pages_moves_none,
                what_is_changed_between_pages_moves_none_in_the_orders_of_time,
                what_is_rescored_between_pages_moves_alone_in_the_order_of_scores,
                what_is_removed_between_pages_is_on_no_later_one,
                a_cursor_of_another_order_is_refused,
                a_made_up_cursor_is_a_place_like_any_other,
                an_event_has_neighbours_in_time,
                scores_that_are_no_numbers_come_with_those_that_are_none,
                rarity_is_that_among_the_found_events,
                late_events_take_their_place_in_time,
            }
            counts {
                bands_follow_the_scale_of_the_question,
                hard_scores_have_a_band_and_no_score_has_none,
                bars_cover_the_period_and_count_nothing_outside_of_it,
                bars_split_by_severity_and_by_level,
                bars_that_make_no_sense_are_refused,
                the_top_values_of_every_field_are_counted,
                top_values_are_those_of_the_found_events_on_the_scale_of_the_question,
                equally_frequent_values_come_in_the_order_of_their_bytes,
                pairs_of_values_are_counted_in_events_that_have_both,
                many_values_are_counted_and_a_list_has_its_limit,
                templates_are_counted_within_the_period_and_known_beyond_it,
                templates_have_few_bars,
                scores_are_counted_between_bounds,
                counting_is_not_limited_to_a_page,
            }
            changes {
                rescored_events_have_what_the_engine_says_now,
                of_an_event_rescored_twice_the_last_counts,
                an_event_with_a_verdict_is_found_by_it,
                scores_and_verdicts_do_not_touch_each_other,
                places_that_no_event_has_are_passed_over,
                changes_in_one_collection_leave_the_others_alone,
                an_event_changed_many_times_is_found_once,
            }
            collections {
                collections_are_listed_by_name_with_when_they_were_made,
                appending_makes_a_collection_of_now,
                collections_never_see_each_others_events,
                a_cleared_collection_is_empty_and_goes_on,
                a_dropped_collection_is_as_if_it_had_never_been,
                places_never_come_back_however_often_a_collection_does,
                what_is_older_than_so_many_days_goes,
                late_events_go_at_the_next_time,
                expired_events_leave_nothing_behind,
                when_a_collection_takes_too_much_its_oldest_events_go,
                of_equally_old_events_not_all_go_at_once,
                how_long_an_unknown_collection_is_kept_cannot_be_said,
            }
            records {
                a_record_is_found_as_it_was_put,
                tables_do_not_see_each_other,
                versions_rise_with_every_change,
                a_record_is_written_if_it_is_as_expected,
                of_many_who_change_a_record_at_once_one_wins,
                whoever_expects_anything_always_writes,
                a_count_by_compare_and_set_loses_nothing,
                records_are_listed_by_key_in_pages,
                a_list_of_records_has_its_limits,
                records_that_are_too_large_or_have_no_fit_key_are_refused,
                an_expired_record_is_not_found,
                an_expired_record_is_there_until_it_is_taken,
                expired_records_are_taken_once,
                keys_and_values_of_every_plane_are_kept,
            }
            concurrency {
                concurrent_writers_store_each_event_once,
                the_same_batch_from_many_is_stored_once,
                whoever_follows_the_tail_misses_nothing,
                readers_meanwhile_see_what_had_arrived_and_nothing_else,
                readers_meanwhile_find_a_changed_event_once,
                readers_during_a_drop_see_what_was_there_or_less,
                who_writes_during_a_drop_is_told_the_truth,
                writers_of_many_collections_do_not_disturb_each_other,
            }
            life {
                reopening_keeps_everything,
                a_closed_store_finishes_what_was_under_way_or_refuses_it,
                a_closed_store_says_so,
                without_time_there_is_an_answer_of_what_was_found,
                an_answer_that_was_cut_short_says_so,
                of_many_without_time_each_has_an_answer,
                all_the_time_in_the_world_is_no_hindrance,
            }
            properties {
                answers_equal_those_of_the_store_in_memory,
                records_equal_those_of_the_store_in_memory,
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
