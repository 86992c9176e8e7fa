"""Asked before an order leaves, of what is around it: account, stock, market, mode and the day."""

from __future__ import annotations

from typing import Final

from tui_scalper.core.controls.entry import BOUNDS, Control, Entry
from tui_scalper.core.gates import Gate
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.trading_table import DAMAGE, LIMITS

_GATES: Final = "test_core_kernels.py::test_gates_at_their_bounds"

AROUND_IT: Final[dict[Control, Entry]] = {
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
            BOUNDS,
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
            BOUNDS,
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
            "the calendar says that the session is open; an entry that rests when a window of the "
            "trader's ends is taken back. The feed has no word for a halted stock: "
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
            BOUNDS,
            "test_controls.py::test_denied_beats_allowed",
            "test_controls_engine.py::test_denied_stocks_are_neither_staged_nor_sent_by_the_engine",
            "test_controls_engine.py::test_a_symbol_nobody_has_is_said_at_the_start",
            "test_kite_instruments.py::test_all_shares_of_series_eq",
            "test_sessions.py::test_rules_only_ever_forbid_entries",
            "test_session_edges.py::test_an_entry_that_rests_when_the_window_ends_is_taken_back",
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
            BOUNDS,
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
            BOUNDS,
            "test_controls_trading.py::test_an_open_loss_latches_at_the_limit_and_not_a_paisa_"
            "before",
            "test_controls_trading.py::test_the_drawdown_counts_from_the_best_result_of_the_day",
            "test_core_restart.py::test_the_drawdown_counts_from_the_best_result_of_the_day_"
            "after_a_restart",
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
}
