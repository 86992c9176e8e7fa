"""How fast the safety net acts: kill, recovery, a silent feed, and what the journal costs.

    python benchmarks/bench_safety.py [runs | journal]

Kill: from putting the kill command to handing the last change to the gateway, in a whole run
over loopback sockets with twenty guarded positions; once without the bound of ten requests a
second, which is what the bar is for, and once with it. Recovery: a journal of a whole day on
auto is verified, rebuilt and compared, all but the broker's own time. Stall: from the moment
the exchange falls silent on an open socket to the picture that says so. Screen: what the
engine needs for a frame while the terminal takes output and while it does not. Journal: from the
engine's word to the record with the operating system (group) or on the disk (strict), for
orders back to back and for orders that come now and then, with cold caches.
Bars: 50 ms, 1 s, 5 s, 30 us at the median in group mode.
"""

from __future__ import annotations

import dataclasses
import statistics
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.bench_keys import DECIDE, SETTLE_S, SIZE, linger, settings_file
from benchmarks.blaster import blaster
from benchmarks.machine import machine_line, percentile, spread
from tests.live_run import LiveRun, WatchedStore, live_run
from tests.terminal_rig import Terminal, program
from tui_scalper.assembly import Run
from tui_scalper.brokers.port import Gateway
from tui_scalper.core import commands as cm
from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.engine import Engine
from tui_scalper.core.events import Link
from tui_scalper.core.instruments import Instrument
from tui_scalper.core.orders import OrderKind, OrderTerms
from tui_scalper.core.risk import exit_order
from tui_scalper.core.snapshot import Mode, Protection, TradingState
from tui_scalper.core.units import NS, Side
from tui_scalper.plans import plan_for
from tui_scalper.runtime.journal import Journal, Sync
from tui_scalper.settings import load_settings
from tui_scalper.soak.days import play_day, universe

RUNS: Final = 5
POSITIONS: Final = 20
NO_RATE: Final = 100_000
SAMPLES: Final = {Sync.GROUP: 5_000, Sync.STRICT: 500}
APART_S: Final = 0.002
"""So far apart nothing of the journal is left in the processor's caches."""
SHOWN_S: Final = 1.0
"""After it thaws the screen shows the engine's times of the while before within this."""
STOCKS: Final = 200
TERMS: Final = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=100_05)
EAGER: Final = {
    "sim.instruments": "60",
    "signals.pressure_low": "51",
    "signals.depth_ratio": "1.01",
    "protection.stop": "3",
    "protection.target": "6",
    "sizing.capital": "1",
    "risk.max_positions": str(POSITIONS),
    "risk.max_open_orders": "60",
    "risk.daily_trades": "1000",
}
"""A run that soon holds many positions and keeps them."""


class Timed:
    """A gateway that notes when each order request was handed to it."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.at_ns: list[int] = []

    def carry_out(self, effect: ef.Effect) -> None:
        """Hand the effect on, then note the time."""
        self._gateway.carry_out(effect)
        if isinstance(effect, ef.ModifyOrder | ef.CancelOrder | ef.PlaceOrder):
            self.at_ns.append(time.perf_counter_ns())

    async def open(self) -> None:
        """As the gateway does."""
        await self._gateway.open()

    async def close(self) -> None:
        """As the gateway does."""
        await self._gateway.close()


@contextmanager
def holding(folder: Path, *, bounded: bool) -> Iterator[LiveRun]:
    """A whole run with `POSITIONS` guarded positions; without `bounded` no rate holds it up."""
    settings = load_settings(overrides=EAGER | {"state_dir": str(folder)}, environment={})
    plan = plan_for(settings)
    if not bounded:
        names = ("orders_per_second", "orders_per_minute", "minute_limit")
        risk = msgspec.structs.replace(plan.config.risk, **dict.fromkeys(names, NO_RATE))
        plan = dataclasses.replace(plan, config=msgspec.structs.replace(plan.config, risk=risk))
    run = Run(plan, folder)
    store = WatchedStore()
    run.store = store
    run.start()
    try:
        live = LiveRun(run, store)
        live.wait(lambda seen: seen.trading is TradingState.ACTIVE, "a start")
        live.wait(lambda seen: seen.link is Link.LIVE and seen.tally.capital > 0, "data and funds")
        live.give(cm.Arm)
        live.give(cm.AutoOn)
        live.wait(
            lambda seen: (
                sum(one.protection is Protection.PROTECTED for one in seen.positions) >= POSITIONS
            ),
            f"{POSITIONS} guarded positions",
        )
        yield live
    finally:
        run.stop()


def killed_ms(*, bounded: bool) -> tuple[float, float, int]:
    """Milliseconds from the kill key to the first and the last request; how many there were."""
    with tempfile.TemporaryDirectory() as folder, holding(Path(folder), bounded=bounded) as live:
        session = live.run.worker.session
        assert session is not None and session.loop.gateway is not None
        timed = Timed(session.loop.gateway)
        session.loop.gateway = timed
        began = time.perf_counter_ns()
        live.give(cm.Kill)
        live.wait(lambda seen: len(timed.at_ns) >= POSITIONS, "a request a position")
        took = [(at - began) / 1e6 for at in timed.at_ns[:POSITIONS]]
        return took[0], took[-1], len(took)


def recovery(runs: int) -> None:
    """A day's journal verified, rebuilt and compared with the broker's books."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.journal"
        day = play_day(0, STOCKS, path)
        size = path.stat().st_size / 1e6
        parts: list[tuple[float, float]] = []
        for _ in range(runs):
            began = time.perf_counter()
            journal = Journal(path)
            opened = time.perf_counter()
            books = [one for one in journal.records if isinstance(one.body, ev.OrderBookReported)]
            start(journal, books[-1].body, journal.records[-1].at_ns + NS)
            parts.append((opened - began, time.perf_counter() - opened))
            journal.close()
    print(f"a day on auto: {journal.count:,} records, {size:.1f} MB, {day.orders} orders")
    print(f"{'recovery: verify the journal':<42}{spread([one for one, _ in parts], 's')}")
    print(f"{'recovery: rebuild and compare':<42}{spread([one for _, one in parts], 's')}")


