"""The controls of the console, one by one: what each does here, how it shows, what proves it.

PT are asked before an order leaves, AT watch while orders and positions live, PO look back.
The list follows what exchanges and regulators ask of automated trading; a control that is
not here, or only in part, says so in its own entry. docs/reference/controls.md is made of
this table, and a test holds it against the code: reasons, settings and tests must exist.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from tui_scalper.core.gates import Gate
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.trading_table import DAMAGE, EMERGENCIES, LIMITS, TradingInput


class Control(StrEnum):
    """Names are stable: documents and audits refer to them."""

    PT1 = "PT1"
    PT2 = "PT2"
    PT3 = "PT3"
    PT4 = "PT4"
    PT5 = "PT5"
    PT6 = "PT6"
    PT7 = "PT7"
    PT8 = "PT8"
    PT9 = "PT9"
    PT10 = "PT10"
    PT11 = "PT11"
    PT12 = "PT12"
    PT13 = "PT13"
    PT14 = "PT14"
    PT15 = "PT15"
    PT16 = "PT16"
    AT1 = "AT1"
    AT2 = "AT2"
    AT3 = "AT3"
    AT4 = "AT4"
    AT5 = "AT5"
    AT6 = "AT6"
    AT7 = "AT7"
    AT8 = "AT8"
    PO1 = "PO1"
    PO2 = "PO2"
    PO3 = "PO3"
    PO4 = "PO4"
    PO5 = "PO5"


class Built(StrEnum):
    """How much of a control there is."""

    WHOLE = "built"
    PART = "in part"
    NONE = "absent"


Reason = Refusal | TradingInput | Gate | GoalInput
"""What an operator sees when a control acts."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to say of one control."""

    title: str
    does: str
    """What it does here, one sentence."""
    shows: tuple[Reason, ...] = ()
    settings: tuple[str, ...] = ()
    """Dotted keys that govern it."""
    tests: tuple[str, ...] = ()
    """Node names of the tests that prove it, without the folder."""
    state: Built = Built.WHOLE
    missing: str = ""
    """What is not there; empty only when the control is whole."""


_BOUNDS: Final = "test_controls.py::test_the_last_value_passes_and_the_next_is_refused"
_GATES: Final = "test_core_kernels.py::test_gates_at_their_bounds"

