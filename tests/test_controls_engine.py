"""Controls where they live: fed by what really left, by the broker's word, and after a restart."""

from __future__ import annotations

import msgspec
import pytest
from engine_rig import FUNDS, MS, PRICES, START, STOCKS, Rig, last_line
from test_core_recovery import HELD, STOP, told
from test_core_walk import walk

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import (
    EngineConfig,
    EntryRules,
    ListRules,
    Remainder,
    RiskLimits,
    SizingRules,
)
from tui_scalper.core.effects import ModifyOrder, PlaceOrder
from tui_scalper.core.journalled import Record
from tui_scalper.core.orders import (
    Holding,
    OrderKind,
    OrderReport,
    OrderTerms,
    Purpose,
    ReportStatus,
)
from tui_scalper.core.pacing import Span
from tui_scalper.core.picture import take_picture
from tui_scalper.core.sent import Entries
from tui_scalper.core.snapshot import Latency, Mode, Severity
from tui_scalper.core.units import NS, Side


def rig_of(mode=Mode.SIM, **parts):
    return Rig(config=EngineConfig(mode=mode, run_id="T", **parts)).open_market()


def trade(rig, row=0):
    """Enter by hand, and be stopped out at once."""
    position = rig.hold(row)
    rig.report(position.exit, ReportStatus.COMPLETE)


def stage(rig, row=0, side=Side.BUY):
    """Try to put an entry on the strip; the refusals of that alone."""
    before = rig.engine.chronicle.refused.copy()
    rig.press(cm.Arm)
    rig.press(cm.Stage, row=row, side=side)
    return dict(rig.engine.chronicle.refused - before)


def alarms(rig):
    return [one.text for one in rig.engine.chronicle.lines if one.severity is Severity.ALARM]


# -- what left -----------------------------------------------------------------------------


def test_the_same_entry_twice_is_refused_though_the_broker_refused_the_first():
    rig = rig_of()
    entry = rig.enter(0)
    rig.give(ev.PlaceRefused(at_ns=rig.now, tag=entry.tag, text="busy"))
    assert stage(rig) == {"duplicate": 1}
    rig.wait(2 * NS - 1)
    rig.book(0, PRICES[0])
    assert stage(rig) == {"duplicate": 1}
    rig.wait(1)
    assert stage(rig) == {}


def test_after_three_entries_of_a_stock_only_a_person_enters_it_again():
    rig = rig_of()
    for _ in range(3):
        trade(rig)
        rig.wait(31 * NS)
        rig.book(0, PRICES[0])
    rig.press(cm.Arm)
    rig.press(cm.AutoOn)
    assert not [one for one in rig.book(0, PRICES[0], lean=1) if isinstance(one, PlaceOrder)]
    assert rig.refused() == {"repeated": 1}
    sent = rig.book(1, PRICES[1], lean=1)
    assert [one.row for one in sent if isinstance(one, PlaceOrder)] == [1]
    rig.press(cm.AutoOff)
    assert rig.enter(0).row == 0


def test_new_orders_of_the_day_end_entries():
    rig = rig_of(risk=RiskLimits(daily_orders=3))
    trade(rig, 0)
    assert rig.engine.sent.placed == 2
    assert stage(rig, 1) == {}
    rig.press(cm.DropStage)
    rig.enter(1)
    assert stage(rig, 2) == {"daily_orders": 1}


def test_open_orders_stop_entries():
    rig = rig_of(risk=RiskLimits(max_open_orders=2))
    rig.hold(0)
    assert stage(rig, 1) == {}
    rig.press(cm.DropStage)
    rig.enter(1)
    assert stage(rig, 2) == {"open_orders": 1}


@pytest.mark.parametrize(
    "limits, reason",
    [
        ({"orders_per_minute": 2}, "minute_rate"),
        ({"orders_per_day": 2}, "day_rate"),
    ],
)
def test_entries_stop_at_the_rate_of_a_minute_and_of_a_day_and_exits_go_on(limits, reason):
    rig = rig_of(risk=RiskLimits(**limits))
    position = rig.hold(0)
    rig.wait(3 * NS)
    rig.book(1, PRICES[1])
    assert stage(rig, 1) == {reason: 1}
    rig.press(cm.Flatten, row=0)
    (change,) = rig.sent(ModifyOrder)
    assert change.order_id == position.exit.order_id


