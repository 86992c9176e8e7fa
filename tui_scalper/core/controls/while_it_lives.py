"""What watches while orders and positions live."""

from __future__ import annotations

from typing import Final

from tui_scalper.core.controls.entry import Control, Entry
from tui_scalper.core.gates import Gate
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.trading_table import EMERGENCIES, TradingInput

WHILE_IT_LIVES: Final[dict[Control, Entry]] = {
    Control.AT1: Entry(
        title="Kill switch",
        does=(
            "A key, `scalper-tui kill` from any shell or the file it writes blocks entries, takes "
            "entries back and leaves every position, whether a screen is there or not; the latch "
            "outlives the process, and only a word resets it."
        ),
        shows=(Refusal.KILLED, GoalInput.KILL, GoalInput.FLATTEN),
        settings=("state_dir",),
        tests=(
            "test_core_engine.py::test_kill_cancels_entries_and_leaves_positions",
            "test_core_engine.py::test_kill_with_the_entry_on_its_way_takes_it_back_when_it_lands",
            "test_core_hard_cases.py::test_late_fill_under_the_kill_latch_leaves_at_once",
            "test_core_tables.py::test_kill_latches_from_everywhere_and_only_reset_releases_it",
            "test_live_loop.py::test_kill_cancels_flattens_and_latches",
            "test_live_loop.py::test_a_kill_from_another_shell_leaves_everything_and_outlives_the_"
            "run",
            "test_core_restart.py::test_a_kill_of_the_past_still_kills_and_what_is_held_is_left",
            "test_core_kill.py::test_each_step_is_said_and_the_end_only_when_the_broker_confirms_it",
        ),
    ),
    Control.AT2: Entry(
        title="Alerts",
        does=(
            "Alarms in three priorities, each once with its count until it is acknowledged or "
            "shelved; the most urgent ring the terminal's bell. Where it is set, a program is "
            "given the text of each within five seconds, whatever the screen does."
        ),
        settings=("alerts.command",),
        tests=(
            "test_console_awareness.py::test_an_alarm_is_shown_once_and_counted_until_it_is_known",
            "test_console_awareness.py::test_a_naked_position_rings_once_and_goes_when_it_is_over",
            "test_alerts.py::test_an_alarm_of_a_run_reaches_the_program",
            "test_alerts.py::test_alarms_of_a_moment_are_told_together_and_each_once",
            "test_alerts.py::test_a_program_that_fails_is_a_trouble_told_once",
        ),
    ),
    Control.AT3: Entry(
        title="Loss of data or connection",
        does=(
            "A silent, broken or late feed stops entries within the age limit and forgets the "
            "books. A feed or broker lost for longer, a refused session, a wrong clock and "
            "internal errors each have a policy: say, pause, reduce, flatten or kill, latched "
            "and journalled. What flattens waits for a way to the broker; stops rest till then."
        ),
        shows=(
            Refusal.LINK_DOWN,
            Refusal.STALE_BOOK,
            Gate.STALE,
            GoalInput.EMERGENCY,
            TradingInput.ENGINE_ERROR,
            *EMERGENCIES,
        ),
        settings=(
            "signals.max_age",
            "emergency.feed_lost",
            "emergency.path_lost",
            "emergency.clock_skew",
            "emergency.errors",
            "emergency.on_errors",
            "emergency.on_feed_lost",
            "emergency.on_session_refused",
            "emergency.on_path_lost",
            "emergency.on_clock_skew",
            "operator.on_ui_lost",
        ),
        tests=(
            "test_core_emergency.py::test_every_policy_does_what_it_says_for_every_trigger",
            "test_core_emergency.py::test_without_a_way_to_the_broker_stops_rest_and_it_flattens_"
            "when_there_is_one",
            "test_core_emergency.py::test_what_is_latched_outlasts_its_reason_and_ends_with_the_"
            "word",
            "test_core_emergency.py::test_what_was_latched_is_latched_after_a_restart",
            "test_core_emergency.py::test_stamps_of_all_stocks_far_away_are_a_wrong_clock_and_one_"
            "odd_stock_is_not",
            "test_live_emergency.py::test_an_expired_token_keeps_the_stop_and_flattens_after_the_"
            "login",
            "test_live_emergency.py::test_a_lost_feed_flattens_where_the_settings_say_so",
            "test_live_emergency.py::test_a_broker_that_answers_nothing_pauses_entries_and_keeps_"
            "the_stop",
            "test_core_engine.py::test_feed_down_keeps_the_stop_refuses_entries_and_still_leaves",
            "test_core_engine.py::test_reconnecting_asks_for_the_order_book",
            "test_core_unread.py::test_a_start_guards_what_is_naked_whatever_else_the_book_lists",
            "test_core_unread.py::test_it_stops_entries_of_its_stock_or_of_all",
            "test_core_trade_watch.py::test_a_difference_that_stands_is_said_and_stops_entries_of_"
            "its_stock",
            "test_kite_feed.py::test_silence_is_reported_and_the_socket_replaced",
            "test_live_loop.py::test_a_silent_feed_stops_entries_keeps_the_stop_and_recovers",
            "test_clocks.py::test_setting_the_machines_clock_moves_nothing_but_the_skew",
        ),
    ),
    Control.AT4: Entry(
        title="Resting stop",
        does=(
            "A stop is sent with the first fill and follows every further one. Rejected, it is "
            "tried once more, wider; lost, passed or jumped over, it becomes a priced exit that "
            "is repeated until flat. Too much closed is traded back. Where the broker holds the "
            "stop, it rests from the entry on; missing or rejected, one of ours takes its place. "
            "For more than is held, as after a trade by hand, it cannot be made smaller: an alarm, "
            "the position leaves through it at once, and what it closed too much is traded back."
        ),
        shows=(
            GoalInput.STOP_LOST,
            GoalInput.STOP_PASSED,
            GoalInput.STOP_JUMPED,
            GoalInput.STOP_WIDE,
            GoalInput.OVERSOLD,
        ),
        settings=(
            "protection.style",
            "protection.stop",
            "protection.stop_gap",
            "protection.stop_retries",
            "protection.exit_collar",
        ),
        tests=(
            "test_core_engine.py::test_partial_entry_is_guarded_and_its_remainder_taken_back",
            "test_core_stop.py::test_the_stop_rests_in_time_and_matches_what_is_filled",
            "test_core_stop.py::test_a_rejected_stop_is_alarmed_and_tried_once_more_wider",
            "test_core_stop.py::test_a_stop_rejected_again_leaves_at_market",
            "test_core_engine.py::test_stop_that_cannot_rest_becomes_an_exit_at_once",
            "test_core_engine.py::test_jumped_stop_becomes_an_exit_and_is_priced_anew",
            "test_gates_by_hand.py::test_a_stop_that_fills_after_the_shares_were_sold_by_hand_is_"
            "traded_back",
            "test_core_walk.py::test_walks",
            "test_core_cover_life.py::test_one_order_is_sent_and_the_broker_does_the_rest",
            "test_core_cover_life.py::test_a_rejected_stop_is_an_alarm_and_one_of_ours_rests_instead",
            "test_core_cover.py::test_a_stop_nobody_sees_is_unknown_then_absent_then_ours",
            "test_core_cover_life.py::test_a_stop_for_more_than_is_held_is_left_through_at_once_and_"
            "ends_flat",
            "test_gates_schedules.py::test_no_schedule_breaks_an_invariant",
        ),
    ),
    Control.AT5: Entry(
        title="Remainder of an entry",
        does=(
            "What an entry has not filled in time is taken back, or moved to the present collar "
            "a few times before that, never beyond the collar it was decided at; the exit covers "
            "what it did."
        ),
        settings=("entry.remainder", "entry.remainder_after", "entry.chases"),
        tests=(
            "test_core_chase.py::test_a_chase_stays_inside_the_collar_of_the_decision",
            "test_core_chase.py::test_an_entry_in_doubt_is_not_chased",
            "test_core_engine.py::test_partial_entry_is_guarded_and_its_remainder_taken_back",
            "test_core_engine.py::test_fill_during_cancellation_is_guarded",
            "test_core_engine.py::test_cancelled_then_filled_is_guarded_after_all",
            "test_core_cover_life.py::test_fills_in_parts_are_covered_one_by_one_and_the_rest_is_taken_"
            "back",
            "test_core_cover_life.py::test_the_rest_is_chased_and_its_stop_grows",
        ),
    ),
    Control.AT6: Entry(
        title="Square-off and time exit",
        does=(
            "Positions are left a while before continuous trading ends, ahead of the broker, and "
            "where it is set, after so long. What is held when it ends is an alarm."
        ),
        shows=(GoalInput.SQUARE_OFF, GoalInput.TIME_EXIT, Refusal.SESSION),
        settings=("session.square_off", "session.ordinary", "protection.time_exit"),
        tests=(
            "test_core_trail.py::test_a_position_held_long_enough_is_closed",
            "test_core_engine.py::test_square_off_at_the_end_of_the_session",
            "test_sessions.py::test_no_entry_begins_within_the_lead_of_the_end",
            "test_session_edges.py::test_whatever_the_hours_trading_ends_in_a_square_off",
            "test_session_edges.py::test_a_process_that_slept_over_the_end_of_a_session_leaves_in_"
            "the_next",
            "test_session_edges.py::test_what_is_held_when_trading_ends_is_an_alarm_once",
        ),
    ),
    Control.AT7: Entry(
        title="Dead-man switch",
        does=(
            "A second process watches the heartbeat of the engine's loop. When it stands still "
            "and the process is gone (its lock is free) with something open, it tells, leaves "
            "entries, or leaves everything, once, by the way every start goes. A run that is "
            "alive and stands still is told of and never acted for; the stop at the exchange "
            "protects in any case."
        ),
        settings=("deadman.on", "deadman.after", "deadman.policy"),
        tests=(
            "test_watchdog.py::test_a_killed_run_is_flattened_by_the_watchdog_it_started",
            "test_watchdog.py::test_a_broker_that_lived_on_is_left_flat_over_real_sockets",
            "test_watchdog.py::test_flatten_closes_by_the_one_exit_order_and_never_acts_again",
            "test_watchdog.py::test_cancel_entries_leaves_the_position_with_its_one_stop",
            "test_watchdog.py::test_a_run_that_is_alive_and_stands_still_is_told_and_left_alone",
            "test_watchdog.py::test_another_run_that_is_starting_takes_over_by_itself",
        ),
    ),
    Control.AT8: Entry(
        title="Daily broker session",
        does=(
            "Every order bears a tag of its run, unique over the day, and where it is set the "
            "number the exchange gave the algorithm; a run that goes on over midnight at a "
            "broker enters nothing more. Where it is set, the broker's session is ended with the "
            "console when the day is over and nothing is open, and a start says when this "
            "machine does not go out by the registered static address."
        ),
        shows=(Refusal.DAY_OVER,),
        settings=("kite.algo_id", "kite.logout", "kite.address"),
        tests=(
            "test_core_tables.py::test_tags_are_short_plain_and_never_the_same",
            "test_core_new_day.py::"
            "test_at_a_broker_nothing_enters_after_midnight_and_no_reset_lifts_it",
            "test_kite_gateway.py::test_the_number_of_the_algorithm_goes_with_every_new_order",
            "test_daily_session.py::test_the_session_ends_with_the_console_when_the_day_is_done",
            "test_daily_session.py::test_a_session_that_is_still_needed_is_kept",
            "test_daily_session.py::test_what_is_said_of_the_address_orders_leave_by",
        ),
    ),
}
