"""R14: whole days of 2,000 stocks in one process; neither memory nor the time of a day grows."""

from __future__ import annotations

import ctypes
import gc
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, RiskLimits
from tui_scalper.core.engine import Engine
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS
from tui_scalper.core.venues import DAY, HOUR, MINUTE, NSE
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.recorded import RecordedMarket
from tui_scalper.lab.paper import Latency, PaperBroker
from tui_scalper.runtime.journal import Journal
from tui_scalper.soak.claims import Claim
from tui_scalper.soak.progress import Gate, Progress

STOCKS: Final = 2_000
SHARE: Final = 10
"""Every second one stock of so many has news, another one each time."""
FIRST_DAY: Final = NSE.midnight(1_795_408_200 * NS)
OPENS: Final = 9 * HOUR + 15 * MINUTE
ENDS: Final = 15 * HOUR + 16 * MINUTE
TRADES_A_DAY: Final = 200
STEP: Final = 0.0005
"""Standard deviation of a stock's step every `SHARE` seconds, as a share of its price."""
TRADED: Final = 10_000_000
"""Shares of each stock that traded before: enough to be let into the race."""
CASH: Final = 10_00_000_00
GROWTH: Final = 0.01
"""How much more memory the last day may leave behind than the first, as a share of it."""
SLOWER: Final = 1.5
"""How much longer the last day may take than the first, and the last hour than the second."""


class DayFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one day came to."""

    events: int
    orders: int
    trades: int
    hours_s: tuple[float, ...]
    """Processor seconds of each hour of trading."""
    resident: int
    """Bytes of memory after it."""
    open_positions: int


def universe(stocks: int) -> Universe:
    """So many stocks with ticks of five paise."""
    return Universe(
        NSE, [Instrument(symbol=f"S{n:04}", token=256 * n + 1, tick=5) for n in range(stocks)]
    )


class Market:
    """Random walks of all stocks, written into `cells` a share of them at a time."""

    def __init__(self, stocks: int, seed: int) -> None:
        self._rng = np.random.Generator(np.random.PCG64(seed))
        self._mids = self._rng.integers(20_000, 300_000, stocks) // 5 * 5
        self._leans = np.zeros(stocks, dtype=np.int64)
        self._stocks = stocks

    def move(self, step: int, cells: Cells, now_ns: int) -> ev.Rows:
        """One share of the stocks steps; returns their rows."""
        rng = self._rng
        rows = np.arange(step % SHARE, self._stocks, SHARE, dtype=np.int64)
        steps = rng.normal(0, STEP, len(rows)) * self._mids[rows]
        self._mids[rows] += (steps / 5).astype(np.int64) * 5
        turns = rows[rng.random(len(rows)) < 0.02]
        self._leans[turns] = rng.choice((-1, 0, 0, 0, 1), len(turns))
        level = np.arange(c.LEVELS)
        mids, leans = self._mids[rows, None], self._leans[rows, None]
        block = np.zeros((len(rows), c.MARKET_END), dtype=np.int64)
        for price, quantity, orders, side in (
            (c.BID_PRICE, c.BID_QUANTITY, c.BID_ORDERS, 1),
            (c.ASK_PRICE, c.ASK_QUANTITY, c.ASK_ORDERS, -1),
        ):
            block[:, price : price + c.LEVELS] = mids - side * 5 * level + (side < 0) * 5
            shares = rng.integers(400, 900, (len(rows), c.LEVELS)) * (1 + 3 * (leans == side))
            block[:, quantity : quantity + c.LEVELS] = shares
            block[:, orders : orders + c.LEVELS] = 3
        block[:, c.LTP] = self._mids[rows] + 5 * (rng.random(len(rows)) < 0.5)
        block[:, c.VOLUME] = TRADED
        block[:, c.TOTAL_BUY] = 500_000 + self._leans[rows] * 300_000
        block[:, c.TOTAL_SELL] = 500_000 - self._leans[rows] * 300_000
        block[:, c.RECEIVED_NS] = block[:, c.EXCHANGE_NS] = now_ns
        block[:, c.UPDATES] = cells[rows, c.UPDATES] + 1
        cells[rows, : c.MARKET_END] = block
        return rows


class Session:
    """One day: an engine on auto, its journal, a paper broker."""

    def __init__(self, day: int, stocks: int, journal: Path) -> None:
        self.start_ns = FIRST_DAY + day * DAY
        config = EngineConfig(mode=Mode.SIM, run_id=f"D{day:03}", risk=limits())
        self.engine = Engine(config, universe(stocks))
        cells = self.engine.table.cells
        exchange = Exchange(
            self.engine.universe, RecordedMarket(self.engine.universe, cells), opening_cash=CASH
        )
        self.broker = PaperBroker(exchange, self.give, Latency())
        self.journal = Journal(journal)
        self.events = 0

    def give(self, event: ev.Event) -> None:
        """An event, journalled, and what comes of it."""
        self.events += 1
        if not isinstance(event, ev.Ticks | ev.ClockTicked):
            self.journal.event(event)
        effects = self.engine.receive(event)
        if effects:
            self.journal.effects(event.at_ns, effects)
        for effect in effects:
            if not isinstance(effect, ef.SetLatch):
                self.broker.carry_out(effect, event.at_ns)

    def begin(self, now_ns: int) -> None:
        """Start as a console does: with a journal, an order book to compare, and auto."""
        self.engine.begin(self.journal.records, now_ns, latched=False)
        self.journal.start(now_ns, "SIM", self.engine.config.run_id)
        self.give(ev.LinkChanged(at_ns=now_ns, link=ev.Link.LIVE))

    def pass_to(self, now_ns: int) -> None:
        """Deliver everything due up to `now_ns`, timers of the engine included, in order."""
        while True:
            due, wake = self.broker.next_ns, self.engine.wake_ns
            if min(due, wake) > now_ns:
                return
            if due <= wake:
                self.broker.deliver(due)
            else:
                self.give(ev.ClockTicked(at_ns=wake))


def limits() -> RiskLimits:
    """Limits that let a day trade all day long."""
    return RiskLimits(
        daily_trades=TRADES_A_DAY,
        auto_entries=TRADES_A_DAY,
        daily_loss=10**12,
        drawdown=10**12,
        loss_streak=10**6,
        daily_orders=10**6,
        cooldown_ns=90 * NS,
    )


def play_day(day: int, stocks: int, journal: Path, *, step_s: int = 1) -> DayFigures:
    """A whole day from before the open to after the close, a frame every `step_s` seconds."""
    session = Session(day, stocks, journal)
    market = Market(stocks, seed=day)
    hours: list[float] = []
    began = time.process_time()
    session.begin(session.start_ns + OPENS - MINUTE)
    for step, now_ns in enumerate(_moments(session.start_ns, step_s)):
        session.pass_to(now_ns)
        rows = market.move(step, session.engine.table.cells, now_ns)
        session.broker.frame(now_ns)
        session.give(ev.Ticks(at_ns=now_ns, rows=rows))
        if step * step_s % 900 == 0:  # arming lasts a while only
            for command in (cm.Arm(key_ns=now_ns), cm.AutoOn(key_ns=now_ns)):
                session.give(ev.Commanded(at_ns=now_ns, command=command))
        if (step + 1) * step_s % 3_600 < step_s:
            hours.append(time.process_time() - began)
            began = time.process_time()
    session.journal.close()
    engine = session.engine
    gc.collect()
    give_back()
    return DayFigures(
        events=session.events,
        orders=engine.sent.placed,
        trades=len(engine.desk.trades),
        hours_s=tuple(hours),
        resident=resident_bytes(),
        open_positions=len(engine.desk.positions),
    )


def _moments(midnight_ns: int, step_s: int) -> Iterator[int]:
    yield from range(midnight_ns + OPENS - MINUTE, midnight_ns + ENDS, step_s * NS)


def give_back() -> None:
    """Have the allocator return what was freed, where it can be asked to.

    Else the arrays of a day that is over count now and then, as nobody can foresee.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def resident_bytes() -> int:
    """Memory of this process now; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * 4_096


def play_days(first: int, count: int) -> Progress:
    """So many days, one after the other; the first of all is not counted, it warms up."""
    with tempfile.TemporaryDirectory() as folder:
        figures = [
            play_day(day, STOCKS, Path(folder) / f"{day}.journal")
            for day in range(first, first + count + 1)
        ]
    return judged(figures, first)


def judged(figures: list[DayFigures], first: int) -> Progress:
    """What is wrong with days played one after the other."""
    days = figures[1:]
    growth = days[-1].resident / days[0].resident - 1 if days[0].resident else 0.0
    slower = sum(days[-1].hours_s) / sum(days[0].hours_s)
    later = max(day.hours_s[-1] / day.hours_s[1] for day in days)
    wrong = [
        text
        for fails, text in (
            (growth > GROWTH, f"memory grew by {growth:.1%}"),
            (slower > SLOWER, f"the last day took {slower:.2f} times the first"),
            (later > SLOWER, f"a last hour took {later:.2f} times its second"),
            (any(day.open_positions for day in days), "a position stood after the close"),
        )
        if fails
    ]
    return Progress(
        done=len(days),
        seed=first + len(figures),
        violations=len(wrong),
        failures=wrong,
        sums={
            "events": sum(day.events for day in days),
            "orders": sum(day.orders for day in days),
            "trades": sum(day.trades for day in days),
        },
        worst={
            "% more memory": growth * 100,
            "x the first day's time": slower,
            "x the second hour's time": later,
            "MB": max(day.resident for day in days) / 1e6,
        },
    )


DAYS: Final = Gate(
    claim=Claim.R14,
    unit="days",
    whole=5,
    batch=5,
    play=play_days,
    needs=("events", "orders", "trades"),
)
