"""Stops the broker holds, engine and simulated exchange together: every way they can go wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from engine_rig import MIDNIGHT, MS, PRICES, START, STOCKS, Rig, fill_book

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.config import EngineConfig, EntryRules, ProtectionRules, Remainder, Style
from tui_scalper.core.effects import (
    CancelOrder,
    Effect,
    ExitStop,
    ModifyOrder,
    OrderRequest,
    PlaceOrder,
    PollFunds,
    PollOrderBook,
    PollPositions,
)
from tui_scalper.core.engine import Engine
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.journalled import Body, Record, RunStarted
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import Leg, OrderKind, Purpose, ReportStatus
from tui_scalper.core.recovery import rebuild
from tui_scalper.core.snapshot import Mode, Protection, Severity
from tui_scalper.core.units import NS, Side
from tui_scalper.core.venues import HOUR, MINUTE
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import NewOrder, OrderType, Status, Validity
from tui_scalper.exchange.recorded import RecordedMarket
from tui_scalper.lab.paper import Latency, PaperBroker

BID, ASK = PRICES[0], PRICES[0] + 5
SENT = (PlaceOrder, ModifyOrder, ExitStop, CancelOrder, PollOrderBook, PollFunds, PollPositions)
JOURNALLED = (ev.Ticks, ev.ClockTicked)


class Trade(Rig):
    """An engine whose stops the exchange holds, and that exchange, 40 ms apart."""

    def __init__(self, at_ns: int = START, entry: EntryRules | None = None) -> None:
        config = EngineConfig(
            mode=Mode.SIM,
            run_id="T",
            protection=ProtectionRules(style=Style.BROKER),
            entry=entry or EntryRules(),
        )
        super().__init__(config=config)
        self.now = at_ns
        cells = np.zeros((len(STOCKS), c.COLUMNS), dtype=np.int64)
        universe = self.engine.universe
        self.exchange = Exchange(universe, RecordedMarket(universe, cells), leverage=5)
        self.exchange.advance(at_ns)
        self.broker = PaperBroker(self.exchange, self.hear, Latency())
        self.lost: Callable[[ev.Event], bool] = lambda _: False
        self.records: list[Record] = [self.record(RunStarted(mode="SIM", run_id="T"))]
        self.open_market()
        self.run(100 * MS)

    def record(self, body: Body) -> Record:
        records = getattr(self, "records", [])
        return Record(seq=len(records), at_ns=self.now, body=body)

    def give(self, event: ev.Event) -> list[Effect]:
        if not isinstance(event, JOURNALLED):
            self.records.append(self.record(event))
        effects = super().give(event)
        for effect in effects:
            self.records.append(self.record(effect))
            if isinstance(effect, SENT):
                self.broker.carry_out(effect, self.now)
        return effects

    def hear(self, event: ev.Event) -> None:
        if not self.lost(event):
            self.give(event)

    def run(self, ns: int) -> None:
        """Let requests arrive, news come back and the engine wake up."""
        until = self.now + ns
        while min(self.broker.next_ns, self.engine.wake_ns) <= until:
            self.now = max(min(self.broker.next_ns, self.engine.wake_ns), self.now)
            if self.broker.next_ns <= self.now:
                self.broker.deliver(self.now)
            else:
                self.give(ev.ClockTicked(at_ns=self.now))
        self.now = until

    def market(self, bid: int, ask: int, **fields: int) -> None:
        """The book of the exchange alone: what it shows now reaches nobody yet."""
        fill_book(self.exchange.cells[0], bid, ask, at_ns=self.now, **fields)
        self.exchange.match(np.array([0], dtype=np.int64), self.now)
        self.broker.frame(self.now)

    def both(self, bid: int, ask: int = 0) -> None:
        """A book that the engine sees as well."""
        ask = ask or bid + 5
        self.market(bid, ask)
        self.book(0, bid, ask)

    def buy(self, depth: int = 50_000):
        """Enter while the exchange has `depth` shares to sell; the order."""
        self.market(BID, ASK, depth=depth)
        return self.enter()

    def legs(self):
        return [one for one in self.exchange.orders() if one.parent_id]

    def leg(self):
        (only,) = self.legs()
        return only

    def asked(self) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, OrderRequest)]

    def alarms(self) -> list[str]:
        lines = self.engine.chronicle.lines
        return [line.text for line in lines if line.severity is Severity.ALARM]

    def held(self) -> int:
        return sum(one.quantity for one in self.exchange.positions())


def is_placed(event: ev.Event) -> bool:
    return isinstance(event, ev.Placed)


def is_news(event: ev.Event) -> bool:
    return isinstance(event, ev.OrderReported)


def test_one_order_is_sent_and_the_broker_does_the_rest():
    trade = Trade()
    entry = trade.buy()
    trade.run(NS)
    position = trade.desk.positions[0]
    assert position.protection() is Protection.PROTECTED
    assert trade.leg().asked.trigger == position.stop(trade.config.protection)
    trade.both(position.target(trade.config.protection))
    trade.run(NS)
    assert trade.desk.positions == {}
    assert trade.held() == 0
    placed = [one for one in trade.asked() if isinstance(one, PlaceOrder)]
    assert [one.tag for one in placed] == [entry.tag]
    (closed,) = trade.desk.trades
    assert (closed.reason, closed.quantity) == ("target at market", entry.filled)


def test_the_stop_is_hit_and_the_trade_is_over_without_a_request():
    trade = Trade()
    trade.buy()
    trade.run(NS)
    trade.effects.clear()
    trade.both(BID - 3_00)
    trade.run(NS)
    assert trade.asked() == []
    assert (trade.desk.positions, trade.held()) == ({}, 0)
    assert trade.desk.trades[0].reason == "stop"


def test_fills_in_parts_are_covered_one_by_one_and_the_rest_is_taken_back():
    trade = Trade()
    entry = trade.buy(depth=40)
    trade.run(300 * MS)
    position = trade.desk.positions[0]
    assert (position.held, trade.leg().pending) == (40, 40)
    assert position.protection() is Protection.PROTECTED
    trade.market(BID, ASK + 5, depth=30)
    trade.run(300 * MS)
    assert (position.held, trade.leg().pending) == (70, 70)
    assert position.protection() is Protection.PROTECTED
    trade.market(BID, 0, depth=30)
    trade.run(2 * NS)
    assert entry.state is OrderState.CANCELLED
    assert (position.held, trade.leg().pending, trade.held()) == (70, 70, 70)
    assert position.protection() is Protection.PROTECTED
    assert trade.alarms() == []


def test_the_rest_is_chased_and_its_stop_grows():
    rules = EntryRules(remainder=Remainder.CHASE, chases=2)
    trade = Trade(entry=rules)
    entry = trade.buy(depth=40)
    trade.run(300 * MS)
    asked_first = entry.terms.price
    trade.market(BID + 60, asked_first + 5)
    trade.book(0, BID - 20, BID - 15)  # nearer than the collar of the decision
    trade.run(1_300 * MS)
    trade.both(BID + 20)
    trade.run(NS)
    moved = [one for one in trade.asked() if isinstance(one, ModifyOrder)]
    assert any(one.leg is Leg.GUARDED for one in moved)
    position = trade.desk.positions[0]
    assert (position.held, trade.leg().pending) == (entry.wanted.quantity, entry.wanted.quantity)
    assert position.protection() is Protection.PROTECTED


def test_a_rejected_stop_is_an_alarm_and_one_of_ours_rests_instead():
    trade = Trade()
    trade.exchange.faults.reject_stops = 1
    entry = trade.buy()
    trade.run(NS)
    position = trade.desk.positions[0]
    assert trade.leg().status is Status.REJECTED
    assert any("UNPROTECTED" in text for text in trade.alarms())
    own = trade.desk.blotter.by_tag(position.exit.tag)
    assert (own.leg, own.terms.quantity, own.seen) == (Leg.PLAIN, entry.filled, True)
    assert position.protection() is Protection.PROTECTED
    trade.press(cm.Flatten, row=0)
    trade.run(NS)
    assert (trade.desk.positions, trade.held()) == ({}, 0)


def stopped_in_part(first: int) -> tuple[Trade, Order]:
    """The stop for the `first` shares trades unheard; news of a smaller, rejected one is coming."""
    trade = Trade()
    trade.lost = lambda event: is_news(event) and event.report.terms.quantity == first
    entry = trade.buy(depth=first)
    trade.run(100 * MS)
    trade.market(BID - 3_00, ASK - 3_00)  # hits the stop, and fills the rest of the entry
    return trade, entry


def test_what_a_run_did_not_conclude_from_an_update_the_next_one_does_not_either():
    trade, entry = stopped_in_part(80)
    trade.run(50 * MS)
    _, small = trade.legs()
    assert isinstance(trade.records[-1].body, PollOrderBook), "the update is left to the book"
    assert trade.records[-2].body.report.order_id == small.order_id
    assert trade.desk.blotter.by_id(small.order_id) is None
    fresh = Engine(trade.config, trade.engine.universe)
    rebuild(fresh.desk, fresh.universe, trade.records, trade.now)
    assert fresh.desk.blotter.by_tag(entry.tag).filled == entry.filled
    assert fresh.desk.blotter.by_id(small.order_id) is None


def test_a_rejected_stop_for_a_part_is_not_taken_for_the_one_that_traded():
    """Seeds 4006444 and 4008482 of a soak: news of the small stop overtook that of the large."""
    first = 80
    trade, entry = stopped_in_part(first)
    trade.run(3 * NS)
    large, small = trade.legs()
    assert (large.status, large.filled) == (Status.COMPLETE, first)
    assert (small.status, small.asked.quantity) == (Status.REJECTED, entry.filled - first)
    ours = {one.asked.quantity for one in trade.exchange.orders() if one.asked.tag != entry.tag}
    assert ours == {entry.filled - first}
    assert trade.held() == trade.desk.positions[0].held == entry.filled - first


def test_where_our_own_is_rejected_too_the_position_leaves_at_market():
    trade = Trade()
    trade.exchange.faults.reject_stops = 3
    trade.buy()
    trade.run(2 * NS)
    assert (trade.desk.positions, trade.held()) == ({}, 0)
    assert trade.desk.trades[0].reason == "stop lost"


def test_an_order_whose_answer_and_news_are_lost_is_found_with_its_stop():
    trade = Trade()
    trade.lost = lambda event: is_placed(event) or is_news(event)
    entry = trade.buy()
    trade.run(1_900 * MS)
    assert entry.state is OrderState.SENT
    trade.run(1_500 * MS)
    position = trade.desk.positions[0]
    assert (entry.state, position.held) == (OrderState.FILLED, trade.held())
    assert position.exit.order_id == trade.leg().order_id
    assert position.protection() is Protection.PROTECTED
    placed = [one for one in trade.asked() if isinstance(one, PlaceOrder)]
    assert [one.tag for one in placed] == [entry.tag]
    assert len(trade.exchange.orders()) == 2


def test_the_stop_fills_while_its_exit_is_under_way():
    trade = Trade()
    trade.buy()
    trade.run(NS)
    trade.press(cm.Flatten, row=0)
    trade.run(20 * MS)
    trade.market(BID - 3_00, BID - 2_95)
    trade.run(NS)
    assert (trade.desk.positions, trade.held()) == ({}, 0)
    assert len(trade.desk.trades) == 1
    assert trade.leg().asked.type is OrderType.STOP_LIMIT, "the exit came too late"


def test_an_exit_that_the_market_leaves_behind_is_asked_again():
    trade = Trade()
    trade.buy()
    trade.run(NS)
    trade.market(0, ASK)
    trade.press(cm.Flatten, row=0)
    trade.run(500 * MS)
    assert (trade.leg().status, trade.leg().asked.type) == (Status.OPEN, OrderType.LIMIT)
    trade.both(BID - 20_00)
    trade.run(3 * NS)
    assert (trade.desk.positions, trade.held()) == ({}, 0)
    assert len([one for one in trade.asked() if isinstance(one, ExitStop)]) >= 2
    assert len(trade.legs()) == 1


def test_a_stop_somebody_takes_away_is_followed_by_an_exit():
    trade = Trade()
    trade.buy()
    trade.run(NS)
    trade.exchange.cancel(trade.leg().order_id, trade.now)
    trade.market(BID, ASK)
    trade.broker.carry_out(PollOrderBook(), trade.now)
    trade.run(NS)
    assert (trade.desk.positions, trade.held()) == ({}, 0)
    assert trade.desk.trades[0].reason == "stop lost"


def test_a_stop_that_lapses_with_the_session_is_said_and_nothing_is_sent_after_it():
    trade = Trade(at_ns=MIDNIGHT + 15 * HOUR + 7 * MINUTE)
    trade.buy()
    trade.run(NS)
    trade.market(0, ASK)
    trade.book(0, 0, ASK, ltp=BID)
    trade.run(9 * MINUTE)
    position = trade.desk.positions[0]
    assert (position.goal, trade.leg().asked.type) == (Goal.EXIT, OrderType.LIMIT)
    trade.effects.clear()
    trade.run(20 * MINUTE)
    trade.exchange.advance(trade.now)
    trade.broker.frame(trade.now)
    trade.run(20 * MINUTE)
    assert trade.leg().status is Status.CANCELLED
    assert trade.held() == position.held > 0
    assert trade.asked() == []
    assert any("UNPROTECTED" in text for text in trade.alarms())


def restarted(
    trade: Trade, style: Style, lost: Callable[[ev.Event], bool] = lambda _: False
) -> Trade:
    """The process died; the next one begins over its journal, news on their way are lost."""
    rules = ProtectionRules(style=style)
    trade.config = EngineConfig(mode=Mode.SIM, run_id="U", protection=rules)
    trade.engine = Engine(trade.config, trade.engine.universe)
    trade.desk = trade.engine.desk
    trade.broker = PaperBroker(trade.exchange, trade.hear, Latency())
    trade.engine.begin(tuple(trade.records), trade.now, latched=False)
    trade.records.append(trade.record(RunStarted(mode="SIM", run_id="U")))
    trade.effects.clear()
    trade.lost = lost
    trade.give(ev.LinkChanged(at_ns=trade.now, link=ev.Link.LIVE))
    trade.book(0, BID, ASK)
    trade.run(3 * NS)
    return trade


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("heard", [10 * MS, 60 * MS, 100 * MS, NS])
def test_killed_with_a_stop_at_the_broker_the_next_run_goes_on_behind_it(style, heard):
    trade = Trade()
    trade.buy()
    trade.run(heard)
    sent = len(trade.exchange.orders())
    if not sent:
        trade.run(40 * MS)
    trade = restarted(trade, style)
    position = trade.desk.positions[0]
    assert position.held == trade.held() > 0
    assert position.protection() is Protection.PROTECTED
    assert (position.exit.leg, position.exit.order_id) == (Leg.STOP, trade.leg().order_id)
    assert [one for one in trade.asked() if isinstance(one, PlaceOrder)] == []
    assert len(trade.exchange.orders()) == 2
    trade.press(cm.Flatten, row=0)
    trade.run(NS)
    assert (trade.desk.positions, trade.held()) == ({}, 0)
    assert len(trade.exchange.orders()) == 2


def test_killed_after_news_of_the_stop_alone_both_are_found():
    trade = Trade()
    trade.lost = lambda event: is_news(event) and not event.report.parent_id
    trade.buy()
    trade.run(100 * MS)
    (early,) = [
        one.body
        for one in trade.records
        if isinstance(one.body, ev.OrderReported) and one.body.report.parent_id
    ]
    assert trade.desk.positions[0].held == 0 < early.report.terms.quantity
    trade = restarted(trade, Style.BROKER)
    position = trade.desk.positions[0]
    assert (position.held, position.protection()) == (trade.held(), Protection.PROTECTED)
    assert position.exit.order_id == trade.leg().order_id


def test_a_stop_the_first_book_of_a_run_shows_is_asked_about_in_time():
    """No request of that run leaves, and no second book comes that would show the stop again."""
    trade = Trade()
    trade.buy()
    trade.run(NS)
    news = [one.body.report if is_news(one.body) else None for one in trade.records]
    filled = [told is not None and told.status is ReportStatus.COMPLETE for told in news]
    del trade.records[filled.index(True) + 1 :]
    assert not [told for told in news[: len(trade.records)] if told and told.parent_id]
    books: list[ev.Event] = []

    def is_second_book(event: ev.Event) -> bool:
        books.extend([event] if isinstance(event, ev.OrderBookReported) else [])
        return event in books[1:]

    trade = restarted(trade, Style.BROKER, is_second_book)
    assert trade.desk.positions[0].held == trade.held() > 0
    assert trade.asked() == []
    trade.lost = is_news
    trade.market(BID - 3_00, ASK - 3_00)  # the stop trades, and nobody says so
    trade.run(4 * NS)
    assert (trade.desk.positions, trade.held()) == ({}, 0)


def test_killed_while_leaving_the_next_run_leaves_on():
    trade = Trade()
    trade.buy()
    trade.run(NS)
    trade.market(0, ASK)
    trade.press(cm.Flatten, row=0)
    trade.run(500 * MS)
    trade = restarted(trade, Style.BROKER)
    assert trade.desk.positions[0].goal is Goal.EXIT
    assert trade.leg().status is Status.OPEN
    trade.both(BID - 10_00)
    trade.run(3 * NS)
    assert (trade.desk.positions, trade.held()) == ({}, 0)


def test_killed_behind_a_stop_of_our_own_nothing_of_the_broker_is_awaited():
    trade = Trade()
    trade.exchange.faults.reject_stops = 1
    trade.buy()
    trade.run(NS)
    own = trade.desk.positions[0].exit.tag
    trade = restarted(trade, Style.BROKER)
    position = trade.desk.positions[0]
    assert (position.exit.tag, position.protection()) == (own, Protection.PROTECTED)
    assert position.exit.terms.kind is OrderKind.STOP_LIMIT
    assert trade.asked() == []


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("heard", [60 * MS, NS])
def test_a_stop_for_more_than_is_held_is_left_through_at_once_and_ends_flat(heard, down):
    """Seed 621699: somebody sold a part in the broker's own app, while we ran or did not."""
    trade = Trade()
    trade.alone = False
    trade.buy()
    trade.run(heard)
    bought = trade.held()
    trade.exchange.place(sold_by_hand(30), trade.now)
    if down:
        trade = restarted(trade, Style.BROKER)
    else:
        trade.broker.frame(trade.now)
        trade.run(3 * NS)
    says = f"stop is for {bought} shares, {bought - 30} are held"
    assert [says in text for text in trade.alarms()].count(True) == 1
    assert (trade.desk.positions, trade.held(), trade.desk.strangers.net[0]) == ({}, 0, 0)
    (leaving,) = [one for one in trade.asked() if isinstance(one, ExitStop)]
    back = [one for one in trade.asked() if isinstance(one, PlaceOrder)][-1]
    assert trade.asked().index(leaving) < trade.asked().index(back)
    assert (back.side, back.purpose, back.terms.quantity) == (Side.BUY, Purpose.EXIT, 30)
    (closed,) = trade.desk.trades
    assert closed.reason == GoalInput.STOP_WIDE.value


def sold_by_hand(shares: int) -> NewOrder:
    """An order of somebody else that sells at once."""
    return NewOrder(
        symbol=STOCKS[0].symbol,
        side=Side.SELL,
        quantity=shares,
        price=BID - 5_00,
        validity=Validity.IOC,
    )
