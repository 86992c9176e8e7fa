"""A small deterministic market with one engine that can be killed at any journal record."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from enum import Enum
from itertools import count
from random import Random

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, ProtectionRules, RiskLimits, Style
from tui_scalper.core.engine import Engine
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.journalled import Record, RunStarted
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import MS, NS
from tui_scalper.core.venues import NSE
from tui_scalper.exchange.bridge import carry_change, holdings_of, new_order, report, trades_of
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import OrderRefused
from tui_scalper.exchange.recorded import RecordedMarket

START = NSE.midnight(1_795_408_200 * NS) + 10 * 3_600 * NS
FRAME = 250 * MS
LATENCY = 30 * MS
UNIVERSE = Universe(
    NSE, [Instrument(symbol=name, token=n * 256 + 1, tick=5) for n, name in enumerate("ABC", 1)]
)
LIMITS = RiskLimits(daily_trades=10_000, loss_streak=10_000, cooldown_ns=NS, refusal_cooldown_ns=NS)


class Last(Enum):
    """What became of the effect whose record was the last one written."""

    LOST = "written, never sent"
    SENT = "written and sent"


class KilledError(Exception):
    """The process ended here."""


class World:
    """Market, exchange and path live on; engines come and go."""

    def __init__(self, seed: int, style: Style = Style.ENGINE) -> None:
        self.random = Random(seed)
        self.now = START
        self.truth = np.zeros((len(UNIVERSE), c.COLUMNS), dtype=np.int64)
        self.mids = [self.random.randrange(20_000, 90_000) // 5 * 5 for _ in UNIVERSE]
        self.leans = [0] * len(UNIVERSE)
        self.exchange = Exchange(UNIVERSE, RecordedMarket(UNIVERSE, self.truth))
        self.requests: list[tuple[int, int, ef.Effect]] = []
        self.news: list[tuple[int, int, Callable[[int], ev.Event]]] = []
        self.order = count()
        self.records: list[Record] = []
        self.run = 0
        self.style = style
        self.kill_at = -1
        self.last = Last.LOST
        self.engine = self.start()

    # -- engines ---------------------------------------------------------------------------

    def start(self) -> Engine:
        """A new engine over what the journal holds; what the old one was to hear is lost."""
        self.run += 1
        self.news = []
        run_id = f"R{self.run}"
        rules = ProtectionRules(style=self.style)
        config = EngineConfig(mode=Mode.SIM, run_id=run_id, risk=LIMITS, protection=rules)
        self.engine = Engine(config, UNIVERSE)
        self.engine.begin(tuple(self.records), self.now, latched=False)
        self.records.append(self.record(RunStarted(mode="SIM", run_id=run_id)))
        self.give(ev.LinkChanged(at_ns=self.now, link=ev.Link.LIVE))
        return self.engine

    def boot(self) -> None:
        """The machine was off: what was on its way has reached the exchange long ago."""
        while self.requests:
            self.now, _, effect = heapq.heappop(self.requests)
            self.arrive(effect)
        self.now += NS

    def record(self, body: object) -> Record:
        return Record(seq=len(self.records), at_ns=self.now, body=body)  # type: ignore[arg-type]

    def give(self, event: ev.Event) -> None:
        """An event reaches the engine; its effects are journalled, then sent."""
        if not isinstance(event, ev.Ticks | ev.ClockTicked):
            self.write(event)
        for effect in self.engine.receive(event):
            self.write(effect)
            self.send(effect)

    def write(self, body: object) -> None:
        self.records.append(self.record(body))
        if len(self.records) == self.kill_at:
            if self.last is Last.SENT and isinstance(body, ef.Effect):
                self.send(body)
            raise KilledError

    def press(self, *kinds: type[cm.Command]) -> None:
        for kind in kinds:
            self.give(ev.Commanded(at_ns=self.now, command=kind(key_ns=self.now)))

    # -- the path --------------------------------------------------------------------------

    def send(self, effect: ef.Effect) -> None:
        due = self.now + LATENCY + self.random.randrange(LATENCY)
        heapq.heappush(self.requests, (due, next(self.order), effect))

    def tell(self, event_at: Callable[[int], ev.Event]) -> None:
        due = self.now + LATENCY + self.random.randrange(LATENCY)
        heapq.heappush(self.news, (due, next(self.order), event_at))

    def arrive(self, effect: ef.Effect) -> None:
        try:
            self.ask(effect)
        except OrderRefused as refusal:
            self.refuse(effect, str(refusal))
        self.publish()

    def ask(self, effect: ef.Effect) -> None:
        now = self.now
        match effect:
            case ef.PlaceOrder(tag=tag):
                order_id = self.exchange.place(new_order(effect), now)
                self.tell(lambda at: ev.Placed(at_ns=at, tag=tag, order_id=order_id))
            case ef.ModifyOrder(order_id=order_id) | ef.ExitStop(order_id=order_id):
                carry_change(self.exchange, effect, now)
                self.tell(lambda at: ev.ModifyAccepted(at_ns=at, order_id=order_id))
            case ef.CancelOrder(order_id=order_id):
                self.exchange.cancel(order_id, now)
                self.tell(lambda at: ev.CancelAccepted(at_ns=at, order_id=order_id))
            case ef.PollOrderBook():
                reports = tuple(report(one) for one in self.exchange.orders())
                self.tell(lambda at: ev.OrderBookReported(at_ns=at, reports=reports, asked_ns=now))
            case ef.PollPositions():
                held = holdings_of(self.exchange)
                self.tell(lambda at: ev.PositionsReported(at_ns=at, holdings=held, asked_ns=now))
            case ef.PollTrades():
                traded = trades_of(self.exchange)
                self.tell(lambda at: ev.TradesReported(at_ns=at, trades=traded, asked_ns=now))
            case ef.PollFunds():
                cash = self.exchange.margins().available
                self.tell(lambda at: ev.FundsReported(at_ns=at, available=cash))

    def refuse(self, effect: ef.Effect, text: str) -> None:
        match effect:
            case ef.PlaceOrder(tag=tag):
                self.tell(lambda at: ev.PlaceRefused(at_ns=at, tag=tag, text=text))
            case ef.ModifyOrder(order_id=order_id) | ef.ExitStop(order_id=order_id):
                self.tell(lambda at: ev.ModifyRefused(at_ns=at, order_id=order_id, text=text))
            case ef.CancelOrder(order_id=order_id):
                self.tell(lambda at: ev.CancelRefused(at_ns=at, order_id=order_id, text=text))

    def publish(self) -> None:
        for update in self.exchange.drain_updates():
            told = report(update.order)
            self.tell(lambda at, told=told: ev.OrderReported(at_ns=at, report=told))

    # -- the market ------------------------------------------------------------------------

    def move(self) -> None:
        """Every stock steps, leans now and then, and is told to exchange and engine."""
        for row in range(len(UNIVERSE)):
            if self.random.random() < 0.05:
                self.leans[row] = self.random.choice((-1, 0, 0, 1))
            self.mids[row] += 5 * self.random.choice((-6, -2, -1, 0, 0, 1, 2, 6))
            self.truth[row, : c.MARKET_END] = self.book(row)
        rows = np.arange(len(UNIVERSE), dtype=np.int64)
        self.exchange.match(rows, self.now)
        self.publish()
        cells = self.engine.table.cells
        updates = cells[:, c.UPDATES].copy()
        cells[:, : c.MARKET_END] = self.truth[:, : c.MARKET_END]
        cells[:, c.UPDATES] = updates + 1
        cells[:, c.RECEIVED_NS] = self.now
        self.give(ev.Ticks(at_ns=self.now, rows=rows))

    def book(self, row: int) -> np.ndarray:
        cells = np.zeros(c.MARKET_END, dtype=np.int64)
        mid, lean = self.mids[row], self.leans[row]
        bid, ask = (800, 200) if lean > 0 else (200, 800) if lean < 0 else (400, 400)
        for level in range(c.LEVELS):
            cells[c.BID_PRICE + level] = mid - 5 * level
            cells[c.ASK_PRICE + level] = mid + 5 + 5 * level
            cells[c.BID_QUANTITY + level] = bid
            cells[c.ASK_QUANTITY + level] = ask
            cells[c.BID_ORDERS + level] = cells[c.ASK_ORDERS + level] = 3
        cells[c.LTP] = mid if self.random.random() < 0.5 else mid + 5
        cells[c.TOTAL_BUY], cells[c.TOTAL_SELL] = bid * 10, ask * 10
        cells[c.VOLUME] = 10_000_000
        cells[c.EXCHANGE_NS] = self.now
        return cells

    def fall_silent(self) -> None:
        """The market stands still for a second, so that all news arrive."""
        self.live_on(self.now + NS, frame=self.now + 2 * NS)

    def live_on(self, until: int, frame: int = 0) -> None:
        """Let time pass up to `until`: frames, requests, news, the engine's own timers."""
        frame = frame or self.now - self.now % FRAME + FRAME
        while self.now < until:
            due = min(
                frame,
                self.requests[0][0] if self.requests else until,
                self.news[0][0] if self.news else until,
                max(self.engine.wake_ns, self.now),
                until,
            )
            self.now = due
            if self.requests and self.requests[0][0] <= due:
                self.arrive(heapq.heappop(self.requests)[2])
            elif self.news and self.news[0][0] <= due:
                self.give(heapq.heappop(self.news)[2](due))
            elif frame <= due:
                frame += FRAME
                self.move()
            elif self.engine.wake_ns <= due:
                self.give(ev.ClockTicked(at_ns=due))
