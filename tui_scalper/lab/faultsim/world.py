"""One schedule from beginning to end: market, exchange, path, operator and engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from random import Random
from typing import Final

import msgspec
import numpy as np

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import (
    EmergencyRules,
    EngineConfig,
    EntryRules,
    ProtectionRules,
    Remainder,
    RiskLimits,
    SignalRules,
)
from tui_scalper.core.emergency_table import Policy
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import BP, FOREVER, MS, NS
from tui_scalper.core.venues import NSE
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.recorded import RecordedMarket
from tui_scalper.lab.faultsim.agenda import Agenda
from tui_scalper.lab.faultsim.answers import Told
from tui_scalper.lab.faultsim.feed import FaultyFeed
from tui_scalper.lab.faultsim.hands import (
    cancel_by_hand,
    forget,
    take_stop_away,
    trade_by_hand,
)
from tui_scalper.lab.faultsim.judge import CONTINUOUS, Judge, ViolationError, require
from tui_scalper.lab.faultsim.keys import command_of
from tui_scalper.lab.faultsim.kinds import ENDS_PROCESS, FEED_DEAD, LOOSE, FaultKind
from tui_scalper.lab.faultsim.ledger import Ledger
from tui_scalper.lab.faultsim.outcome import Outcome
from tui_scalper.lab.faultsim.path import FaultyPath
from tui_scalper.lab.faultsim.reaper import Reaper
from tui_scalper.lab.faultsim.script import Fault, Item, Manner, Press, Script
from tui_scalper.lab.faultsim.station import Station
from tui_scalper.lab.faultsim.truth import Truth
from tui_scalper.lab.faultsim.walk import UNIVERSE
from tui_scalper.lab.faultsim.weather import Weather

MIDNIGHT: Final = NSE.midnight(1_795_408_200 * NS)
"""Local midnight before 23 November 2026, a Monday."""
CASH: Final = 10_00_000_00
"""Rs 10,00,000 in paise."""
SETTLE_NS: Final = 5 * NS
"""R3 where no order was in doubt when the last fault healed."""
FLAT_NS: Final = 10 * NS
"""After faults are over, everything is flat this long after it was asked for."""
CHASED_NS: Final = 300 * MS
"""So early a rest is followed: books of a compressed session fill it soon."""
BY_ITSELF: Final = (
    FaultKind.HAND_ORDER,
    FaultKind.HAND_CANCEL,
    FaultKind.STOP_GONE,
    FaultKind.FORGET,
)
"""What happens at the exchange without the engine."""
BUSY: Final = 50
"""More wake-ups than this at one moment are a busy loop."""


def config_of(manner: Manner) -> EngineConfig:
    """The engine's defaults, but for what would let a compressed session hardly trade.

    Cool-downs are short, the limits of a day and the gate against fast prices are off.
    """
    return EngineConfig(
        mode=Mode.SIM,
        signals=SignalRules(spike_bp=BP),
        entry=EntryRules(
            min_depth_pct=100,
            remainder=Remainder.CHASE if manner.chases else Remainder.CANCEL,
            remainder_ns=CHASED_NS if manner.chases else EntryRules().remainder_ns,
            chases=manner.chases,
        ),
        protection=ProtectionRules(
            style=manner.style, trail_bp=manner.trail_bp, time_exit_ns=manner.time_exit_ns
        ),
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
        emergency=emergencies(manner.policy),
    )


def emergencies(policy: Policy) -> EmergencyRules:
    """One policy for every trigger, and less patience than a real day has."""
    return EmergencyRules(
        feed_lost_ns=4 * NS,
        path_lost_ns=4 * NS,
        system_errors=policy,
        feed_lost=policy,
        session_refused=policy,
        path_lost=policy,
        clock_skew=policy,
    )


class World:
    """One schedule. `run` plays it once. Times inside are nanoseconds UTC."""

    def __init__(self, script: Script) -> None:
        manner = script.manner
        self._script = script
        self._start_ns = self._now_ns = MIDNIGHT + manner.start_ns
        self._skew_ns = 0
        """How far the engine's clock is ahead of the world's."""
        self._weather = Weather(item for item in script.items if isinstance(item, Fault))
        self._truth = Truth(script, self._weather)
        self._station = Station(config_of(manner), UNIVERSE)
        self._engine = self._station.start(self._now_ns, self._now_ns)
        market = RecordedMarket(UNIVERSE, self._truth.cells, band_bp=manner.band_bp)
        self._exchange = Exchange(UNIVERSE, market, opening_cash=CASH, leverage=5)
        self._ledger = Ledger(len(UNIVERSE))
        self._judge = Judge(
            self._engine, self._ledger, self._weather, manner.family, self._start_ns
        )
        self._path = FaultyPath(
            self._exchange,
            self._ledger,
            self._weather,
            rng=Random(script.seed ^ 0x5EED),
            start_ns=self._start_ns,
            latency_ns=manner.latency_ns,
            sink=self._told,
            engine_time=self._engine_time,
        )
        self._agenda = Agenda()
        self._feed = FaultyFeed(
            self._truth,
            self._weather,
            agenda=self._agenda,
            start_ns=self._start_ns,
            sink=self._told,
            engine_time=self._engine_time,
        )
        self._reaper = Reaper(
            self._station,
            self._weather,
            agenda=self._agenda,
            start_ns=self._start_ns,
            ended=self._end,
            begins=self._begin,
            now=lambda: self._now_ns,
        )
        self._hash = hashlib.sha256()
        self._events = self._effects = self._wakes = self._version = 0
        self._woken_ns = self._settled_ns = self._flat_ns = -1
        self._changed = False
        """Something but the market changed since the judge looked last."""
        for item in script.items:
            self._plan(item)

    # -- the whole -------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Play the schedule, heal it, flatten it; say what it came to."""
        rule = text = ""
        try:
            self._play()
            self._heal()
            self._judge.finish()
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
            trades=len(self._engine.desk.trades),
            ambiguous=self._path.ambiguous,
            faults=dict(sorted(self._weather.hits.items())),
            naked_ns=self._judge.longest_naked_ns,
            bare=self._judge.bare,
            settled_ns=self._settled_ns,
            flat_ns=self._flat_ns,
        )

    def _plan(self, item: Item) -> None:
        at_ns = self._start_ns + item.at_ns
        if isinstance(item, Press):
            self._agenda.at(at_ns, lambda _: self._press(item))
        elif item.kind in FEED_DEAD:
            self._feed.plan(item)
        elif item.kind in ENDS_PROCESS:
            self._reaper.plan(item)
        elif item.kind is FaultKind.GAP:
            self._agenda.at(at_ns, lambda _: self._truth.gap(item))
        elif item.kind is FaultKind.JUMP:
            self._agenda.at(at_ns, lambda _: self._jump(item))
        elif item.kind in BY_ITSELF:
            self._agenda.at(at_ns, lambda _: self._by_hand(item))

    def _play(self) -> None:
        self._feed.serve(self._engine.table, self._now_ns)
        while self._truth.played < self._script.frames:
            self._step()

    def _heal(self) -> None:
        """All is over: the books must agree in time, and everything go flat on demand."""
        last_ns = self._start_ns + max((item.end_ns for item in self._script.items), default=0)
        self._run_to(max(self._now_ns, self._path.troubled_ns, last_ns))
        self._run_to(self._reaper.back_ns)
        self._count_held()
        self._skew_ns = max(self._skew_ns, self._engine.now_ns - self._now_ns)
        if self._script.manner.family in LOOSE:
            self._feed.disconnect(self._now_ns)
            self._feed.connect(self._now_ns)  # what was traded by hand unseen is found then
        limit_ns = SETTLE_NS + (self._proof_ns() if self._is_in_doubt() else 0)
        self._told(lambda at: ev.Commanded(at_ns=at, command=cm.Disarm(key_ns=at)))
        self._settled_ns = self._wait(self._judge.unsettled, limit_ns)
        self._told(lambda at: ev.Commanded(at_ns=at, command=cm.Flatten(key_ns=at)))
        self._flat_ns = self._wait(lambda: self._judge.not_flat(self._truth.stuck), FLAT_NS)

    def _is_in_doubt(self) -> bool:
        """Whether an order awaits an answer or is UNKNOWN, or the broker may deny one."""
        live = self._engine.desk.blotter.live()
        return self._script.manner.family in LOOSE or not all(one.settled for one in live)

    def _proof_ns(self) -> int:
        """How long an answer is waited for, and what the proof of an absence takes then."""
        risk = self._engine.config.risk
        return risk.doubt_ns + risk.absent_ns

    def _count_held(self) -> None:
        closed = self._engine.phase not in CONTINUOUS
        if closed and any(one.held for one in self._engine.desk.positions.values()):
            self._weather.arises(FaultKind.CLOSE)

    def _run_to(self, at_ns: int) -> None:
        while self._next_ns() <= at_ns:
            self._step()
        self._now_ns = max(self._now_ns, at_ns)

    def _wait(self, why_not: Callable[[], str], limit_ns: int) -> int:
        """How long it took until `why_not` had nothing to say."""
        began_ns = self._now_ns
        while why_not():
            require("R3", self._next_ns() <= began_ns + limit_ns, why_not())
            self._step()
        return self._now_ns - began_ns

    # -- time ------------------------------------------------------------------------------

    def _engine_time(self) -> int:
        return self._now_ns + self._skew_ns

    def _wake_ns(self) -> int:
        return self._engine.wake_ns - self._skew_ns if self._station.up else FOREVER

    def _frame_ns(self) -> int:
        return min(self._start_ns + self._truth.next_ns, FOREVER)

    def _next_ns(self) -> int:
        due = (self._agenda.next_ns, self._wake_ns(), self._path.next_ns, self._frame_ns())
        return max(self._now_ns, min(due))

    def _step(self) -> None:
        """Let the next thing happen, and judge it."""
        now = self._now_ns = self._next_ns()
        if self._path.next_ns <= now:
            self._path.happen()
        elif self._agenda.next_ns <= now:
            self._agenda.happen()
        elif self._wake_ns() <= now:
            self._wake(now)
        else:
            self._frame(now)
        changed = self._changed or self._ledger.version != self._version
        self._changed, self._version = False, self._ledger.version
        self._judge.look(now, changed=changed)

    def _wake(self, now_ns: int) -> None:
        self._wakes = self._wakes + 1 if now_ns == self._woken_ns else 1
        self._woken_ns = now_ns
        require("I0", self._wakes <= BUSY, "the engine wakes over and over at one moment")
        self._told(lambda at: ev.ClockTicked(at_ns=at))

    def _frame(self, now_ns: int) -> None:
        row = self._truth.play(now_ns - self._start_ns)
        if row is None:
            return
        self._exchange.match(np.array([row], dtype=np.int64), now_ns)
        self._path.news(now_ns)
        self._feed.frame(row, now_ns)

    # -- the engine ------------------------------------------------------------------------

    def _told(self, told: Told) -> None:
        """The engine hears of something now, if there is one."""
        if not self._station.up:
            return
        self._events += 1
        event = told(self._engine_time())
        self._changed |= not isinstance(event, ev.Ticks)
        for effect in self._station.receive(event, self._now_ns):
            self._changed = True
            self._effects += 1
            self._hash.update(msgspec.json.encode((self._engine.now_ns, effect)))
            self._judge.emitted(effect, self._now_ns)
            self._path.carry_out(effect, self._now_ns)
        if self._station.doomed:
            self._reaper.reap()

    def _press(self, press: Press) -> None:
        command = command_of(press, self._engine.operator.staged, self._engine_time())
        self._told(lambda at: ev.Commanded(at_ns=at, command=command))

    def _end(self) -> None:
        """The process is gone; nobody guards anything until the next one begins."""
        self._feed.leave()
        self._judge.clock_held_ns = FOREVER

    def _begin(self) -> None:
        """A process begins: the next one, over what is left of the journal."""
        self._engine = self._station.start(self._engine_time(), self._now_ns)
        self._judge.goes_on_with(self._engine, self._now_ns)
        self._feed.serve(self._engine.table, self._now_ns)

    # -- sudden faults ---------------------------------------------------------------------

    def _jump(self, fault: Fault) -> None:
        self._weather.hits[fault.kind] += 1
        self._skew_ns += fault.amount
        behind_ns = max(self._engine.now_ns - self._engine_time(), 0)
        held_ns = self._now_ns + behind_ns
        self._judge.clock_held_ns = max(self._judge.clock_held_ns, held_ns)

    def _by_hand(self, fault: Fault) -> None:
        if fault.kind is FaultKind.HAND_ORDER:
            done = trade_by_hand(self._exchange, fault, self._now_ns)
        elif fault.kind is FaultKind.FORGET:
            done = forget(self._exchange, self._ledger, fault, self._now_ns)
        elif fault.kind is FaultKind.HAND_CANCEL:
            done = cancel_by_hand(self._exchange, self._ledger, fault, self._now_ns)
        else:
            done = take_stop_away(self._exchange, self._ledger, fault, self._now_ns)
        if done:
            self._weather.arises(fault.kind)
        self._path.news(self._now_ns)


def play(script: Script) -> Outcome:
    """Play one schedule."""
    return World(script).run()