def start(journal: Journal, book: ev.OrderBookReported, now_ns: int) -> None:
    """What a start does between the broker's answers."""
    engine = Engine(EngineConfig(mode=Mode.SIM, run_id="BENCH"), universe(STOCKS))
    engine.begin(journal.records, now_ns, latched=False)
    asked = msgspec.structs.replace(book, at_ns=now_ns, asked_ns=now_ns)
    engine.receive(ev.LinkChanged(at_ns=now_ns, link=Link.LIVE))
    engine.receive(asked)
    engine.receive(ev.PositionsReported(at_ns=now_ns, holdings=(), asked_ns=now_ns))
    assert engine.trading is TradingState.ACTIVE, engine.trading_text


def stall_s() -> float:
    """Seconds from the silence of the exchange to the picture that says so."""
    with tempfile.TemporaryDirectory() as folder, live_run(Path(folder)) as live:
        live.exchange.faults.silent_feed = True
        began = time.perf_counter()
        live.wait(lambda seen: seen.link is not Link.LIVE, "the stall")
        return time.perf_counter() - began


def frozen() -> tuple[str, str]:
    """The engine's times of a frame at 500 frames a second: screen drawn, screen frozen 10 s."""
    with blaster() as (rest, feed), tempfile.TemporaryDirectory() as folder:
        command = program("run", "--config", str(settings_file(Path(folder), rest, feed)))
        with Terminal(command, SIZE) as terminal:
            terminal.wait(lambda text: "feed ok" in text and "▐" in text, "a live ladder")
            linger(terminal, SETTLE_S)
            drawn = DECIDE.search(terminal.text)
            termios.tcflow(terminal.near, termios.TCOOFF)
            time.sleep(SETTLE_S)
            termios.tcflow(terminal.near, termios.TCOON)
            linger(terminal, SHOWN_S)
            unseen = DECIDE.search(terminal.text)
            terminal.press("q")
            terminal.ended()
    return (drawn.group() if drawn else "not shown"), (unseen.group() if unseen else "not shown")


def journal_us(sync: Sync, *, apart_s: float) -> list[float]:
    """Microseconds an order waits for its record when orders come `apart_s` seconds apart."""
    stock = Instrument(symbol="INFY", token=256, tick=5)
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "a.journal", sync)
        for number in range(SAMPLES[sync]):
            effect = exit_order(10, Side.BUY, TERMS, row=0, instrument=stock, tag=f"X{number}")
            began = time.perf_counter_ns()
            journal.effects(number, (effect,))
            times.append((time.perf_counter_ns() - began) / 1e3)
            time.sleep(apart_s)
        journal.close()
    return times


def journal() -> None:
    """What an order waits for its record, by how it is synced and how often orders come."""
    for sync, apart_s, pace in (
        (Sync.GROUP, 0.0, "back to back"),
        (Sync.GROUP, APART_S, "now and then"),
        (Sync.STRICT, APART_S, "now and then"),
    ):
        times = journal_us(sync, apart_s=apart_s)
        label = f"journal: an order, {sync.value}, {pace}"
        print(
            f"{label:<42}median {statistics.median(times):.1f} us, "
            f"p99 {percentile(times, 99):.1f} us ({len(times)} orders)"
        )


def main() -> None:
    """Print the machine and one line a figure; of the journal alone where that is asked."""
    print(machine_line())
    if sys.argv[1:] == ["journal"]:
        journal()
        return
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    kills = [killed_ms(bounded=False) for _ in range(runs)]
    label = f"kill: first of {kills[0][2]} requests"
    print(f"{label:<42}{spread([first for first, _, _ in kills], 'ms')}")
    print(f"{'kill: last request handed over':<42}{spread([last for _, last, _ in kills], 'ms')}")
    _, last, _ = killed_ms(bounded=True)
    print(f"{'kill: last, at ten requests a second':<42}{last:.0f} ms")
    recovery(runs)
    print(f"{'stall: silence to the picture':<42}{spread([stall_s() for _ in range(runs)], 's')}")
    for label, times in zip(("screen drawn", "screen frozen 10 s"), frozen(), strict=True):
        print(f"{label:<42}{times}")
    journal()


if __name__ == "__main__":
    main()
