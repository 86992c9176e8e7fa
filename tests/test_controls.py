"""Every control of an entry at its exact bound: the last value it lets through, the first not."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from engine_rig import PRICES, START, STOCKS, fill_book
from hypothesis import given
from hypothesis import strategies as st
from market_rig import rules_of

from tui_scalper.core import columns as c
from tui_scalper.core import kernels as k
from tui_scalper.core.checks import CHECKS, Proposal, Sender, Standing
from tui_scalper.core.config import EngineConfig, ListRules, ProtectionRules, RiskLimits
from tui_scalper.core.gates import Gate
from tui_scalper.core.market import empty_market
from tui_scalper.core.orders import OrderKind, OrderTerms
from tui_scalper.core.pacing import Span
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.risk import Approved, Refused, entry_order, exit_order, judge, judge_again
from tui_scalper.core.sent import Entries
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS, Side

SIM = EngineConfig(mode=Mode.SIM)
TEST = EngineConfig(mode=Mode.TEST)
BID, ASK, TICK = PRICES[0], PRICES[0] + 5, 5
LOTS_OF_TEN = msgspec.structs.replace(STOCKS[0], lot=10)
A_BANK = msgspec.structs.replace(STOCKS[0], industry="Financial Services")
COARSE = msgspec.structs.replace(STOCKS[0], tick=15)
BARRED = msgspec.structs.replace(STOCKS[0], restricted="ASM stage 4")
RS = 100


def book(**cells):
    """An evaluated book of the first stock, 1000.00 / 1000.05; named cells put in its place."""
    market = empty_market(1)
    row = market.cells[0]
    row[c.TICK] = TICK
    fill_book(row, BID, ASK)
    k.evaluate_row(market, 0, rules_of(SIM.signals), np.zeros(k.COUNTERS, dtype=np.int64), 0)
    for name, value in cells.items():
        row[getattr(c, name)] = value
    return row


def proposal(**fields):
    """A hundred shares at the ask."""
    plain = {"row": 0, "side": Side.BUY, "quantity": 100, "limit": ASK}
    return Proposal(**{**plain, **fields})


def standing(**fields):
    """An account that nothing speaks against."""
    plain = {
        "now_ns": START,
        "instrument": STOCKS[0],
        "link_live": True,
        "session_open": True,
        "funds": 10**12,
        "reserved": 0,
        "trades": 0,
        "orders": 0,
        "entries": None,
        "positions": 0,
        "open_orders": 0,
        "exposure": 0,
        "gross": 0,
        "day_result": 0,
        "held": False,
        "unknown": False,
        "calm_ns": 0,
        "full": None,
    }
    return Standing(**{**plain, **fields})


def limited(**fields):
    return EngineConfig(mode=Mode.SIM, risk=RiskLimits(**fields))


def stopped(stop_bp):
    return EngineConfig(mode=Mode.SIM, protection=ProtectionRules(stop_bp=stop_bp))


def listed(**fields):
    rules = {name: frozenset(symbols) for name, symbols in fields.items()}
    return EngineConfig(mode=Mode.SIM, lists=ListRules(**rules))


def entries(count=0, side=Side.BUY, quantity=100, ago=10**15):
    return Entries(count, side, quantity, START - ago)


def ask(config=SIM, row=None, by=judge, **fields):
    """The refusal of a proposal, None when it is approved; fields go where they belong."""
    wanted = {name: fields.pop(name) for name in Proposal.__struct_fields__ if name in fields}
    found = by(
        config, proposal(**wanted), standing(**fields), book() if row is None else book(**row)
    )
    return found.reason if isinstance(found, Refused) else None


NOTIONAL = 100 * ASK

BOUNDS = (
    (Refusal.LINK_DOWN, {}, {"link_live": False}),
    (Refusal.SESSION, {}, {"session_open": False}),
    (Refusal.STALE_BOOK, {"now_ns": START + 5 * NS}, {"now_ns": START + 5 * NS + 1}),
    (Refusal.BAD_BOOK, {}, {"row": {"BLOCKERS": int(Gate.CROSSED)}}),
    (Refusal.SPIKE, {"row": {"CALM_NS": START}}, {"row": {"CALM_NS": START + 1}}),
    (Refusal.REGIME, {"calm_ns": START}, {"calm_ns": START + 1}),
    (Refusal.DENIED, {"config": listed(deny=["BRAVO"])}, {"config": listed(deny=["ALPHA"])}),
    (Refusal.RESTRICTED, {}, {"instrument": BARRED}),
    (
        Refusal.NOT_LISTED,
        {"config": listed(allow=["ALPHA"])},
        {"config": listed(allow=["BRAVO"])},
    ),
    (Refusal.SKIPPED, {}, {"skipped": True}),
    (
        Refusal.BY_HAND_ONLY,
        {"by_hand_only": True, "sender": Sender.PERSON},
        {"by_hand_only": True, "sender": Sender.ENGINE},
    ),
    (Refusal.ORDER_UNKNOWN, {}, {"unknown": True}),
    (Refusal.ORDER_UNREADABLE, {}, {"unreadable": True}),
    (Refusal.TRADES_DIFFER, {}, {"trades_differ": True}),
    (Refusal.HELD, {}, {"held": True}),
    (
        Refusal.DUPLICATE,
        {"entries": entries(ago=2 * NS)},
        {"entries": entries(ago=2 * NS - 1)},
    ),
    (
        Refusal.REPEATED,
        {"entries": entries(2), "sender": Sender.ENGINE},
        {"entries": entries(3), "sender": Sender.ENGINE},
    ),
    (Refusal.DAILY_TRADES, {"trades": 9}, {"trades": 10}),
    (Refusal.DAILY_ORDERS, {"orders": 999}, {"orders": 1_000}),
    (Refusal.DAILY_LOSS, {"day_result": -19_999_99}, {"day_result": -20_000_00}),
    (Refusal.MAX_POSITIONS, {"positions": 2}, {"positions": 3}),
    (Refusal.OPEN_ORDERS, {"open_orders": 19}, {"open_orders": 20}),
    (Refusal.FUNDS_UNKNOWN, {}, {"funds": None}),
    (Refusal.TOO_SMALL, {"quantity": 1}, {"quantity": 0}),
    (
        Refusal.ODD_LOT,
        {"instrument": LOTS_OF_TEN, "quantity": 90},
        {"instrument": LOTS_OF_TEN, "quantity": 91},
    ),
    (
        Refusal.TEST_LOT,
        {"config": TEST, "instrument": LOTS_OF_TEN, "quantity": 10},
        {"config": TEST, "instrument": LOTS_OF_TEN, "quantity": 20},
    ),
    (
        Refusal.MAX_NOTIONAL,
        {"quantity": 499, "limit": 1_002_00},
        {"quantity": 499, "limit": 1_002_05},
    ),
    (
        Refusal.STOCK_NOTIONAL,
        {"exposure": 500_000 * RS - NOTIONAL},
        {"exposure": 500_000 * RS - NOTIONAL + 1},
    ),
    (
        Refusal.SECTOR_NOTIONAL,
        {"instrument": A_BANK, "sector": 1_000_000 * RS - NOTIONAL},
        {"instrument": A_BANK, "sector": 1_000_000 * RS - NOTIONAL + 1},
    ),
    (
        Refusal.SECTOR_NOTIONAL,
        {"sector": 10**12},
        {"instrument": A_BANK, "sector": 10**12},
    ),
    (
        Refusal.GROSS_NOTIONAL,
        {"gross": 2_000_000 * RS - NOTIONAL},
        {"gross": 2_000_000 * RS - NOTIONAL + 1},
    ),
    (Refusal.FUNDS, {"funds": NOTIONAL}, {"funds": NOTIONAL - 1}),
    (
        Refusal.FUNDS,
        {"funds": NOTIONAL + 7, "reserved": 7},
        {"funds": NOTIONAL + 7, "reserved": 8},
    ),
    (Refusal.OFF_TICK, {"limit": ASK + 5}, {"limit": ASK + 4}),
    # A stop 0.02 % away is 20 paise, one of 0.01 % is 10: a tick of 15 fits one of them.
    (
        Refusal.COARSE_TICK,
        {"config": stopped(2), "instrument": COARSE},
        {"config": stopped(1), "instrument": COARSE},
    ),
    # 30 bp above the ask is 1003.05, on the tick.
    (Refusal.PRICE_COLLAR, {"limit": 1_003_05}, {"limit": 1_003_10}),
    (
        Refusal.PRICE_COLLAR,
        {"side": Side.SELL, "limit": 997_00},
        {"side": Side.SELL, "limit": 996_95},
    ),
    # 1 % of the last price.
    (Refusal.PRICE_AWAY, {"row": {"LTP": 1_010_15}}, {"row": {"LTP": 1_010_16}}),
    (
        Refusal.PRICE_AWAY,
        {"side": Side.SELL, "limit": BID, "row": {"LTP": 990_10}},
        {"side": Side.SELL, "limit": BID, "row": {"LTP": 990_09}},
    ),
    # 0.5 % of the day's high, of the day's low.
    (
        Refusal.DAY_RANGE,
        {"row": {"HIGH": 995_08, "LOW": 990_00}},
        {"row": {"HIGH": 995_07, "LOW": 990_00}},
    ),
    (
        Refusal.DAY_RANGE,
        {"side": Side.SELL, "limit": BID, "row": {"HIGH": 1_100_00, "LOW": 1_005_02}},
        {"side": Side.SELL, "limit": BID, "row": {"HIGH": 1_100_00, "LOW": 1_005_03}},
    ),
    # 1 % of the limit price to either limit; the stop, 0.45 % away, lies inside then.
    (
        Refusal.CIRCUIT,
        {"row": {"LIMIT_LOW": 900_00, "LIMIT_HIGH": 1_010_06}},
        {"row": {"LIMIT_LOW": 900_00, "LIMIT_HIGH": 1_010_05}},
    ),
    (
        Refusal.CIRCUIT,
        {"row": {"LIMIT_LOW": 990_04, "LIMIT_HIGH": 1_100_00}},
        {"row": {"LIMIT_LOW": 990_05, "LIMIT_HIGH": 1_100_00}},
    ),
    # A stop 2 % away, its limit 0.2 % beyond: 978.10 can be asked for, or cannot.
    (
        Refusal.CIRCUIT,
        {"config": stopped(200), "row": {"LIMIT_LOW": 978_05, "LIMIT_HIGH": 1_100_00}},
        {"config": stopped(200), "row": {"LIMIT_LOW": 978_15, "LIMIT_HIGH": 1_100_00}},
    ),
    (Refusal.DAY_RATE, {}, {"full": Span.DAY}),
    (Refusal.MINUTE_RATE, {}, {"full": Span.MINUTE}),
    (Refusal.ORDER_RATE, {}, {"full": Span.SECOND}),
    (Refusal.THIN_BOOK, {"row": {"ASK_QUANTITY": 100}}, {"row": {"ASK_QUANTITY": 99}}),
    (
        Refusal.SHALLOW_BOOK,
        {"row": {"BID_DEPTH": 200, "ASK_DEPTH": 10**6}},
        {"row": {"BID_DEPTH": 199, "ASK_DEPTH": 10**6}},
    ),
    # The stop of a buy at 1000.05 triggers at 997.55.
    (Refusal.TIGHT_STOP, {"row": {"LTP": 997_56}}, {"row": {"LTP": 997_55}}),
)


@pytest.mark.parametrize(
    "reason, passes, refused", BOUNDS, ids=[f"{n}-{one[0]}" for n, one in enumerate(BOUNDS)]
)
def test_the_last_value_passes_and_the_next_is_refused(reason, passes, refused):
    assert ask(**passes) is None
    assert ask(**refused) is reason


OF_ITS_BEING = {
    Refusal.REGIME,
    Refusal.DENIED,
    Refusal.RESTRICTED,
    Refusal.NOT_LISTED,
    Refusal.SKIPPED,
    Refusal.BY_HAND_ONLY,
    Refusal.ORDER_UNKNOWN,
    Refusal.ORDER_UNREADABLE,
    Refusal.TRADES_DIFFER,
    Refusal.HELD,
    Refusal.DUPLICATE,
    Refusal.REPEATED,
    Refusal.DAILY_TRADES,
    Refusal.DAILY_ORDERS,
    Refusal.MAX_POSITIONS,
    Refusal.OPEN_ORDERS,
    Refusal.FUNDS_UNKNOWN,
    Refusal.FUNDS,
    Refusal.ODD_LOT,
    Refusal.TEST_LOT,
    Refusal.MAX_QUANTITY,
}
"""What was asked when the order was sent: moving it changes nothing of it."""


@pytest.mark.parametrize(
    "reason, passes, refused", BOUNDS, ids=[f"{n}-{one[0]}" for n, one in enumerate(BOUNDS)]
)
def test_an_order_that_is_moved_is_asked_again_of_price_market_and_sums(reason, passes, refused):
    assert ask(**passes, by=judge_again) is None
    assert ask(**refused, by=judge_again) is (None if reason in OF_ITS_BEING else reason)


def test_quantity_has_a_bound_of_its_own():
    cheap = {"BID_PRICE": 999, "ASK_PRICE": 1_000, "LTP": 1_000, "TICK": 1}
    fine = msgspec.structs.replace(STOCKS[0], tick=1)
    assert ask(row=cheap, instrument=fine, quantity=50_000, limit=1_000) is None
    refused = ask(row=cheap, instrument=fine, quantity=50_001, limit=1_000)
    assert refused is Refusal.MAX_QUANTITY


def test_slippage_is_judged_over_the_visible_levels():
    # Half at 1000.05, half 16 bp dearer: 8 bp on average. One tick more is too dear.
    row = book(ASK_QUANTITY=50)
    row[c.ASK_PRICE + 1] = ASK + 160
    found = judge(SIM, proposal(limit=1_003_05), standing(), row)
    assert isinstance(found, Approved)
    row[c.ASK_PRICE + 1] = ASK + 165
    found = judge(SIM, proposal(limit=1_003_05), standing(), row)
    assert isinstance(found, Refused)
    assert found.reason is Refusal.SLIPPAGE


def test_every_control_of_the_table_has_its_bound_here():
    tested = {reason for reason, _, _ in BOUNDS} | {Refusal.MAX_QUANTITY}
    assert {reason for reason, _ in CHECKS} <= tested
    reasons = [reason for reason, _ in CHECKS]
    assert len(reasons) == len(set(reasons))


def test_a_person_may_repeat_and_another_entry_is_no_duplicate():
    assert ask(entries=entries(50)) is None
    assert ask(entries=entries(1, side=Side.SELL, ago=0)) is None
    assert ask(entries=entries(1, quantity=99, ago=0)) is None


def test_without_a_days_range_nothing_is_outside_of_it():
    assert ask(row={"HIGH": 0, "LOW": 0}) is None


def test_denied_beats_allowed():
    assert ask(listed(allow=["ALPHA"], deny=["ALPHA"])) is Refusal.DENIED


@given(st.integers(-5, 200), st.sampled_from((1, 10, 25)))
def test_test_mode_approves_one_lot_and_nothing_else(quantity, lot):
    instrument = msgspec.structs.replace(STOCKS[0], lot=lot)
    assert (ask(TEST, quantity=quantity, instrument=instrument) is None) == (quantity == lot)


@given(st.integers(-50, 1_200_00), st.sampled_from(list(Side)), st.integers(-3, 10**6))
def test_whatever_is_proposed_an_approved_price_is_on_the_tick_and_inside_the_collar(
    limit, side, quantity
):
    config = limited(max_stock_notional=10**12)
    found = judge(config, proposal(limit=limit, side=side, quantity=quantity), standing(), book())
    if isinstance(found, Approved):
        assert limit % TICK == 0
        assert 997_00 <= limit <= 1_003_05
        assert quantity * limit <= config.sizing.max_notional
        order = entry_order(found, STOCKS[0], "T1")
        assert order.terms == OrderTerms(kind=OrderKind.LIMIT, quantity=quantity, price=limit)


@pytest.mark.parametrize("price, trigger", [(ASK + 1, 0), (ASK, ASK + 1), (ASK + 5, 1)])
def test_an_order_off_the_tick_cannot_be_written_down(price, trigger):
    terms = OrderTerms(kind=OrderKind.STOP_LIMIT, quantity=1, price=price, trigger=trigger)
    with pytest.raises(AssertionError):
        exit_order(1, Side.BUY, terms, row=0, instrument=STOCKS[0], tag="T1")
    if trigger == 0:
        off = Approved(proposal=proposal(limit=price), standing=standing(), expected_value=1)
        with pytest.raises(AssertionError):
            entry_order(off, STOCKS[0], "T1", SIM.protection)


def test_an_exit_larger_than_what_is_held_cannot_be_written_down():
    terms = OrderTerms(kind=OrderKind.LIMIT, quantity=11, price=BID)
    with pytest.raises(AssertionError):
        exit_order(10, Side.BUY, terms, row=0, instrument=STOCKS[0], tag="T1")


def test_only_limit_orders_and_stop_limit_orders_exist():
    assert {kind.value for kind in OrderKind} == {"LIMIT", "SL"}
