"""One schedule from beginning to end: market, exchange, path, operator and engine."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Final

import msgspec
import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import (
    EngineConfig,
    EntryRules,
    ProtectionRules,
    RiskLimits,
    SignalRules,
)
from tui_scalper.core.engine import Engine
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import BP, MS, NS, Side
from tui_scalper.core.venues import NSE
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import NewOrder, OrderRefused, Validity
from tui_scalper.exchange.recorded import RecordedMarket
from tui_scalper.lab.faultsim.judge import Judge, ViolationError, require
from tui_scalper.lab.faultsim.keys import command_of
from tui_scalper.lab.faultsim.ledger import Ledger
from tui_scalper.lab.faultsim.path import FaultyPath, Told
from tui_scalper.lab.faultsim.script import FRAMES, Family, Fault, FaultKind, Manner, Press, Script
from tui_scalper.lab.faultsim.walk import CLOSES, UNIVERSE, draw_walks
from tui_scalper.lab.faultsim.weather import FEED_DEAD, Weather

MIDNIGHT: Final = NSE.midnight(1_795_408_200 * NS)
"""Local midnight before 23 November 2026, a Monday."""
CASH: Final = 10_00_000_00
"""Rs 10,00,000 in paise."""
SILENCE_NS: Final = 2 * NS
"""A feed silent for this long is called stalled and closed."""
HEAL_NS: Final = 60 * NS
"""The market goes on for this long after the last frame of the script."""
FLAT_NS: Final = 10 * NS
"""After faults are over, everything is flat this long after it was asked for."""
HAND_REACH_BP: Final = 200
BUSY: Final = 50
"""More wake-ups than this at one moment are a busy loop."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a schedule came to."""

    seed: int
    family: Family
    rule: str = ""
    """The invariant that does not hold; empty when all do."""
    text: str = ""
    at_ns: int = 0
    """When it broke, after the start."""
    events: int = 0
    effects: int = 0
    digest: str = ""
    """SHA-256 over every effect and the engine's time it left at."""
    trades: int = 0
    ambiguous: int = 0
    """New orders whose request or answer was lost."""
    faults: dict[str, int] = {}
    """How often each kind of fault struck."""
    naked_ns: int = 0
    """Longest time a position had no exit at the exchange while that was judged."""
    bare: int = 0
    """How often a position had none for a while, judged."""
    settled_ns: int = -1
    """From the healing of the last fault until engine and exchange agreed."""
    flat_ns: int = -1


def config_of(manner: Manner) -> EngineConfig:
    """The engine's defaults, but for what would let a compressed session hardly trade.

    Cool-downs are short, the limits of a day and the gate against fast prices are off.
    """
    return EngineConfig(
        mode=Mode.SIM,
        run_id="F",
        signals=SignalRules(spike_bp=BP),
        entry=EntryRules(min_depth_pct=100),
        protection=ProtectionRules(trail_bp=manner.trail_bp, time_exit_ns=manner.time_exit_ns),
        risk=RiskLimits(
            daily_trades=manner.daily_trades,
            max_positions=manner.max_positions,
            daily_loss=10**12,
            drawdown=10**12,
            loss_streak=10**6,
            auto_entries=10**6,
            daily_orders=10**6,
            cooldown_ns=2 * NS,
            refusal_cooldown_ns=1 * NS,
        ),
    )