# -- money ---------------------------------------------------------------------------------


def test_funds_that_may_not_know_of_an_entry_yet_are_reduced_by_it():
    sizing = SizingRules(capital_bp=6_000)
    rig = rig_of(sizing=sizing)
    poor = FUNDS // 4
    rig.give(ev.FundsReported(at_ns=rig.now, available=poor))
    rig.enter(0)
    assert stage(rig, 1) == {"funds": 1}
    rig.give(ev.FundsReported(at_ns=rig.now, available=poor))
    assert stage(rig, 1) == {"funds": 1}, "the report may have crossed the order"
    rig.now += 7 * NS
    rig.book(1, PRICES[1])
    rig.give(ev.FundsReported(at_ns=rig.now, available=poor))
    assert stage(rig, 1) == {}


def test_exposure_of_a_stock_counts_the_held_the_pending_and_the_unknown():
    rig = rig_of()
    desk = rig.desk
    assert desk.exposure(0) == 0
    entry = rig.enter(0)
    notional = entry.wanted.quantity * entry.wanted.price
    assert desk.exposure(0) == notional
    rig.give(ev.PlaceUnknown(at_ns=rig.now, tag=entry.tag, text="time-out"))
    assert desk.exposure(0) == notional
    filled = rig.describe(entry, ReportStatus.COMPLETE, price=PRICES[0] + 5)
    rig.poll_answer([filled])
    assert desk.exposure(0) == entry.wanted.quantity * PRICES[0]
    assert desk.exposure(1) == 0


def test_shares_traded_by_hand_count_in_the_exposure_of_their_stock():
    rig = rig_of(risk=RiskLimits(max_stock_notional=2_00_000_00))
    rig.poll_answer()
    by_hand = OrderReport(
        order_id="H1",
        tag="",
        row=0,
        symbol=STOCKS[0].symbol,
        side=Side.SELL,
        terms=OrderTerms(kind=OrderKind.LIMIT, quantity=101, price=PRICES[0]),
        status=ReportStatus.COMPLETE,
        filled=101,
        filled_value=101 * PRICES[0],
    )
    rig.give(ev.OrderReported(at_ns=rig.now, report=by_hand))
    assert rig.desk.exposure(0) == 101 * PRICES[0]
    # A tenth of the funds on top is above two lakh.
    assert stage(rig, 0) == {"stock_notional": 1}
    assert stage(rig, 1) == {}


def by_hand(row, side, quantity):
    """The order of somebody else in this account, filled at the best bid."""
    return OrderReport(
        order_id=f"H{row}",
        tag="",
        row=row,
        symbol=STOCKS[row].symbol,
        side=side,
        terms=OrderTerms(kind=OrderKind.LIMIT, quantity=quantity, price=PRICES[row]),
        status=ReportStatus.COMPLETE,
        filled=quantity,
        filled_value=quantity * PRICES[row],
    )


BANKS = tuple(
    msgspec.structs.replace(one, industry=industry)
    for one, industry in zip(STOCKS, ("Financial Services", "Financial Services", ""), strict=True)
)
"""The first two of one industry, the third of none that is known."""


def rig_of_banks(**risk):
    config = EngineConfig(mode=Mode.SIM, run_id="T", risk=RiskLimits(**risk))
    return Rig(config=config, stocks=BANKS).open_market()


def test_an_industry_is_bounded_over_its_stocks():
    rig = rig_of_banks(max_sector_notional=1_50_000_00)
    held = rig.hold(0)
    assert rig.desk.sector(1) == held.held * PRICES[0] == rig.desk.sector(0)
    # A tenth of the funds, about a lakh, is held; another lakh of the industry is too much.
    assert stage(rig, 1) == {"sector_notional": 1}
    assert rig.desk.sector(2) == 0
    assert stage(rig, 2) == {}