CONTROLS: Final[dict[Control, Entry]] = {
    Control.PT1: Entry(
        title="Quantity of an order",
        does="An entry above the largest quantity, or of no whole number of lots, is refused.",
        shows=(Refusal.MAX_QUANTITY, Refusal.ODD_LOT, Refusal.TOO_SMALL),
        settings=("sizing.max_quantity",),
        tests=("test_controls.py::test_quantity_has_a_bound_of_its_own", _BOUNDS),
    ),
    Control.PT2: Entry(
        title="Value of an order",
        does="An entry worth more at its limit price than the largest notional is refused.",
        shows=(Refusal.MAX_NOTIONAL,),
        settings=("sizing.max_notional", "sizing.capital"),
        tests=(_BOUNDS, "test_core_prices.py::test_size_is_whole_lots_inside_the_budget"),
    ),
    Control.PT3: Entry(
        title="Price of an order",
        does=(
            "A limit price off the tick, beyond the collar of the opposite best, far from the "
            "last price, far outside the day's range or near a circuit limit is refused, and one "
            "whose stop would lie beyond a limit. Circuit limits are asked of the broker, of all "
            "at the start, of what is traded through the day; stops, targets and exits are "
            "priced inside them. Prices off the tick cannot be written down at all, none is below "
            "one tick, and an entry whose stop or target has no price of its own is refused."
        ),
        shows=(
            Refusal.OFF_TICK,
            Refusal.COARSE_TICK,
            Refusal.PRICE_COLLAR,
            Refusal.PRICE_AWAY,
            Refusal.DAY_RANGE,
            Refusal.CIRCUIT,
            Refusal.PRICE_MOVED,
        ),
        settings=(
            "entry.collar",
            "entry.max_from_last",
            "entry.max_beyond_range",
            "entry.limit_room",
            "feed.limits",
            "entry.max_drift_ticks",
            "protection.exit_collar",
        ),
        tests=(
            _BOUNDS,
            "test_controls.py::test_whatever_is_proposed_an_approved_price_is_on_the_tick_and_"
            "inside_the_collar",
            "test_controls.py::test_an_order_off_the_tick_cannot_be_written_down",
            "test_core_room.py::test_no_price_is_ever_below_one_tick",
            "test_core_room.py::test_an_entry_that_leaves_has_a_stop_wherever_it_fills",
            "test_controls_engine.py::test_whatever_happens_prices_leave_on_the_tick_and_never_"
            "naked",
            "test_core_hard_cases.py::test_price_cannot_be_nudged_beyond_the_collar",
            "test_kite_limits.py::test_every_stock_is_asked_about_at_the_start_in_batches_the_"
            "broker_takes",
            "test_kite_limits.py::test_what_is_traded_is_asked_about_again_and_a_changed_band_is_"
            "seen",
            "test_core_circuit.py::test_a_price_drawn_in_is_inside_on_the_tick_and_moved_no_more_"
            "than_needed",
            "test_core_circuit.py::test_a_stop_whose_limit_would_lie_outside_rests_at_the_limit",
            "test_core_circuit.py::test_a_forced_exit_asks_no_price_outside",
            "test_gates_circuit.py::test_a_rejected_exit_is_tried_at_once_at_the_best_itself",
        ),
    ),
    Control.PT4: Entry(
        title="Order rate",
        does=(
            "Requests are counted in a sliding second, minute and day; entries stop early, the "
            "rest of each window is for exits only."
        ),
        shows=(Refusal.ORDER_RATE, Refusal.MINUTE_RATE, Refusal.DAY_RATE),
        settings=(
            "risk.orders_per_second",
            "risk.exit_reserve",
            "risk.orders_per_minute",
            "risk.orders_per_day",
        ),
        tests=(
            "test_core_pacing.py::test_no_sliding_window_holds_more_than_its_limit",
            "test_core_pacing.py::test_entries_stop_first_and_only_exits_use_the_rest",
            "test_core_pacing.py::test_the_defaults_are_the_law_and_the_brokers_bounds",
            "test_core_engine.py::test_order_rate_keeps_a_reserve_for_exits",
            "test_controls_engine.py::test_entries_stop_at_the_rate_of_a_minute_and_of_a_day_and_"
            "exits_go_on",
            "test_controls_engine.py::test_counts_and_rates_of_the_day_survive_a_restart",
        ),
    ),
    Control.PT5: Entry(
        title="Trades and orders of a day",
        does="Entries end when the day's trades, working ones included, or new orders are used up.",
        shows=(Refusal.DAILY_TRADES, Refusal.DAILY_ORDERS),
        settings=("risk.daily_trades", "risk.daily_orders"),
        tests=(
            _BOUNDS,
            "test_core_engine.py::test_daily_trades_count_working_entries",
            "test_controls_engine.py::test_new_orders_of_the_day_end_entries",
            "test_controls_engine.py::test_counts_and_rates_of_the_day_survive_a_restart",
        ),
    ),
    Control.PT6: Entry(
        title="Duplicate order",
        does="An entry of the same stock, side and quantity as the last is refused for a while.",
        shows=(Refusal.DUPLICATE, Refusal.HELD, Refusal.NOT_STAGED),
        settings=("risk.duplicate",),
        tests=(
            _BOUNDS,
            "test_controls_engine.py::test_the_same_entry_twice_is_refused_though_the_broker_"
            "refused_the_first",
            "test_core_engine.py::test_confirming_twice_sends_once",
        ),
    ),
    Control.PT7: Entry(
        title="Repeated automatic entries",
        does=(
            "After so many entries of a stock in a day only a person may enter it again; the "
            "operator can keep the engine, or everybody, from a stock at any time."
        ),
        shows=(Refusal.REPEATED, Refusal.BY_HAND_ONLY, Refusal.SKIPPED),
        settings=("risk.auto_entries", "risk.cooldown", "risk.refusal_cooldown"),
        tests=(
            _BOUNDS,
            "test_core_switches.py::test_the_engine_leaves_a_stock_of_the_operator_alone",
            "test_controls_engine.py::test_after_three_entries_of_a_stock_only_a_person_enters_"
            "it_again",
            "test_core_engine.py::test_a_traded_stock_cools_down",
        ),
    ),
    Control.PT8: Entry(
        title="Open orders",
        does="Entries stop at so many orders of which something may still trade.",
        shows=(Refusal.OPEN_ORDERS,),
        settings=("risk.max_open_orders",),
        tests=(_BOUNDS, "test_controls_engine.py::test_open_orders_stop_entries"),
    ),
    Control.PT9: Entry(
        title="Exposure",
        does=(
            "Positions and the notional of a stock, of an industry where a file names it, and of "
            "everything are bounded; orders in an unknown state count as if they would fill, "
            "shares traded by hand in stocks of the universe as if they were ours."
        ),
        shows=(
            Refusal.MAX_POSITIONS,
            Refusal.STOCK_NOTIONAL,
            Refusal.SECTOR_NOTIONAL,
            Refusal.GROSS_NOTIONAL,
            Refusal.ORDER_UNKNOWN,
        ),
        settings=(
            "risk.max_positions",
            "risk.max_stock",
            "risk.max_sector",
            "risk.max_gross",
            "lists.industries",
        ),
        tests=(
            _BOUNDS,
            "test_core_engine.py::test_positions_and_gross_exposure_are_limited",
            "test_core_engine.py::test_unknown_entry_blocks_its_stock_and_keeps_its_exposure",
            "test_controls_engine.py::test_exposure_of_a_stock_counts_the_held_the_pending_and_"
            "the_unknown",
            "test_controls_engine.py::test_shares_traded_by_hand_count_in_the_exposure_of_their_"
            "stock",
            "test_controls_engine.py::test_an_industry_is_bounded_over_its_stocks",
            "test_controls_engine.py::test_shares_traded_by_hand_count_in_industry_and_gross",
            "test_stock_lists.py::test_the_constituents_of_an_index_name_industries",
        ),
    ),
    Control.PT10: Entry(
        title="Funds",
        does=(
            "An entry must be paid in full by the funds the broker reported, less every entry "
            "sent since that report can have known of it."
        ),
        shows=(Refusal.FUNDS, Refusal.FUNDS_UNKNOWN),
        settings=("sizing.capital",),
        tests=(
            _BOUNDS,
            "test_core_engine.py::test_funds_must_be_known",
            "test_controls_engine.py::test_funds_that_may_not_know_of_an_entry_yet_are_reduced_"
            "by_it",
        ),
    ),
    Control.PT11: Entry(
        title="Stocks and sessions allowed",
        does=(
            "Only known stocks of series EQ inside the allow list, outside the deny list and not "
            "restricted today by a dated file, whose reason is shown, are entered, and only while "
            "the calendar says that the session is open. The feed has no word for a halted stock: "
            "its book is empty or stale, which takes no entry either."
        ),
        shows=(
            Refusal.DENIED,
            Refusal.RESTRICTED,
            Refusal.NOT_LISTED,
            Refusal.UNKNOWN_STOCK,
            Refusal.SESSION,
            Gate.SESSION,
        ),
        settings=(
            "lists.allow",
            "lists.deny",
            "lists.restricted",
            "kite.symbols",
            "session.windows",
            "session.trust_unconfirmed",
        ),
        tests=(
            _BOUNDS,
            "test_controls.py::test_denied_beats_allowed",
            "test_controls_engine.py::test_denied_stocks_are_neither_staged_nor_sent_by_the_engine",
            "test_controls_engine.py::test_a_symbol_nobody_has_is_said_at_the_start",
            "test_kite_instruments.py::test_all_shares_of_series_eq",
            "test_sessions.py::test_rules_only_ever_forbid_entries",
            "test_controls_engine.py::test_a_restricted_stock_is_refused_with_its_reason",
            "test_stock_lists.py::test_a_restriction_holds_on_its_days",
            "test_stock_lists.py::test_a_run_says_what_is_restricted_and_refuses_it",
        ),
    ),
    Control.PT12: Entry(
        title="Reasonable market data",
        does=(
            "A book that is stale, empty, crossed, outside the day's range or whose price moved "
            "too fast takes no entry, nor does one too thin or too dear for the quantity."
        ),
        shows=(
            *Gate,
            Refusal.LINK_DOWN,
            Refusal.STALE_BOOK,
            Refusal.BAD_BOOK,
            Refusal.SPIKE,
            Refusal.REGIME,
            Refusal.THIN_BOOK,
            Refusal.SHALLOW_BOOK,
            Refusal.SLIPPAGE,
            Refusal.TIGHT_STOP,
        ),
        settings=(
            "signals.max_age",
            "signals.max_spread",
            "signals.pressure_low",
            "signals.pressure_high",
            "signals.depth_ratio",
            "signals.spike",
            "signals.spike_span",
            "signals.spike_rest",
            "signals.regime_share",
            "signals.regime_least",
            "entry.min_depth",
            "entry.max_slippage",
        ),
        tests=(
            _GATES,
            _BOUNDS,
            "test_core_kernels.py::test_one_row_as_the_reference_has_it",
            "test_core_kernels.py::test_a_move_of_just_the_bound_is_none_and_one_paisa_more_is",
            "test_core_kernels.py::test_no_fast_move_is_missed",
            "test_controls_engine.py::test_a_stock_that_jumped_is_left_alone_by_everybody_until_"
            "it_rested",
            "test_core_engine.py::test_feed_down_keeps_the_stop_refuses_entries_and_still_leaves",
            "test_kite_wire.py::test_garbage_never_crashes_and_never_touches_other_columns",
        ),
    ),
    Control.PT13: Entry(
        title="Mode lock",
        does=(
            "The mode is fixed at the start; SIM and REPLAY hold an access that refuses every "
            "address but this machine's, PAPER reads a broker's market data and is given no "
            "gateway that could send it an order, and TEST approves one lot and nothing else."
        ),
        shows=(Refusal.TEST_LOT, Refusal.WRONG_WORD),
        settings=("mode", "broker"),
        tests=(
            "test_controls.py::test_test_mode_approves_one_lot_and_nothing_else",
            "test_core_engine.py::test_test_mode_takes_one_lot_whatever_is_asked",
            "test_kite_access.py::test_nothing_else_is_loopback",
            "test_kite_access.py::test_a_loopback_access_cannot_be_turned_round",
            "test_core_engine.py::test_live_asks_for_the_word",
            "test_paper.py::test_a_trade_on_paper_fills_is_guarded_and_closes_while_the_broker_"
            "hears_of_none",
            "test_paper.py::test_only_paper_has_a_paper_account_and_it_needs_a_broker_s_data",
        ),
    ),
    Control.PT14: Entry(
        title="Order types",
        does="Limit and stop-limit orders are the only types that exist; no naked market order.",
        tests=(
            "test_controls.py::test_only_limit_orders_and_stop_limit_orders_exist",
            "test_controls_engine.py::test_whatever_happens_prices_leave_on_the_tick_and_never_"
            "naked",
            "test_core_purity.py::test_only_the_controls_write_a_new_order_down",
        ),
    ),
    Control.PT15: Entry(
        title="Loss limits",
        does=(
            "Daily loss, drawdown and losses in a row end entries, damage halts them; both are "
            "latched until a person resets them, and exits go on."
        ),
        shows=(Refusal.DAILY_LOSS, Refusal.REDUCING, Refusal.HALTED, *LIMITS, *DAMAGE),
        settings=("risk.daily_loss", "risk.drawdown", "risk.loss_streak"),
        tests=(
            _BOUNDS,
            "test_controls_trading.py::test_an_open_loss_latches_at_the_limit_and_not_a_paisa_"
            "before",
            "test_controls_trading.py::test_the_drawdown_counts_from_the_best_result_of_the_day",
            "test_controls_trading.py::test_losses_in_a_row_latch_and_a_reset_forgets_them",
            "test_controls_trading.py::test_what_is_latched_takes_no_entry_drops_auto_and_still_"
            "leaves",
            "test_controls_trading.py::test_a_reset_needs_the_word_and_nothing_held",
        ),
    ),
    Control.PT16: Entry(
        title="Order-to-trade ratio",
        does=(
            "New orders, changes and cancellations a trade are counted and shown; an alarm line "
            "is logged above the setting. Orders near the last price, which the exchange exempts, "
            "are counted all the same."
        ),
        settings=("risk.otr_alarm",),
        tests=(
            "test_controls_engine.py::test_requests_a_trade_are_counted_and_shown",
            "test_controls_engine.py::test_too_many_requests_a_trade_raise_one_alarm",
        ),
    ),
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
            "where it is set, after so long."
        ),
        shows=(GoalInput.SQUARE_OFF, GoalInput.TIME_EXIT, Refusal.SESSION),
        settings=("session.square_off", "session.ordinary", "protection.time_exit"),
        tests=(
            "test_core_trail.py::test_a_position_held_long_enough_is_closed",
            "test_core_engine.py::test_square_off_at_the_end_of_the_session",
            "test_sessions.py::test_no_entry_begins_within_the_lead_of_the_end",
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
    Control.PO1: Entry(
        title="Reconciliation",
        does=(
            "At every start orders and holdings are compared with the broker before anything "
            "trades, fills with its trades; all are asked again after reconnecting, orders and "
            "holdings by the clock and in doubt, to the end of the day. Trades by hand are found "
            "in the orders; what still differs halts. An order that nobody can read, or that the "
            "trade book contradicts, stops entries of its stock (of all where that cannot be "
            "told) and nothing else; what an entry of ours filled unread is told from what is "
            "held, and guarded."
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
