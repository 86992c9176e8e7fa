"""Asked before an order leaves, of the order itself: its size, its price, how many there are."""

from __future__ import annotations

from typing import Final

from tui_scalper.core.controls.entry import BOUNDS, Control, Entry
from tui_scalper.core.refusals import Refusal

ORDER_ITSELF: Final[dict[Control, Entry]] = {
    Control.PT1: Entry(
        title="Quantity of an order",
        does="An entry above the largest quantity, or of no whole number of lots, is refused.",
        shows=(Refusal.MAX_QUANTITY, Refusal.ODD_LOT, Refusal.TOO_SMALL),
        settings=("sizing.max_quantity",),
        tests=("test_controls.py::test_quantity_has_a_bound_of_its_own", BOUNDS),
    ),
    Control.PT2: Entry(
        title="Value of an order",
        does="An entry worth more at its limit price than the largest notional is refused.",
        shows=(Refusal.MAX_NOTIONAL,),
        settings=("sizing.max_notional", "sizing.capital"),
        tests=(BOUNDS, "test_core_prices.py::test_size_is_whole_lots_inside_the_budget"),
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
            BOUNDS,
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
            BOUNDS,
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
            BOUNDS,
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
            BOUNDS,
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
        tests=(BOUNDS, "test_controls_engine.py::test_open_orders_stop_entries"),
    ),
}