def test_shares_traded_by_hand_count_in_industry_and_gross():
    rig = rig_of_banks(max_sector_notional=1_50_000_00, max_gross_notional=2_00_000_00)
    rig.poll_answer()
    rig.give(ev.OrderReported(at_ns=rig.now, report=by_hand(0, Side.SELL, 110)))
    assert rig.desk.gross() == 110 * PRICES[0] == rig.desk.sector(1)
    assert stage(rig, 1) == {"sector_notional": 1}
    assert stage(rig, 2) == {"gross_notional": 1}


def test_the_rest_of_a_chase_counts_once_in_its_industry():
    entry = EntryRules(remainder=Remainder.CHASE)
    risk = RiskLimits(max_sector_notional=1_00_400_00)
    config = EngineConfig(mode=Mode.SIM, run_id="T", entry=entry, risk=risk)
    rig = Rig(config=config, stocks=BANKS).open_market()
    sent = rig.enter(0)
    rig.place(sent)
    rig.report(sent, ReportStatus.OPEN)
    rig.wait(entry.remainder_ns - 10 * MS)
    rig.book(0, PRICES[0])
    rig.wait(10 * MS)
    assert rig.refused() == {}


# -- the market ----------------------------------------------------------------------------


def test_a_stock_that_jumped_is_left_alone_by_everybody_until_it_rested():
    rig = rig_of()
    jumped = PRICES[0] + PRICES[0] // 100 + 5
    rig.wait(1 * NS)
    rig.book(0, jumped)
    calm = rig.now + 60 * NS
    assert stage(rig) == {"spike": 1}
    # Quotes every few seconds: ten seconds later the old price is out of both spans.
    while rig.now < calm - 4 * NS:
        rig.wait(4 * NS)
        rig.book(0, jumped)
    assert stage(rig) == {"spike": 1}
    rig.wait(24 * NS)
    rig.book(0, jumped)
    assert stage(rig) == {}


# -- lists ---------------------------------------------------------------------------------


def test_denied_stocks_are_neither_staged_nor_sent_by_the_engine():
    rig = rig_of(lists=ListRules(deny=frozenset({"ALPHA"})))
    assert stage(rig, 0) == {"denied": 1}
    rig.press(cm.AutoOn)
    assert not [one for one in rig.book(0, PRICES[0], lean=1) if isinstance(one, PlaceOrder)]
    assert stage(rig, 1) == {}


def test_a_restricted_stock_is_refused_with_its_reason():
    barred = msgspec.structs.replace(STOCKS[0], restricted="GSM stage 2")
    config = EngineConfig(mode=Mode.SIM, run_id="T")
    rig = Rig(config=config, stocks=(barred, *STOCKS[1:])).open_market()
    assert stage(rig, 0) == {"restricted": 1}
    assert "(GSM stage 2): on the list of stocks restricted today" in last_line(rig.engine)
    rig.press(cm.AutoOn)
    assert not [one for one in rig.book(0, PRICES[0], lean=1) if isinstance(one, PlaceOrder)]
    assert "GSM stage 2" in last_line(rig.engine)
    assert stage(rig, 1) == {}


def test_what_is_held_in_a_restricted_stock_is_still_guarded_and_left():
    barred = msgspec.structs.replace(STOCKS[0], restricted="trade for trade")
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="U"), stocks=(barred, *STOCKS[1:]))
    records = [Record(seq=seq, at_ns=START - NS, body=one) for seq, one in enumerate(HELD)]
    rig.engine.begin(records, START, latched=False)
    rig.open_market()
    rig.poll_answer(
        [
            HELD[3].report,
            told("N2", "TX1", ReportStatus.TRIGGER_PENDING, side=Side.SELL, terms=STOP),
        ]
    )
    rig.now += 1
    ten = Holding(row=0, symbol="ALPHA", quantity=10, value=10 * PRICES[0])
    rig.give(ev.PositionsReported(at_ns=rig.now, holdings=(ten,), asked_ns=rig.now))
    sent = rig.press(cm.Flatten, row=0)
    assert [one for one in sent if isinstance(one, ModifyOrder)]


def test_only_allowed_stocks_are_entered():
    rig = rig_of(lists=ListRules(allow=frozenset({"BRAVO"})))
    assert stage(rig, 0) == {"not_listed": 1}
    assert stage(rig, 1) == {}


