"""Runs without a screen: a replay as fast as it goes, or the live loop for a while."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tui_scalper.assembly import Run, plan_for, run_id
from tui_scalper.core.commands import Arm, AutoOn, Flatten
from tui_scalper.core.events import Link
from tui_scalper.core.snapshot import Mode, Snapshot
from tui_scalper.core.units import NS
from tui_scalper.lab.replay import Replay, ReplayPlan
from tui_scalper.lab.report import RunReport, run_report, to_json
from tui_scalper.lab.tape import Tape
from tui_scalper.runtime.clocks import machine_seconds
from tui_scalper.settings import Settings

READY_S = 20.0
FLAT_S = 20.0
LOOK_S = 0.02


def replay_headless(settings: Settings, path: Path, *, auto: bool, json: bool) -> int:
    """Replay the tape at `path` through engine and exchange; prints the report."""
    tape = Tape.open(path)
    config = settings.engine_config(Mode.REPLAY, run_id(tape.first_ns))
    plan = ReplayPlan(auto=auto, opening_cash=int(settings.sim.cash * 100))
    replay = Replay(tape, config, plan)
    began = time.perf_counter()
    replay.run()
    elapsed = time.perf_counter() - began
    _print(run_report(replay.engine, tape.last_ns - tape.first_ns), json=json)
    rate = replay.engine.updates / elapsed if elapsed else 0
    print(f"{elapsed:.2f} s, {rate:,.0f} updates/s", file=sys.stderr)
    return 0


def run_headless(
    settings: Settings, seconds: float, *, auto: bool, json: bool, record: Path | None
) -> int:
    """The live loop over sockets for `seconds` of market time; then flat, then the report."""
    run = Run(plan_for(settings, record), settings.state)
    run.start()
    try:
        began = _wait_until_ready(run)
        if auto:
            _command(run, Arm, AutoOn)
        time.sleep(machine_seconds(run.plan.clock, int(seconds * NS)))
        _leave_flat(run)
        market_ns = run.plan.clock.now() - began
    finally:
        run.stop()
    assert run.worker.session is not None
    _print(run_report(run.engine, market_ns, run.worker.session.loop.errors), json=json)
    return 0


def _wait_until_ready(run: Run) -> int:
    """Wait for live data and funds; returns the market time they were there."""
    _wait(run, lambda seen: seen.link is Link.LIVE and seen.tally.capital >= 0, READY_S)
    return run.plan.clock.now()


def _leave_flat(run: Run) -> None:
    """Close what is open; a position that does not close in time stays in the report."""
    _command(run, Flatten)
    seen = run.store.latest()
    if seen is not None and seen.positions:
        _wait(run, lambda seen: not seen.positions, FLAT_S)


def _command(run: Run, *kinds: type[Arm | AutoOn | Flatten]) -> None:
    for kind in kinds:
        run.commands.put(kind(key_ns=run.plan.clock.now()))


def _wait(run: Run, holds, limit_s: float) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        seen: Snapshot | None = run.store.latest()
        if seen is not None and holds(seen):
            return
        if run.worker.error is not None:
            raise run.worker.error
        time.sleep(LOOK_S)
    raise TimeoutError(f"waited {limit_s:g} s in vain; the log of the journal says more")


def _print(report: RunReport, *, json: bool) -> None:
    if json:
        print(to_json(report).decode())
        return
    wins = sum(trade.pnl > trade.costs for trade in report.trades)
    print(
        f"{report.updates:,} updates of {report.instruments} instruments in {report.seconds} "
        f"market seconds: {report.signals} signals, {report.orders} orders, "
        f"{len(report.trades)} trades ({wins} won), {report.pnl} after costs"
    )
