"""What looks back: at the broker, at the journal, at the day."""

from __future__ import annotations

from typing import Final

from tui_scalper.core.controls.entry import Control, Entry
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.trading_table import TradingInput

LOOKING_BACK: Final[dict[Control, Entry]] = {
    Control.PO1: Entry(
        title="Reconciliation",
        does=(
            "At every start orders and holdings are compared with the broker before anything "
            "trades, fills with its trades; all are asked again after reconnecting, orders and "
            "holdings by the clock and in doubt, to the end of the day. Trades by hand are found "
            "in the orders; what still differs halts, as does what a run left open whose journal "
            "is not this one. An order that nobody can read, or that the trade book contradicts, "
            "stops entries of its stock (of all where that cannot be told) and nothing else; what "
            "an entry of ours filled unread is told from what is held, and guarded."
        ),
        shows=(
            Refusal.STARTING,
            Refusal.ORDER_UNKNOWN,
            Refusal.ORDER_UNREADABLE,
            Refusal.TRADES_DIFFER,
            TradingInput.RECONCILED,
            TradingInput.MISMATCH,
        ),
        settings=("polls.orders", "polls.holdings"),
        tests=(
            "test_gates_restart.py::test_killed_at_every_record",
            "test_recovery_kill.py::test_killed_anywhere_nothing_is_lost_or_doubled",
            "test_core_engine.py::test_unanswered_request_is_doubted_and_polled_until_known",
            "test_core_engine.py::test_reconnecting_asks_for_the_order_book",
            "test_core_holdings.py::test_the_broker_is_asked_what_it_holds_by_the_clock_and_after_"
            "each_reconnection",
            "test_gates_schedules.py::test_orders_in_doubt_are_neither_doubled_nor_forgotten",
            "test_gates_by_hand.py::test_shares_sold_by_hand_are_no_longer_guarded",
            "test_core_holdings.py::test_holdings_that_stay_different_halt_and_name_the_stock",
            "test_core_holdings.py::test_a_difference_that_news_explains_is_none",
            "test_core_unread.py::test_what_an_unreadable_entry_filled_before_a_start_gets_its_stop",
            "test_core_restart.py::test_what_a_run_left_open_whose_journal_is_gone_is_an_alarm_and_"
            "halts",
        ),
    ),
    Control.PO2: Entry(
        title="Audit journal",
        does=(
            "Every command, request, answer and report is appended to a chained file, a request "
            "before it leaves, and beside each order the book, the account and the proposal it "
            "was decided on, to be judged again; damage is found, and the run halts. Old journals "
            "are verified and compressed, and removed only where a setting says so."
        ),
        shows=(TradingInput.JOURNAL_LOST, TradingInput.JOURNAL_DAMAGED),
        settings=("journal.sync", "journal.pack_days", "journal.keep_days", "state_dir"),
        tests=(
            "test_live_loop.py::test_the_journal_has_every_intent_before_its_answer",
            "test_decisions.py::test_every_decision_is_judged_the_same_again",
            "test_decisions.py::test_a_run_journals_each_decision_before_any_news_of_its_order",
            "test_journal.py::test_every_flipped_bit_is_seen",
            "test_journal.py::test_strict_mode_syncs_before_an_order_leaves",
            "test_journal.py::test_damage_further_in_sets_the_file_aside_and_begins_a_new_one",
            "test_retention.py::test_old_journals_are_packed_and_read_as_before",
            "test_retention.py::test_what_is_not_verified_is_never_touched",
        ),
    ),
    Control.PO3: Entry(
        title="Daily report",
        does=(
            "When the day and the run end, a report is computed from the journal alone and "
            "written to `reports` in the state directory; `scalper-tui report` prints any day's: "
            "result against chance and costs, slippage, rejects, refusals, ratios, latencies, "
            "time unprotected, the most used of each limit, faults and alarms."
        ),
        tests=(
            "test_day_report.py::test_money_and_rates_by_hand",
            "test_day_report.py::test_slippage_is_what_was_expected_against_what_came",
            "test_day_report.py::test_orders_rejects_and_ratios",
            "test_day_report.py::test_times_are_from_asking_to_knowing",
            "test_day_report.py::test_sums_agree_with_the_books_rebuilt",
            "test_day_report.py::test_a_run_leaves_its_report_behind_and_the_command_prints_it",
            "test_day_report.py::test_the_report_of_a_day_is_written_when_the_day_ends",
        ),
    ),
    Control.PO4: Entry(
        title="Change log of limits",
        does=(
            "Every run begins its journal with its build, its settings and where each came from, "
            "who started it and where, and what changed since the run before; nothing changes "
            "while a run lasts. `scalper-tui journal changes` lists all of it over the days."
        ),
        tests=(
            "test_manifest.py::test_a_run_keeps_its_settings_and_what_changed_since_the_last",
            "test_manifest.py::test_changes_are_listed_with_who_when_old_and_new",
            "test_manifest.py::test_no_secret_is_written_down",
            "test_manifest.py::test_changes_lead_from_one_manifest_to_the_next",
        ),
    ),
    Control.PO5: Entry(
        title="Incident replay",
        does=(
            "`scalper-tui journal replay` draws the state at any record or time: positions, "
            "orders, operator and trading state, day result, the log, and the last decisions "
            "with the books they were made on, judged again."
        ),
        tests=(
            "test_incident.py::test_the_screen_of_any_record_is_drawn",
            "test_incident.py::test_the_screen_shows_what_a_live_run_showed",
            "test_gates_restart.py::test_killed_at_every_record",
        ),
    ),
}
