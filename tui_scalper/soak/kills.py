"""R4: real processes are killed with SIGKILL while they trade; the next start must agree."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Final

from tui_scalper.assembly import Run
from tui_scalper.core.config import Style
from tui_scalper.core.snapshot import Protection, Snapshot, TradingState
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import Status
from tui_scalper.plans import plan_for
from tui_scalper.settings import load_settings
from tui_scalper.soak.claims import Claim
from tui_scalper.soak.progress import Gate, Progress

IN_A_ROW: Final = 5
"""Kills of one run after the other, over one state directory."""
STARTS_S: Final = 60.0
"""Longest a run may take, on a busy machine, to its first record."""
LONGEST_S: Final = 4.5
"""Longest it then lives."""
LOOK_S: Final = 0.005
AGREES_S: Final = 20.0
GUARDED: Final = frozenset({Protection.PROTECTED, Protection.TAKING, Protection.EXITING})
STOCKS: Final = "sim.instruments=30"
EAGER: Final = (
    STOCKS,
    "signals.pressure_low=51",
    "signals.depth_ratio=1.01",
    "witnesses.turnover=inform",
    "protection.stop=0.05",
    "protection.target=0.10",
    "risk.daily_trades=1000",
    "risk.auto_entries=1000",
    "risk.loss_streak=1000",
    "risk.daily_loss=1000000",
    "risk.drawdown=1000000",
    "risk.cooldown=1",
)
"""A run that trades within a second of its start and does not stop."""
SIGKILLS: Final = "of them real SIGKILLs"
ORDERS: Final = "orders"
TAKEN_OVER: Final = "positions taken over"


def killed_in_a_row(first: int, count: int) -> Progress:
    """Kill `count` runs, each over what the one before it left, and start after each."""
    draw = Random(first)
    progress = Progress(done=count, seed=first + count)
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        for kill in range(count):
            run_and_kill(state, draw)
            wrong, orders, held = start_after(state)
            for name, more in ((SIGKILLS, 1), (ORDERS, orders), (TAKEN_OVER, held)):
                progress.sums[name] = progress.sums.get(name, 0) + more
            if wrong:
                progress.violations += 1
                progress.failures.append(f"seed {first}, kill {kill}: {wrong}")
    return progress


def journal_bytes(state: Path) -> int:
    """Bytes of all journals of a state directory."""
    return sum(path.stat().st_size for path in (state / "journal").glob("*.journal"))


def run_and_kill(state: Path, draw: Random) -> None:
    """Start an automatic run and kill it once its journal, begun, grew by a random amount.

    The run after it, or the one that checks, may hold its stops in the other style.
    """
    grow = draw.randrange(12_000)
    command = [sys.executable, "-m", "tui_scalper", "run", "--headless", "--seconds", "3600"]
    command += ["--auto", "--set", f"state_dir={state}"]
    styled = (*EAGER, f"protection.style={draw.choice(tuple(Style))}")
    command += [word for pair in styled for word in ("--set", pair)]
    before = journal_bytes(state)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _until_grown(process, state, before + 1, STARTS_S)
    _until_grown(process, state, journal_bytes(state) + grow, LONGEST_S)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def _until_grown(
    process: subprocess.Popen[bytes], state: Path, target: int, longest_s: float
) -> None:
    """Wait until the journals have `target` bytes, no longer than `longest_s`."""
    deadline = time.monotonic() + longest_s
    while journal_bytes(state) < target and time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the run ended by itself: {process.communicate()}")
        time.sleep(LOOK_S)


def start_after(state: Path) -> tuple[str, int, int]:
    """Start once more; what is wrong then (empty when nothing is), orders, positions held."""
    name, _, stocks = STOCKS.partition("=")
    overrides = {"state_dir": str(state), name: stocks}
    run = Run(plan_for(load_settings(overrides=overrides, environment={})), state)
    assert run.plan.exchange is not None
    exchange = run.plan.exchange.exchange
    run.start()
    try:
        run.wait(lambda seen: agrees(exchange, seen), AGREES_S, "engine and exchange to agree")
        held = sum(bool(one.quantity) for one in exchange.positions())
        return doubled(exchange), len(exchange.orders()), held
    except TimeoutError as error:
        return str(error), 0, 0
    finally:
        run.stop()


def agrees(exchange: Exchange, seen: Snapshot) -> bool:
    """Engine and exchange hold the same, and all of it is guarded."""
    held = {one.symbol: one.quantity for one in exchange.positions() if one.quantity}
    ours = {one.symbol: one.quantity * one.side for one in seen.positions if one.quantity}
    guarded = all(one.protection in GUARDED for one in seen.positions if one.quantity)
    return held == ours and guarded and seen.trading is TradingState.ACTIVE


def doubled(exchange: Exchange) -> str:
    """Which order was sent twice, or which stock has two stops; empty when none."""
    orders = exchange.orders()
    tags = Counter(order.asked.tag for order in orders if not order.parent_id)
    stops = Counter(
        order.asked.symbol for order in orders if order.status is Status.TRIGGER_PENDING
    )
    twice = [name for name, count in (tags + stops).items() if count > 1]
    return f"sent twice: {twice}" if twice else ""


KILLS: Final = Gate(
    claim=Claim.R4,
    unit="kills",
    whole=200,
    batch=IN_A_ROW,
    play=killed_in_a_row,
    needs=(SIGKILLS, ORDERS, TAKEN_OVER),
)