class World:
    """One schedule. `run` plays it once."""

    def __init__(self, script: Script) -> None:
        manner = script.manner
        self._script = script
        self._start_ns = self._now_ns = MIDNIGHT + manner.start_ns
        self._skew_ns = 0
        frames = FRAMES + HEAL_NS // manner.frame_ns
        self._walks = draw_walks(script.seed, frames, manner)
        self._frame = 0
        self._frames_end = script.frames
        self._offsets = [0] * len(UNIVERSE)
        self.engine = Engine(config_of(manner), UNIVERSE)
        self._truth = np.zeros_like(self.engine.table.cells)
        self._truth[:, c.CLOSE] = CLOSES
        self._one_row = [np.array([row], dtype=np.int64) for row in range(len(UNIVERSE))]
        market = RecordedMarket(UNIVERSE, self._truth, band_bp=manner.band_bp)
        self._exchange = Exchange(UNIVERSE, market, opening_cash=CASH, leverage=5)
        self.ledger = Ledger(len(UNIVERSE))
        self._faults = [item for item in script.items if isinstance(item, Fault)]
        self.weather = Weather(self._faults)
        self.judge = Judge(self.engine, self.ledger, self.weather, manner.family, self._start_ns)
        self._path = FaultyPath(
            self._exchange,
            self.ledger,
            self.weather,
            rng=Random(script.seed ^ 0x5EED),
            start_ns=self._start_ns,
            latency_ns=manner.latency_ns,
            sink=self._told,
            engine_time=lambda: self._engine_ns,
        )
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = count()
        self._link = ev.Link.DOWN
        self._wakes: Counter[int] = Counter()
        self._hash = hashlib.sha256()
        self._version = 0
        self._changed = False
        """Something but the market changed since the judge looked last."""
        self._events = 0
        self._effects = 0
        self._settled_ns = self._flat_ns = -1
        self._plan(script)

    # -- the whole -------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Play the schedule, heal it, flatten it; say what it came to."""
        rule = text = ""
        try:
            self._play()
            self._heal()
            self.judge.finish()
        except ViolationError as violation:
            rule, text = violation.rule, str(violation)
        except Exception as error:  # noqa: BLE001 - an exception of the engine is a finding
            rule, text = "I0", f"{type(error).__name__}: {error}"
        return Outcome(
            seed=self._script.seed,
            family=self._script.manner.family,
            rule=rule,
            text=text,
            at_ns=self._now_ns - self._start_ns,
            events=self._events,
            effects=self._effects,
            digest=self._hash.hexdigest(),
            trades=len(self.engine.desk.trades),
            ambiguous=self._path.ambiguous,
            faults={kind.value: hits for kind, hits in sorted(self.weather.hits.items())},
            naked_ns=self.judge.longest_naked_ns,
            bare=self.judge.bare,
            settled_ns=self._settled_ns,
            flat_ns=self._flat_ns,
        )

    def _plan(self, script: Script) -> None:
        for item in script.items:
            at_ns = self._start_ns + item.at_ns
            if isinstance(item, Press):
                self._at(at_ns, lambda press=item: self._press(press))  # type: ignore[misc]
            elif item.kind in FEED_DEAD:
                self._plan_silence(item, at_ns)
            elif item.kind in self._sudden:
                happens = self._sudden[item.kind]
                self._at(at_ns, lambda do=happens, fault=item: do(fault))  # type: ignore[misc]

    @property
    def _sudden(self) -> dict[FaultKind, Callable[[Fault], None]]:
        return {
            FaultKind.GAP: self._gap,
            FaultKind.JUMP: self._jump,
            FaultKind.HAND_ORDER: self._trade_by_hand,
            FaultKind.HAND_CANCEL: self._cancel_by_hand,
        }

    def _at(self, at_ns: int, happens: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (at_ns, next(self._numbers), happens))

    def _play(self) -> None:
        self._connect()
        while self._frame < self._frames_end:
            self._step()

    def _heal(self) -> None:
        """Faults are over: the books must agree in time, and everything go flat on demand."""
        config = self.engine.config
        last_ns = self._start_ns + max((item.end_ns for item in self._faults), default=0)
        healed_ns = max(self._now_ns, self._path.troubled_ns, last_ns)
        self._frames_end = len(self._walks.rows)
        limit = 5 * NS + config.risk.doubt_ns + config.risk.absent_ns
        self._run_to(healed_ns)
        self._skew_ns = max(self._skew_ns, self.engine.now_ns - self._now_ns)
        if self._script.manner.family is Family.WILD:
            self._disconnect()  # what was traded by hand unseen is found on reconnecting
            self._connect()
        self._told(lambda at: ev.Commanded(at_ns=at, command=cm.Disarm(key_ns=at)))
        self._settled_ns = self._wait("R3", self.judge.unsettled, limit)
        self._told(lambda at: ev.Commanded(at_ns=at, command=cm.Flatten(key_ns=at)))
        self._flat_ns = self._wait("R3", self._not_flat, FLAT_NS)

    def _not_flat(self) -> str:
        return self.judge.not_flat(self._stuck)

    def _stuck(self, row: int, side: Side) -> bool:
        """Whether nobody trades with an exit of a position on `side`: a circuit is hit."""
        return not self._truth[row, c.BID_PRICE if side is Side.BUY else c.ASK_PRICE]

    def _run_to(self, at_ns: int) -> None:
        while self._next_ns() <= at_ns:
            self._step()
        self._now_ns = max(self._now_ns, at_ns)

    def _wait(self, rule: str, why_not: Callable[[], str], limit_ns: int) -> int:
        """How long it took until `why_not` had nothing to say."""
        began_ns = self._now_ns
        while why_not():
            require(rule, self._next_ns() <= began_ns + limit_ns, why_not())
            self._step()
        return self._now_ns - began_ns

    # -- time ------------------------------------------------------------------------------

    @property
    def _engine_ns(self) -> int:
        return self._now_ns + self._skew_ns

    def _frame_ns(self) -> int:
        return self._start_ns + int(self._walks.at_ns[self._frame])

    def _next_ns(self) -> int:
        agenda = self._agenda[0][0] if self._agenda else self._frame_ns()
        wake = self.engine.wake_ns - self._skew_ns
        return max(self._now_ns, min(agenda, wake, self._path.next_ns, self._frame_ns()))

    def _step(self) -> None:
        """Let the next thing happen."""
        now = self._next_ns()
        self._now_ns = now
        if self._path.next_ns <= now:
            self._path.happen()
        elif self._agenda and self._agenda[0][0] <= now:
            heapq.heappop(self._agenda)[2]()
        elif self.engine.wake_ns - self._skew_ns <= now:
            self._wake(now)
        else:
            self._play_frame()
        changed = self._changed or self.ledger.version != self._version
        self._changed, self._version = False, self.ledger.version
        self.judge.look(self._now_ns, changed=changed)

    def _wake(self, now_ns: int) -> None:
        if now_ns not in self._wakes:
            self._wakes.clear()
        self._wakes[now_ns] += 1
        require("I0", self._wakes[now_ns] <= BUSY, "the engine wakes over and over at one moment")
        self._told(lambda at: ev.ClockTicked(at_ns=at))

    # -- the engine ------------------------------------------------------------------------

    def _told(self, told: Told) -> None:
        """The engine hears of something now."""
        self._events += 1
        event = told(self._engine_ns)
        self._changed |= not isinstance(event, ev.Ticks)
        for effect in self.engine.receive(event):
            self._changed = True
            self._effects += 1
            self._hash.update(msgspec.json.encode((self.engine.now_ns, effect)))
            self.judge.emitted(effect)
            self._path.carry_out(effect, self._now_ns)

    def _press(self, press: Press) -> None:
        command = command_of(press, self.engine.operator.staged, self._engine_ns)
        self._told(lambda at: ev.Commanded(at_ns=at, command=command))

    # -- the market and its feed -----------------------------------------------------------

    def _play_frame(self) -> None:
        index = self._frame
        self._frame += 1
        row = int(self._walks.rows[index])
        at_ns = self._now_ns - self._start_ns
        if self.weather.strikes(FaultKind.HALT, at_ns, row):
            return
        self._truth[row, : c.MARKET_END] = self._walks.cells[index]
        self._shift(row)
        side = self.weather.strikes(FaultKind.CIRCUIT, at_ns, row)
        if side is not None:
            self._empty_side(row, side.amount)
        self._exchange.match(self._one_row[row], self._now_ns)
        self._path.news(self._now_ns)
        if self._link is ev.Link.LIVE and not self._silent():
            self._show(row)
            rows = self._one_row[row]
            self._told(lambda at: ev.Ticks(at_ns=at, rows=rows))

    def _shift(self, row: int) -> None:
        """Apply the price gaps so far."""
        offset = self._offsets[row]
        if offset:
            cells = self._truth[row]
            for first in (c.BID_PRICE, c.ASK_PRICE):
                cells[first : first + c.LEVELS] += offset
            cells[c.LTP] += offset

    def _empty_side(self, row: int, side: int) -> None:
        empty = (c.BID_PRICE, c.ASK_PRICE) if side < 0 else (c.ASK_PRICE, c.LTQ)
        self._truth[row, empty[0] : empty[0] + 3 * c.LEVELS] = 0

    def _show(self, row: int) -> None:
        """The engine's table learns the book of `row`."""
        cells = self.engine.table.cells[row]
        updates = cells[c.UPDATES]
        cells[: c.MARKET_END] = self._truth[row, : c.MARKET_END]
        cells[c.RECEIVED_NS] = cells[c.EXCHANGE_NS] = self._engine_ns
        cells[c.UPDATES] = updates + 1

    def _silent(self) -> bool:
        at_ns = self._now_ns - self._start_ns
        return any(self.weather.strikes(kind, at_ns) is not None for kind in FEED_DEAD)

    def _plan_silence(self, fault: Fault, at_ns: int) -> None:
        if fault.kind is FaultKind.CUT:
            self._at(at_ns, self._disconnect)
        elif fault.length_ns > SILENCE_NS:
            self._at(at_ns + SILENCE_NS, self._stall)
        else:
            return
        self._at(at_ns + fault.length_ns, self._connect)

    def _stall(self) -> None:
        self._link_to(ev.Link.STALLED, "no frame for 2 s")
        self._disconnect()

    def _disconnect(self) -> None:
        self._link_to(ev.Link.DOWN, "connection cut")
        self.engine.table.forget()

    def _connect(self) -> None:
        """Connected again, unless another fault still holds the feed down; full books come."""
        if self._silent():
            self._at(self._now_ns + 100 * MS, self._connect)
            return
        if self._link is ev.Link.LIVE:
            return
        self._link_to(ev.Link.CONNECTING, "")
        self._link_to(ev.Link.LIVE, "")
        known = np.flatnonzero(self._truth[:, c.LTP])
        for row in known:
            self._show(int(row))
        self._told(lambda at: ev.Ticks(at_ns=at, rows=known))

    def _link_to(self, link: ev.Link, why: str) -> None:
        self._link = link
        self._told(lambda at: ev.LinkChanged(at_ns=at, link=link, why=why))

    # -- sudden faults ---------------------------------------------------------------------

    def _gap(self, fault: Fault) -> None:
        self.weather.hits[FaultKind.GAP] += 1
        self._offsets[fault.row] += fault.amount * UNIVERSE[fault.row].tick

    def _jump(self, fault: Fault) -> None:
        self.weather.hits[FaultKind.JUMP] += 1
        self._skew_ns += fault.amount
        self.judge.clock_held_ns = self._now_ns + max(self.engine.now_ns - self._engine_ns, 0)

    def _trade_by_hand(self, fault: Fault) -> None:
        last = int(self._truth[fault.row, c.LTP])
        if last <= 0:
            return
        side = Side.BUY if fault.amount > 0 else Side.SELL
        tick = UNIVERSE[fault.row].tick
        limit = (last + side * last * HAND_REACH_BP // BP) // tick * tick
        order = NewOrder(
            symbol=UNIVERSE[fault.row].symbol,
            side=side,
            quantity=abs(fault.amount),
            price=limit,
            validity=Validity.IOC,
        )
        self._by_hand(fault.kind, lambda: self._exchange.place(order, self._now_ns))

    def _cancel_by_hand(self, fault: Fault) -> None:
        for order_id in list(self.ledger.exits[fault.row]):
            self._by_hand(
                fault.kind,
                lambda order_id=order_id: self._exchange.cancel(order_id, self._now_ns),  # type: ignore[misc]
            )

    def _by_hand(self, kind: FaultKind, act: Callable[[], object]) -> None:
        try:
            act()
        except OrderRefused:
            return
        self.weather.hits[kind] += 1
        self._path.news(self._now_ns)


def play(script: Script) -> Outcome:
    """Play one schedule."""
    return World(script).run()