def test_a_symbol_nobody_has_is_said_at_the_start():
    lists = ListRules(allow=frozenset({"ALPHA"}), deny=frozenset({"BRAVOO"}))
    rig = Rig(config=EngineConfig(mode=Mode.SIM, run_id="T", lists=lists))
    rig.engine.begin((), START, latched=False)
    said = [one.text for one in rig.engine.chronicle.lines if "lists." in one.text]
    assert len(said) == 1
    assert said[0].endswith(": BRAVOO")


# -- order-to-trade ratio ------------------------------------------------------------------


def test_requests_a_trade_are_counted_and_shown():
    rig = rig_of()
    assert take_picture(rig.engine, 1, rig.now, Latency()).tally.otr_pct == -1
    position = rig.hold(0)
    tally = take_picture(rig.engine, 1, rig.now, Latency()).tally
    assert (tally.requests, tally.otr_pct) == (2, 200)
    rig.press(cm.Flatten, row=0)
    rig.report(position.exit, ReportStatus.COMPLETE)
    # New entry, new stop, its change: three requests for two orders that traded.
    tally = take_picture(rig.engine, 1, rig.now, Latency()).tally
    assert (tally.requests, tally.otr_pct) == (3, 150)
    assert alarms(rig) == []


def test_too_many_requests_a_trade_raise_one_alarm():
    rig = rig_of(risk=RiskLimits(otr_alarm=2))
    position = rig.hold(0)
    assert alarms(rig) == []
    rig.press(cm.Flatten, row=0)
    assert alarms(rig) == ["3 order requests, more than 2 a trade"]
    rig.report(position.exit, ReportStatus.OPEN)
    rig.book(0, PRICES[0] - 500)
    rig.wait(1 * NS)
    assert rig.engine.sent.requests == 4
    assert len(alarms(rig)) == 1


# -- after a restart -----------------------------------------------------------------------


def journal_of(count, every_ns):
    """Records of entries and their exits in turn, the first at START."""
    return [
        Record(
            seq=seq,
            at_ns=START + seq * every_ns,
            body=PlaceOrder(
                tag=f"J{seq}",
                row=0,
                symbol="ALPHA",
                exchange="NSE",
                side=(Side.BUY, Side.SELL)[seq % 2],
                terms=OrderTerms(kind=OrderKind.LIMIT, quantity=1, price=PRICES[0]),
                purpose=(Purpose.ENTRY, Purpose.EXIT)[seq % 2],
            ),
        )
        for seq in range(count)
    ]


def test_counts_and_rates_of_the_day_survive_a_restart():
    engine = Rig().engine
    now = START + 600 * MS
    engine.begin(journal_of(6, 100 * MS), now, latched=False)
    assert engine.sent.placed == 6
    assert engine.sent.entries("ALPHA") == Entries(3, Side.BUY, 1, START + 400 * MS)
    assert engine.desk.window.entry_waits(now) is Span.SECOND
    assert engine.desk.window.entry_waits(now + NS) is None


def test_a_journal_from_the_future_holds_no_exit_back():
    engine = Rig().engine
    engine.begin(journal_of(30, 3_600 * NS), START, latched=False)
    assert engine.desk.window.next_free(START) == START + NS


# -- what leaves ---------------------------------------------------------------------------


def terms_sent(rig):
    """Terms and tick of every order placed or changed."""
    rows = {order.order_id: order.row for order in rig.desk.blotter if order.order_id}
    for effect in rig.effects:
        if isinstance(effect, PlaceOrder | ModifyOrder):
            row = effect.row if isinstance(effect, PlaceOrder) else rows[effect.order_id]
            yield effect.terms, STOCKS[row].tick


def test_whatever_happens_prices_leave_on_the_tick_and_never_naked():
    checked = 0
    for seed in range(12):
        for terms, tick in terms_sent(walk(seed).rig):
            assert terms.price > 0, seed
            assert terms.price % tick == terms.trigger % tick == 0, seed
            assert (terms.kind is OrderKind.STOP_LIMIT) == (terms.trigger > 0), seed
            checked += 1
    assert checked > 100
