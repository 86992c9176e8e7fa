"""A rig for the engine: books on demand, a broker played by hand, invariants after every event.

The rig keeps its own account of what the engine asked for, so that an invariant is judged by
the effects that really left and not by the engine's own books alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.effects import (
    CancelOrder,
    Effect,
    ExitStop,
    ModifyOrder,
    OnRecord,
    PlaceOrder,
    PollFunds,
    PollOrder,
    PollOrderBook,
    PollPositions,
    PollTrades,
    SetLatch,
)
from tui_scalper.core.engine import Engine
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import OrderKind, OrderReport, OrderTerms, Purpose, ReportStatus
from tui_scalper.core.positions import Position
from tui_scalper.core.sessions import Calendar
from tui_scalper.core.snapshot import Mode, OperatorState, Protection
from tui_scalper.core.units import MS, NS, Side
from tui_scalper.core.venues import DAY, HOUR, NSE

MIDNIGHT = NSE.midnight(1_795_408_200 * NS)
START = MIDNIGHT + 10 * HOUR
"""10:00 at the venue on 23 November 2026."""
SESSION_END = MIDNIGHT + 15 * HOUR + 8 * 60 * NS
"""Square-off begins."""
FUNDS = 10_00_000_00
"""Rs 10,00,000 in paise."""

TRADED = 10_000_000
"""Shares traded today before the first book: enough for every gate of liquidity."""

STOCKS = (
    Instrument(symbol="ALPHA", token=256, tick=5),
    Instrument(symbol="BRAVO", token=512, tick=10),
    Instrument(symbol="CANDOR", token=768, tick=1),
)
PRICES = (1_000_00, 2_500_00, 180_00)
"""Best bid of each stock at the start, paise."""

REQUESTS = (PlaceOrder, ModifyOrder, ExitStop, CancelOrder)
NEWS = (
    ev.Placed,
    ev.PlaceRefused,
    ev.PlaceUnknown,
    ev.ModifyRefused,
    ev.CancelRefused,
    ev.ChangeUnknown,
    ev.OrderReported,
    ev.OrderBookReported,
)


def fill_book(
    row: Cells,
    bid: int,
    ask: int,
    *,
    lean: int = 1,
    ltp: int = 0,
    depth: int = 50_000,
    at_ns: int = START,
    step: int = 0,
) -> None:
    """Write a whole book: five levels a side; `lean` 1 is a buy signal, -1 a sell, 0 none."""
    step = step or int(row[c.TICK])
    strong, weak = depth * 2, depth
    bids, asks = {1: (strong, weak), -1: (weak, strong), 0: (depth, depth)}[lean]
    for level in range(c.LEVELS):
        row[c.BID_PRICE + level] = bid - level * step if bid else 0
        row[c.BID_QUANTITY + level] = bids if bid else 0
        row[c.ASK_PRICE + level] = ask + level * step if ask else 0
        row[c.ASK_QUANTITY + level] = asks if ask else 0
        row[c.BID_ORDERS + level] = row[c.ASK_ORDERS + level] = 3
    row[c.TOTAL_BUY] = {1: 800_000, -1: 200_000, 0: 500_000}[lean] if bid else 0
    row[c.TOTAL_SELL] = 1_000_000 - {1: 800_000, -1: 200_000, 0: 500_000}[lean] if ask else 0
    row[c.LTP] = ltp or bid or ask
    row[c.VOLUME] = row[c.VOLUME] or TRADED
    row[c.EXCHANGE_NS] = row[c.RECEIVED_NS] = at_ns
    row[c.UPDATES] += 1


class Rig:
    """One engine under test. `now` only moves by `wait`, `wake` and `at`."""

    def __init__(
        self,
        mode: Mode = Mode.SIM,
        config: EngineConfig | None = None,
        calendar: Calendar | None = None,
        stocks: Sequence[Instrument] = STOCKS,
    ) -> None:
        self.config = config or EngineConfig(mode=mode, run_id="T")
        self.engine = Engine(self.config, Universe(NSE, stocks), calendar)
        self.desk = self.engine.desk
        self.now = START
        self.alone = True
        """Nobody else trades in this account, and no order proven absent turns up."""
        self.effects: list[Effect] = []
        self.requests: deque[int] = deque()
        self.tags: set[str] = set()
        self._ids = 0

    # -- giving events ---------------------------------------------------------------------

    def give(self, event: ev.Event) -> list[Effect]:
        """Hand `event` over, check the invariants, keep and return the effects."""
        before = {order.tag: order.state for order in self.desk.blotter}
        effects = list(self.engine.receive(event))
        self.effects += effects
        self._check_effects(event, effects, before)
        if self.alone:
            check_books(self.engine)
        return effects

    def command(self, command: cm.Command) -> list[Effect]:
        """A key pressed now."""
        return self.give(ev.Commanded(at_ns=self.now, command=command))

    def press(self, kind: type[cm.Command], **fields: object) -> list[Effect]:
        """A fresh key of this kind."""
        return self.command(kind(key_ns=self.now, **fields))  # type: ignore[arg-type]

    def wait(self, ns: int) -> list[Effect]:
        """Let time pass, waking the engine whenever it asked for it."""
        until = self.now + ns
        effects: list[Effect] = []
        while self.engine.wake_ns <= until:
            self.now = max(self.now, self.engine.wake_ns)
            before = self.engine.wake_ns
            effects += self.give(ev.ClockTicked(at_ns=self.now))
            assert self.engine.wake_ns > before or self.engine.wake_ns > self.now, "busy wake-up"
        self.now = until
        return effects + self.give(ev.ClockTicked(at_ns=self.now))

    def book(self, row: int, bid: int, ask: int = 0, **fields: int) -> list[Effect]:
        """A frame that changes one row; the ask is one tick above the bid unless told."""
        ask = ask or bid + STOCKS[row].tick
        fill_book(self.engine.table.cells[row], bid, ask, at_ns=self.now, **fields)
        return self.frame(row)

    def frame(self, *rows: int) -> list[Effect]:
        """A frame that changed `rows`, already written."""
        return self.give(ev.Ticks(at_ns=self.now, rows=np.array(rows, dtype=np.int64)))

    # -- the usual beginnings --------------------------------------------------------------

    def open_market(self, lean: int = 0) -> Rig:
        """Connected, funded, every book alive."""
        self.give(ev.LinkChanged(at_ns=self.now, link=ev.Link.LIVE))
        self.give(ev.FundsReported(at_ns=self.now, available=FUNDS))
        for row, price in enumerate(PRICES):
            self.book(row, price, lean=lean)
        self.effects.clear()
        return self

    def enter(self, row: int = 0, side: Side = Side.BUY) -> Order:
        """Arm, stage and confirm an entry; returns the order sent."""
        self.press(cm.Arm)
        self.press(cm.Stage, row=row, side=side)
        staged = self.engine.operator.staged
        assert staged is not None, last_line(self.engine)
        sent = self.press(cm.Confirm, stage_id=staged.stage_id)
        places = [effect for effect in sent if isinstance(effect, PlaceOrder)]
        assert len(places) == 1, last_line(self.engine)
        return self.order(places[0].tag)

    def hold(self, row: int = 0, side: Side = Side.BUY) -> Position:
        """A position filled at the best price, its stop resting."""
        entry = self.enter(row, side)
        self.place(entry)
        cells = self.engine.table.cells[row]
        price = int(cells[c.ASK_PRICE if side is Side.BUY else c.BID_PRICE])
        self.report(entry, ReportStatus.COMPLETE, price=price)
        position = self.desk.positions[row]
        stop = position.exit
        assert stop is not None
        self.place(stop)
        self.report(stop, ReportStatus.TRIGGER_PENDING)
        assert position.protection() is Protection.PROTECTED
        self.effects.clear()
        return position

    # -- the broker, by hand ---------------------------------------------------------------

    def order(self, tag: str) -> Order:
        """The order with our `tag`."""
        order = self.desk.blotter.by_tag(tag)
        assert order is not None
        return order

    def place(self, order: Order) -> list[Effect]:
        """The broker takes `order` and numbers it."""
        self._ids += 1
        return self.give(ev.Placed(at_ns=self.now, tag=order.tag, order_id=f"N{self._ids}"))

    def describe(
        self,
        order: Order,
        status: ReportStatus,
        filled: int | None = None,
        *,
        price: int = 0,
        terms: OrderTerms | None = None,
        order_id: str = "",
        text: str = "",
    ) -> OrderReport:
        """A report of `order`: by default with the terms asked for, complete means all filled."""
        terms = terms or order.wanted
        if filled is None:
            filled = terms.quantity if status is ReportStatus.COMPLETE else order.filled
        if not order_id and not order.order_id:
            self._ids += 1
        return OrderReport(
            order_id=order_id or order.order_id or f"N{self._ids}",
            tag=order.tag,
            row=order.row,
            symbol=order.symbol,
            side=order.side,
            terms=terms,
            status=status,
            filled=filled,
            filled_value=filled * (price or terms.price),
            text=text,
        )

    def report(
        self, order: Order, status: ReportStatus, filled: int | None = None, **fields: object
    ) -> list[Effect]:
        """The broker says how `order` stands."""
        report = self.describe(order, status, filled, **fields)  # type: ignore[arg-type]
        return self.give(ev.OrderReported(at_ns=self.now, report=report))

    def poll_answer(
        self, reports: Sequence[OrderReport] = (), asked_ns: int | None = None
    ) -> list[Effect]:
        """The broker's whole order book, asked for now unless told."""
        asked = self.now if asked_ns is None else asked_ns
        return self.give(
            ev.OrderBookReported(at_ns=self.now, reports=tuple(reports), asked_ns=asked)
        )

    # -- reading ---------------------------------------------------------------------------

    def sent(self, kind: type[Effect]) -> list[Effect]:
        """Effects of one kind since the last clearing."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def refused(self) -> dict[str, int]:
        """Counts of refusals so far."""
        return dict(self.engine.chronicle.refused)

    # -- invariants ------------------------------------------------------------------------

    def _check_effects(
        self, event: ev.Event, effects: list[Effect], before: dict[str, OrderState]
    ) -> None:
        about: set[str] = set()
        for effect in effects:
            assert isinstance(
                effect,
                (
                    *REQUESTS,
                    PollOrderBook,
                    PollFunds,
                    PollOrder,
                    PollPositions,
                    PollTrades,
                    SetLatch,
                    OnRecord,
                ),
            )
            if isinstance(effect, REQUESTS):
                self._check_rate()
            if isinstance(effect, PlaceOrder):
                self._check_place(effect)
            elif isinstance(effect, (ModifyOrder, ExitStop, CancelOrder)):
                order = self.desk.blotter.by_id(effect.order_id)
                assert order is not None
                assert order.tag not in about, "two requests about one order at once"
                about.add(order.tag)
                found = order.tag not in before  # by the comparison of books in this very event
                free = found or before[order.tag] is OrderState.WORKING
                assert free or isinstance(event, NEWS), f"{effect} while {before[order.tag]}"

    def _check_rate(self) -> None:
        now = self.engine.now_ns
        self.requests.append(now)
        while now - self.requests[0] >= NS:
            self.requests.popleft()
        assert len(self.requests) <= self.config.risk.orders_per_second

    def _check_place(self, effect: PlaceOrder) -> None:
        assert effect.tag not in self.tags
        self.tags.add(effect.tag)
        assert effect.tag.isalnum()
        assert effect.tag.isascii()
        assert len(effect.tag) <= 20
        tick = STOCKS[effect.row].tick
        assert effect.terms.quantity > 0
        assert effect.terms.price > 0
        assert effect.terms.price % tick == 0
        assert effect.terms.trigger % tick == 0
        order = self.order(effect.tag)
        if order.purpose is Purpose.ENTRY:
            allowed = (OperatorState.ARMED, OperatorState.STAGED)
            assert self.engine.operator.state in allowed
            assert not self.engine.operator.paused


def check_books(engine: Engine) -> None:
    """What must be true of the engine's own books at any moment."""
    desk = engine.desk
    live = {order.tag for order in desk.blotter.live()}
    assert live == {order.tag for order in desk.blotter if order.live}
    for row, position in desk.positions.items():
        assert position.row == row
        check_position(position)
    assert engine.wake_ns > 0


def check_position(position: Position) -> None:
    """What must be true of one position at any moment, with a broker that tells the truth."""
    assert position.held >= 0
    assert position.held == position.entry.filled - sum(o.filled for o in position.exits)
    live = [order for order in position.exits if order.live]
    assert len(live) <= 1, "two live exit orders"
    for order in live:
        assert order.side is position.side.opposite
        assert order.open_quantity <= position.held
    assert not position.done
    protection = position.protection()
    if protection is Protection.PROTECTED:
        stop = live[0]
        assert stop.terms.kind is OrderKind.STOP_LIMIT
        assert stop.terms.quantity - stop.filled >= position.held > 0
        assert stop.state is not OrderState.UNKNOWN


def last_line(engine: Engine) -> str:
    """The newest line of the log, for messages of failing tests."""
    return engine.chronicle.lines[-1].text if engine.chronicle.lines else "nothing said"


__all__ = [
    "DAY",
    "FUNDS",
    "MS",
    "PRICES",
    "SESSION_END",
    "START",
    "STOCKS",
    "Rig",
    "check_books",
    "check_position",
    "fill_book",
    "last_line",
]
