"""The faults one by one: what the engine does about each, and which tests prove it.

docs/reference/proofs.md is made of this table; a test holds it against the code.
"""

from __future__ import annotations

from typing import Final

import msgspec

from tui_scalper.lab.faultsim.kinds import FaultKind

EVERY: Final = "test_gates_schedules.py::test_no_schedule_breaks_an_invariant"
"""Every fault of the menu must strike in it."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one fault."""

    does: str
    """What the engine does about it, one sentence."""
    tests: tuple[str, ...]
    """Node names of the tests that prove it by name, besides `EVERY`."""


_DOUBT: Final = "test_gates_schedules.py::test_orders_in_doubt_are_neither_doubled_nor_forgotten"
_UNANSWERED: Final = (
    "test_core_engine.py::test_unanswered_request_is_doubted_and_polled_until_known"
)
_SILENCE: Final = "test_kite_feed.py::test_silence_is_reported_and_the_socket_replaced"
_KILLED: Final = "test_recovery_kill.py::test_killed_anywhere_nothing_is_lost_or_doubled"
_RESTART: Final = "test_gates_restart.py::test_killed_at_every_record"

MENU: Final[dict[FaultKind, Answer]] = {
    FaultKind.LOSE_REQUEST: Answer(
        does=(
            "The order is UNKNOWN: its stock takes no entry, the order book is asked until four "
            "books over three seconds do not show it; only then it counts as absent."
        ),
        tests=(
            _DOUBT,
            "test_core_engine.py::test_unknown_entry_is_absent_only_when_four_books_do_not_show_it",
        ),
    ),
    FaultKind.LOSE_ANSWER: Answer(
        does="The order is UNKNOWN until the order book or an update shows it; never sent again.",
        tests=(
            _DOUBT,
            _UNANSWERED,
            "test_live_loop.py::test_an_unanswered_order_becomes_unknown_and_is_found_again_"
            "never_sent_twice",
        ),
    ),
    FaultKind.LATE_REQUEST: Answer(
        does=(
            "An order that turns up after its absence was proven is taken back or guarded; its "
            "stock takes no entry for a minute."
        ),
        tests=(
            "test_core_hard_cases.py::test_entry_thought_absent_that_turns_up_working_is_taken_"
            "back_and_guarded",
            "test_core_hard_cases.py::test_exit_thought_absent_that_turns_up_is_taken_back",
            "test_core_hard_cases.py::test_a_stock_whose_order_turned_up_late_takes_no_entry_for_a_"
            "minute",
        ),
    ),
    FaultKind.LATE_ANSWER: Answer(
        does="Reports may come before the answer; whichever comes first is believed.",
        tests=("test_core_engine.py::test_report_before_the_answer", _UNANSWERED),
    ),
    FaultKind.DOUBLE_ANSWER: Answer(
        does="A second answer changes nothing: the order has its number and its state.",
        tests=(
            "test_core_hard_cases.py::test_an_answer_that_comes_twice_changes_nothing",
            "test_core_tables.py::test_every_pair_is_a_state_ignored_or_an_error",
        ),
    ),
    FaultKind.REFUSE: Answer(
        does="Nothing was taken; entries step back, exits are asked again without a storm.",
        tests=(
            "test_core_hard_cases.py::test_refused_cancellations_are_not_repeated_in_a_storm",
            "test_core_hard_cases.py::test_exits_that_are_rejected_are_tried_again_and_again_"
            "without_a_storm",
            "test_kite_gateway.py::test_certainly_refused",
        ),
    ),
    FaultKind.EXPIRED: Answer(
        does=(
            "Requests are refused for certain and tried again with waits; stops rest at the "
            "exchange; the console says to log in again."
        ),
        tests=(
            "test_kite_feed.py::test_a_refused_token_says_what_to_do_and_goes_on_trying_at_its_"
            "own_pace",
            "test_live_emergency.py::test_an_expired_token_keeps_the_stop_and_flattens_after_the_"
            "login",
            "test_core_hard_cases.py::test_exits_that_are_rejected_are_tried_again_and_again_"
            "without_a_storm",
        ),
    ),
    FaultKind.HALF_OPEN: Answer(
        does="Silence is a stall: entries stop, the socket is replaced, requests are in doubt.",
        tests=(
            _SILENCE,
            "test_kite_feed.py::test_a_server_that_accepts_and_says_nothing_is_a_stall",
        ),
    ),
    FaultKind.REJECT_STOP: Answer(
        does=(
            "An alarm and one wider stop; when that is rejected too, the position leaves at the "
            "market with priced exits until flat. A stop the broker was to hold is followed by "
            "one of ours first."
        ),
        tests=(
            "test_core_stop.py::test_a_rejected_stop_is_alarmed_and_tried_once_more_wider",
            "test_core_stop.py::test_a_stop_rejected_again_leaves_at_market",
            "test_core_engine.py::test_stop_that_cannot_rest_becomes_an_exit_at_once",
            "test_core_cover.py::test_a_rejected_stop_is_replaced_by_our_own_and_then_left",
        ),
    ),
    FaultKind.NO_STOP: Answer(
        does=(
            "The awaited stop is UNKNOWN, then absent by four books over three seconds; one of "
            "ours is placed, and should the other turn up after all it is taken back."
        ),
        tests=(
            "test_core_cover.py::test_a_stop_nobody_sees_is_unknown_then_absent_then_ours",
            "test_core_cover.py::test_a_stop_that_does_not_grow_is_left_through",
        ),
    ),
    FaultKind.STOP_GONE: Answer(
        does="The position leaves at market by an exit of ours, alarmed as unprotected.",
        tests=(
            "test_core_cover_life.py::test_a_stop_somebody_takes_away_is_followed_by_an_exit",
            "test_core_cover.py::test_a_stop_taken_away_is_an_exit",
        ),
    ),
    FaultKind.TRADE_FIRST: Answer(
        does="The refused cancellation is believed only through the report of the fill.",
        tests=(
            "test_core_engine.py::test_fill_during_cancellation_is_guarded",
            "test_core_engine.py::test_cancelled_then_filled_is_guarded_after_all",
        ),
    ),
    FaultKind.DOUBLE_ORDER: Answer(
        does="The second order does not speak for the first; it raises an alarm with its number.",
        tests=(
            "test_core_hard_cases.py::test_second_order_under_one_tag_does_not_speak_for_the_first",
            "test_core_hard_cases.py::test_a_second_live_order_under_our_tag_is_an_alarm_and_left_"
            "alone",
        ),
    ),
    FaultKind.EARLY_CANCEL_NEWS: Answer(
        does="A fill after the word of cancellation counts, and is guarded or traded back.",
        tests=("test_core_engine.py::test_cancelled_then_filled_is_guarded_after_all",),
    ),
    FaultKind.LOSE_UPDATE: Answer(
        does="The order book, asked every three seconds while an order lives, tells the rest.",
        tests=(
            "test_core_walk.py::test_walks",
            "test_core_engine.py::test_unknown_entry_found_filled",
        ),
    ),
    FaultKind.LATE_UPDATE: Answer(
        does="Fills only grow: what says less than is known is old and changes nothing.",
        tests=(
            "test_core_engine.py::test_doubled_and_late_reports_change_nothing",
            "test_core_hard_cases.py::test_late_fill_of_a_position_already_closed_is_guarded_"
            "and_counted_once",
        ),
    ),
    FaultKind.DOUBLE_UPDATE: Answer(
        does="The second one changes nothing.",
        tests=(
            "test_core_engine.py::test_doubled_and_late_reports_change_nothing",
            "test_kite_feed.py::test_order_updates_pass_through_doubled_and_out_of_order_as_they_"
            "came",
        ),
    ),
    FaultKind.STALE_BOOK: Answer(
        does="A book counts towards absence only when asked late enough; known orders stay.",
        tests=(
            "test_core_hard_cases.py::test_known_order_missing_from_a_book_is_not_given_up",
            "test_core_engine.py::test_unknown_entry_is_absent_only_when_asked_long_enough_after_"
            "the_doubt",
        ),
    ),
    FaultKind.UNREADABLE: Answer(
        does=(
            "The rest of the book is used, its stock takes no entry (none does where the stock "
            "cannot be told), no order it may be counts as absent; what an entry filled unread is "
            "told from what is held, and guarded."
        ),
        tests=(
            "test_core_unread.py::test_a_start_guards_what_is_naked_whatever_else_the_book_lists",
            "test_core_unread.py::test_what_an_unreadable_entry_filled_before_a_start_gets_its_stop",
            "test_core_walk.py::test_walks",
        ),
    ),
    FaultKind.LATE_POLL: Answer(
        does="As an old book: it says how things stood when it was asked.",
        tests=(
            "test_core_engine.py::test_unknown_entry_is_absent_only_when_asked_long_enough_after_"
            "the_doubt",
        ),
    ),
    FaultKind.FAIL_POLL: Answer(
        does="Said, and asked again; nothing is concluded.",
        tests=(
            "test_kite_gateway.py::test_a_failed_poll_is_repeated_within_bounds_and_then_reported",
            "test_core_hard_cases.py::test_a_poll_that_fails_concludes_nothing_and_is_asked_again",
        ),
    ),
    FaultKind.CIRCUIT: Answer(
        does="Exits are priced at the last price, inside the limits, and repeated until flat.",
        tests=(
            "test_gates_circuit.py::test_with_the_side_empty_the_last_price_is_asked",
            "test_gates_circuit.py::test_a_rejected_exit_is_tried_at_once_at_the_best_itself",
            "test_core_circuit.py::test_a_forced_exit_asks_no_price_outside",
        ),
    ),
    FaultKind.HALT: Answer(
        does="A book without news is stale and takes no entry; the stop rests.",
        tests=(
            "test_core_engine.py::test_stale_book_is_refused",
            "test_core_hard_cases.py::test_a_halted_stock_takes_no_entry_and_keeps_its_stop_until_"
            "it_trades_again",
        ),
    ),
    FaultKind.GAP: Answer(
        does="A stop the market jumped over becomes a priced exit half a second later.",
        tests=("test_core_engine.py::test_jumped_stop_becomes_an_exit_and_is_priced_anew",),
    ),
    FaultKind.STALL: Answer(
        does="Seen within seconds: entries stop, books are forgotten, the socket is replaced.",
        tests=(
            _SILENCE,
            "test_live_loop.py::test_a_silent_feed_stops_entries_keeps_the_stop_and_recovers",
        ),
    ),
    FaultKind.CUT: Answer(
        does="Entries stop, books are forgotten; connected again, the order book is asked.",
        tests=(
            "test_kite_feed.py::test_a_lost_connection_forgets_the_market_after_saying_so",
            "test_core_engine.py::test_reconnecting_asks_for_the_order_book",
        ),
    ),
    FaultKind.OLD_FRAME: Answer(
        does="A frame older than the last is counted; a book with an old stamp takes no entry.",
        tests=(
            "test_kite_wire.py::test_an_older_packet_does_not_touch_the_row",
            "test_core_kernels.py::test_gates_at_their_bounds",
        ),
    ),
    FaultKind.JUMP: Answer(
        does=(
            "A clock set back stands still, so no rate is stretched; absence needs four books, "
            "not only time."
        ),
        tests=(
            "test_core_hard_cases.py::test_events_that_say_an_earlier_time_do_not_stretch_the_order_"
            "rate",
            "test_core_engine.py::test_unknown_entry_is_absent_only_when_four_books_do_not_show_it",
        ),
    ),
    FaultKind.HAND_ORDER: Answer(
        does="Shares sold by hand are no longer guarded; shares bought by hand are not ours. A "
        "stop of the broker's that is then too large is left through at once.",
        tests=(
            "test_gates_by_hand.py::test_shares_sold_by_hand_are_no_longer_guarded",
            "test_gates_by_hand.py::test_shares_added_by_hand_are_somebody_elses",
            "test_core_cover_life.py::test_a_stop_for_more_than_is_held_is_left_through_at_once_and_"
            "ends_flat",
        ),
    ),
    FaultKind.HAND_CANCEL: Answer(
        does="A stop that is gone is a lost stop: an alarm, and the position leaves.",
        tests=("test_core_stop.py::test_a_stop_cancelled_by_somebody_else_leaves_at_market",),
    ),
    FaultKind.FORGET: Answer(
        does="An alarm; the order is asked for alone. Denied twice, missing from four books, and "
        "explained by what is held, it is over and exits go on; else trading halts.",
        tests=(
            "test_core_unlisted.py::test_a_denied_stop_is_over_when_what_is_held_says_so_and_the_"
            "position_leaves",
            "test_core_unlisted.py::test_what_is_no_longer_held_was_traded_by_the_denied_stop_and_"
            "is_not_sold_again",
            "test_core_unlisted.py::test_what_is_held_and_cannot_be_explained_halts_and_ends_"
            "nothing",
            "test_core_unlisted.py::test_a_kill_leaves_as_soon_as_the_stop_is_proven_over",
        ),
    ),
    FaultKind.KILL: Answer(
        does="The next start rebuilds from the journal, compares, guards, and sends nothing twice.",
        tests=(
            _RESTART,
            _KILLED,
            "test_killed_console.py::test_a_killed_console_comes_back_with_its_position",
            "test_console_replay.py::test_a_replay_in_a_terminal_goes_where_it_is_told_and_comes_back_"
            "after_a_kill",
        ),
    ),
    FaultKind.POWER_CUT: Answer(
        does="Orders whose record was lost are taken over by their tag, holdings by their stock.",
        tests=(
            _RESTART,
            "test_core_recovery.py::test_an_order_whose_intent_was_lost_is_taken_over_by_its_tag",
            "test_core_recovery.py::test_what_an_earlier_start_took_over_by_its_tag_is_known_to_"
            "the_next",
            "test_core_holdings.py::test_shares_no_order_explains_are_taken_over_when_that_stands_"
            "and_only_then_entries_leave",
            "test_journal.py::test_a_torn_tail_is_cut_and_said_at_every_byte_of_the_last_record",
        ),
    ),
    FaultKind.DISK_FULL: Answer(
        does="Trading halts: no entry leaves, exits go on without a record.",
        tests=(
            "test_disk_faults.py::test_a_failing_disk_ends_entries_and_exits_go_on",
            "test_disk_faults.py::test_an_entry_that_cannot_be_written_down_is_not_sent",
            "test_disk_faults.py::test_a_start_on_a_full_disk_guards_what_is_open_and_exits_go_on",
            "test_journal.py::test_a_disk_that_takes_no_more_is_said_once_and_for_all",
            "test_core_recovery.py::test_a_lost_exit_joins_the_position_it_leaves",
        ),
    ),
    FaultKind.SYNC_LOST: Answer(
        does="As a full disk, noticed at the next pulse.",
        tests=("test_disk_faults.py::test_a_failing_disk_ends_entries_and_exits_go_on", _RESTART),
    ),
    FaultKind.CLOSE: Answer(
        does="Nothing is asked of a closed exchange; the position stays known, an alarm says so.",
        tests=(
            "test_session_edges.py::test_what_is_held_when_trading_ends_is_an_alarm_once",
            "test_core_engine.py::test_square_off_at_the_end_of_the_session",
            "test_core_restart.py::test_nothing_is_asked_while_the_market_is_closed_and_the_stop_"
            "leaves_at_the_open",
        ),
    ),
    FaultKind.PARTIAL: Answer(
        does="The stop covers what is filled and follows every further fill.",
        tests=("test_core_engine.py::test_partial_entry_is_guarded_and_its_remainder_taken_back",),
    ),
    FaultKind.RACE: Answer(
        does="A fill that crossed our cancellation is guarded, or traded back when too much.",
        tests=(
            "test_core_engine.py::test_fill_during_cancellation_is_guarded",
            "test_gates_by_hand.py::test_an_exit_thought_absent_that_fills_too_is_traded_back",
        ),
    ),
    FaultKind.OVERTAKEN: Answer(
        does="Older news change nothing.",
        tests=(
            "test_core_hard_cases.py::test_report_with_fewer_fills_than_known_is_old_and_its_"
            "terms_do_not_count",
        ),
    ),
}
