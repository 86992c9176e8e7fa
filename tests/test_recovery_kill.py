"""A console killed with SIGKILL at any moment comes back with its positions, guarded, once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from live_run import LiveRun, live_run

from tui_scalper.core.snapshot import Protection, Snapshot, TradingState
from tui_scalper.exchange.orders import Status

KILLS = 20
LONGEST_S = 4.5
LOOK_S = 0.005
GUARDED = frozenset({Protection.PROTECTED, Protection.TAKING, Protection.EXITING})


def journal_bytes(state: Path) -> int:
    return sum(path.stat().st_size for path in (state / "journal").glob("*.journal"))


def run_and_kill(state: Path, draw: random.Random) -> None:
    """Start an automatic run and kill it once its journal grew by a random amount."""
    before = journal_bytes(state)
    grow = draw.randrange(500, 8_000)
    command = [sys.executable, "-m", "tui_scalper", "run", "--headless", "--seconds", "3600"]
    command += ["--auto", "--set", f"state_dir={state}", "--set", "sim.instruments=30"]
    command += ["--set", "risk.daily_trades=1000", "--set", "risk.loss_streak=1000"]
    command += ["--set", "risk.cooldown=1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + LONGEST_S
    while journal_bytes(state) < before + grow and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(LOOK_S)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def agrees(live: LiveRun, seen: Snapshot) -> bool:
    """Engine and exchange hold the same, and all of it is guarded."""
    held = {one.symbol: one.quantity for one in live.exchange.positions() if one.quantity}
    ours = {one.symbol: one.quantity * one.side for one in seen.positions if one.quantity}
    guarded = all(one.protection in GUARDED for one in seen.positions if one.quantity)
    return held == ours and guarded and seen.trading is TradingState.ACTIVE


@pytest.mark.parametrize("batch", range(4))
def test_killed_anywhere_nothing_is_lost_or_doubled(tmp_path: Path, batch: int):
    """R4: after each SIGKILL the next start agrees with the exchange and guards every share."""
    seed = random.randrange(1 << 32)
    draw = random.Random(seed)
    for kill in range(KILLS // 4):
        run_and_kill(tmp_path, draw)
        with live_run(tmp_path, sim__instruments="30") as live:
            live.wait(lambda seen, live=live: agrees(live, seen), f"agreement, seed {seed}")
            orders = live.exchange.orders()
            tags = Counter(order.asked.tag for order in orders)
            doubled = [tag for tag, count in tags.items() if count > 1]
            assert not doubled, f"seed {seed}, kill {kill}: {doubled}"
            stops = Counter(order.row for order in orders if order.status is Status.TRIGGER_PENDING)
            assert all(count == 1 for count in stops.values()), f"seed {seed}, kill {kill}"
