"""Compiles the kernels of tapes and recordings, so that the first replay is not the slow one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.venues import NSE
from tui_scalper.lab.history import History
from tui_scalper.lab.replay import Replay, ReplayPlan
from tui_scalper.lab.tape import Tape, TapePlayer
from tui_scalper.lab.tape_writer import TapeWriter


def warm_up_tapes() -> None:
    """Write, replay and play a tape of one update, as every tape is."""
    universe = Universe(NSE, [Instrument(symbol="WARM", token=257, tick=5)])
    rows = np.zeros(1, dtype=np.int64)
    cells = np.zeros((1, c.MARKET_END), dtype=np.int64)
    history = History()
    history.grow(1)
    history.follow(rows, cells)
    history.range(rows, cells)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warm.tape"
        with TapeWriter(path, universe) as writer:
            writer.write(rows, cells)
            writer.close()
        tape = Tape.open(path)
        plan = ReplayPlan(auto=False, opening_cash=0)
        Replay(tape, EngineConfig(mode=Mode.REPLAY), plan).run()
        TapePlayer(tape).advance(0)
