"""Frames one by one or played as a tape: the same decisions, to the last byte."""

from __future__ import annotations

import heapq
from random import Random

import numpy as np
import pytest
from engine_rig import FUNDS, MS, PRICES, START, STOCKS, fill_book
from market_rig import contents

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig, RiskLimits
from tui_scalper.core.effects import CancelOrder, ModifyOrder, PlaceOrder, PollFunds
from tui_scalper.core.engine import Engine
from tui_scalper.core.instruments import Universe
from tui_scalper.core.orders import OrderKind, OrderReport, ReportStatus
from tui_scalper.core.picture import take_picture
from tui_scalper.core.snapshot import Latency, Mode
from tui_scalper.core.units import FOREVER, NS
from tui_scalper.core.venues import NSE

ASLEEP = np.tile(np.array([FOREVER, -1, -1, FOREVER], dtype=np.int64), (len(STOCKS), 1))


def random_tape(seed, frames):
    """Rows, cells and times of a lively market; no row stands twice in a frame."""
    rng = Random(seed)
    bids = list(PRICES)
    rows, cells, times = [], [], []
    now = START
    for _ in range(frames):
        now += rng.choice((0, 1, 40 * MS, 300 * MS, 2 * NS)) + 1
        for row in sorted(rng.sample(range(len(STOCKS)), rng.randint(1, len(STOCKS)))):
            tick = STOCKS[row].tick
            far = bids[row] // 70 // tick if rng.random() < 0.05 else 3
            bids[row] += rng.randint(-far, far) * tick
            book = np.zeros(c.COLUMNS, dtype=np.int64)
            book[c.TICK] = tick
            bid, ask = bids[row], bids[row] + rng.randint(1, 3) * tick
            if rng.random() < 0.02:
                bid = 0
            fill_book(book, bid, ask, lean=rng.choice((-1, 0, 0, 1)), at_ns=now)
            rows.append(row)
            cells.append(book[: c.MARKET_END])
            times.append(now)
    return np.array(rows), np.array(cells), np.array(times)


class PromptBroker:
    """Fills limit orders whole, lets stops rest; every answer a fixed while later."""

    def __init__(self):
        self.due = []
        self.orders = {}
        self._count = 0

    @property
    def next_ns(self):
        return self.due[0][0] if self.due else FOREVER

    def _say(self, at_ns, kind, **fields):
        self._count += 1
        heapq.heappush(self.due, (at_ns, self._count, kind(at_ns=at_ns, **fields)))

    def carry_out(self, effect, now_ns):
        if isinstance(effect, PollFunds):
            self._say(now_ns + 30 * MS, ev.FundsReported, available=FUNDS)
        elif isinstance(effect, PlaceOrder):
            order_id = f"P{len(self.orders) + 1}"
            self.orders[order_id] = effect
            self._say(now_ns + 20 * MS, ev.Placed, tag=effect.tag, order_id=order_id)
            self._report(order_id, effect.terms, now_ns)
        elif isinstance(effect, ModifyOrder):
            self._report(effect.order_id, effect.terms, now_ns)
        elif isinstance(effect, CancelOrder):
            terms = self.orders[effect.order_id].terms
            self._report(effect.order_id, terms, now_ns, ReportStatus.CANCELLED)

    def _report(self, order_id, terms, now_ns, status=None):
        order = self.orders[order_id]
        resting = terms.kind is OrderKind.STOP_LIMIT
        status = status or (ReportStatus.TRIGGER_PENDING if resting else ReportStatus.COMPLETE)
        filled = terms.quantity if status is ReportStatus.COMPLETE else 0
        report = OrderReport(
            order_id=order_id,
            tag=order.tag,
            row=order.row,
            symbol=order.symbol,
            side=order.side,
            terms=terms,
            status=status,
            filled=filled,
            filled_value=filled * terms.price,
        )
        self._say(now_ns + 60 * MS, ev.OrderReported, report=report)


class Run:
    """One engine driven through one tape."""

    def __init__(self, seed):
        limits = RiskLimits(
            daily_trades=500, cooldown_ns=2 * NS, daily_loss=10**12, auto_entries=500
        )
        config = EngineConfig(mode=Mode.SIM, run_id="P", risk=limits)
        self.engine = Engine(config, Universe(NSE, STOCKS))
        self.broker = PromptBroker()
        self.effects = []
        self.rows, self.cells, self.times = random_tape(seed, 400)
        for event in (
            ev.LinkChanged(at_ns=START, link=ev.Link.LIVE),
            ev.FundsReported(at_ns=START, available=FUNDS),
            ev.Commanded(at_ns=START, command=cm.Arm(key_ns=START)),
            ev.Commanded(at_ns=START, command=cm.AutoOn(key_ns=START)),
        ):
            self.take(event.at_ns, self.engine.receive(event))

    def take(self, at_ns, effects):
        for effect in effects:
            self.effects.append((at_ns, effect))
            self.broker.carry_out(effect, at_ns)

    def happen_until(self, frame_ns):
        """Let everything due up to a frame happen before it."""
        while min(self.engine.wake_ns, self.broker.next_ns) <= frame_ns:
            if self.broker.next_ns <= self.engine.wake_ns:
                at_ns, _, event = heapq.heappop(self.broker.due)
            else:
                at_ns = self.engine.wake_ns
                event = ev.ClockTicked(at_ns=at_ns)
            self.take(at_ns, self.engine.receive(event))

    def frame_by_frame(self):
        i = 0
        table = self.engine.table.cells
        while i < len(self.times):
            now = int(self.times[i])
            self.happen_until(now)
            frame = np.flatnonzero(self.times == now)
            for j in frame:
                row = table[self.rows[j]]
                seen = row[c.UPDATES]
                row[: c.MARKET_END] = self.cells[j]
                row[c.UPDATES] = seen + 1
                row[c.RECEIVED_NS] = now
            self.take(now, self.engine.receive(ev.Ticks(at_ns=now, rows=self.rows[frame])))
            i = int(frame[-1]) + 1
        return self

    def as_a_tape(self):
        i = 0
        while i < len(self.times):
            self.happen_until(int(self.times[i]))
            i, awake = self.engine.run_tape(
                self.rows,
                self.cells,
                self.times,
                i,
                until_ns=self.broker.next_ns - 1,
                exchange_wakes=ASLEEP,
            )
            now = int(self.times[i - 1])
            self.take(now, self.engine.after_frames(now, awake))
        return self


@pytest.mark.parametrize("seed", range(12))
def test_a_tape_decides_as_its_frames(seed):
    frames, tape = Run(seed).frame_by_frame(), Run(seed).as_a_tape()
    assert frames.effects == tape.effects
    assert (frames.engine.counters == tape.engine.counters).all()
    assert contents(frames.engine.table.market) == contents(tape.engine.table.market)
    assert list(frames.engine.chronicle.lines) == list(tape.engine.chronicle.lines)
    assert frames.engine.chronicle.refused == tape.engine.chronicle.refused
    assert frames.engine.desk.trades == tape.engine.desk.trades
    at_ns = int(frames.times[-1])
    pictures = [take_picture(run.engine, 1, at_ns, Latency()) for run in (frames, tape)]
    assert pictures[0] == pictures[1]
    assert len(frames.engine.desk.trades) >= 3
