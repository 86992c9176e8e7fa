"""Runs without a screen: a replay as fast as it goes, or the live loop for a while."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

from tui_scalper.assembly import Run
from tui_scalper.core.commands import Arm, AutoOn, Flatten
from tui_scalper.core.engine import Engine
from tui_scalper.core.journalled import RunStarted
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.core.snapshot import Mode, OperatorState, TradingState
from tui_scalper.core.tags import run_id
from tui_scalper.core.units import NS
from tui_scalper.lab.replay import Replay, ReplayPlan
from tui_scalper.lab.report import RunReport, run_report, to_json
from tui_scalper.lab.signal_quality import to_lines
from tui_scalper.patience import patience
from tui_scalper.plans import plan_for
from tui_scalper.runtime.clocks import machine_seconds
from tui_scalper.runtime.journal_file import scan
from tui_scalper.runtime.journals import folder_of
from tui_scalper.runtime.warmup import compiling, warm_up
from tui_scalper.settings import Settings, SettingsError, made_state
from tui_scalper.tapes import open_tape
from tui_scalper.watchdog import start_watchdog

FLAT_S = 20.0


def replay_headless(settings: Settings, path: Path, *, auto: bool, json: bool) -> int:
    """Replay the tape at `path` through engine and exchange; prints the report."""
    tape = open_tape(path, settings)
    config = settings.engine_config(Mode.REPLAY, run_id(Mode.REPLAY, tape.first_ns))
    plan = ReplayPlan(
        auto=auto, opening_cash=int(settings.sim.cash * 100), session=settings.session.rules()
    )
    with patience("starting", compiling):
        warm_up()
    replay = Replay(tape, config, plan)
    began = time.perf_counter()
    with patience("playing", lambda: f"{replay.done * 100 // max(tape.updates, 1)} %"):
        replay.run()
    elapsed = time.perf_counter() - began
    market_ns = tape.last_ns - tape.first_ns
    _print(run_report(replay.engine, market_ns, replay.lives), json=json)
    rate = replay.engine.updates / elapsed if elapsed else 0
    print(f"{elapsed:.2f} s, {rate:,.0f} updates/s", file=sys.stderr)
    return 0


def run_headless(
    settings: Settings, seconds: float, *, auto: bool, json: bool, record: Path | None
) -> int:
    """The live loop over sockets for `seconds` of market time; then flat, then the report."""
    if auto and settings.mode == "live":
        raise SettingsError("auto in LIVE is armed by a person at the console; use mode = test")
    # Terminated like interrupted: the journal is closed, what is held keeps its stop.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    state = made_state(settings)
    run = Run(plan_for(settings, record), state)
    universe = run.start()
    try:
        start_watchdog(settings, run.plan.config.run_id)
        run.wait_until_ready()
        began = run.plan.clock.now()
        print(f"live: {len(universe)} instruments, {seconds:g} market seconds", file=sys.stderr)
        if auto:
            run.press(Arm, AutoOn)
        time.sleep(machine_seconds(run.plan.clock, int(seconds * NS)))
        _leave_flat(run)
        market_ns = run.plan.clock.now() - began
    finally:
        run.stop()
    assert run.worker.session is not None
    _say_shut(run.engine)
    lives = _lives(folder_of(state) / run.plan.journal, run.plan.config.run_id)
    _print(
        run_report(run.engine, market_ns, lives, run.worker.session.loop.carrier.errors), json=json
    )
    return 0


def _lives(journal: Path, run: str) -> list[SignalLife]:
    """Lives of signals that the run named `run` left in its journal."""
    bodies = [record.body for record in scan(journal).records]
    began = max(
        (
            at
            for at, body in enumerate(bodies)
            if isinstance(body, RunStarted) and body.run_id == run
        ),
        default=len(bodies),
    )
    return [body for body in bodies[began:] if isinstance(body, SignalLife)]


def _say_shut(engine: Engine) -> None:
    """A run that may not enter says why: its report alone looks like a quiet market."""
    if engine.operator.state is OperatorState.KILLED:
        text = "the kill latch is set: nothing is entered until it is reset in the console"
        print(text, file=sys.stderr)
    if engine.trading is not TradingState.ACTIVE:
        print(f"trading {engine.trading.value}: {engine.trading_text}", file=sys.stderr)


def _leave_flat(run: Run) -> None:
    """Close what is open. Raises TimeoutError when a position does not close in time."""
    seen = run.store.latest()
    if seen is not None and seen.positions:
        run.press(Flatten)
        run.wait(lambda seen: not seen.positions, FLAT_S, "positions to close")


def _print(report: RunReport, *, json: bool) -> None:
    if json:
        print(to_json(report).decode())
        return
    wins = sum(trade.pnl > trade.costs for trade in report.trades)
    print(
        f"{report.updates:,} updates of {report.instruments} instruments in {report.seconds} "
        f"market seconds: {report.signals} signals, {report.orders} orders, "
        f"{len(report.trades)} trades ({wins} won), {report.pnl} after costs",
        *to_lines(report.signal_quality),
        sep="\n",
    )
