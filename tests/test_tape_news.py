"""What a feed said besides updates is on its tape: lost books, circuit limits."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from live_run import live_run
from market_rig import contents

from tui_scalper.core import columns as c
from tui_scalper.core.events import BooksLost, Link
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.lab.replay import Replay, ReplayPlan
from tui_scalper.lab.tape import Tape
from tui_scalper.runtime.journal_file import scan

RULES = {"signals__pressure_low": "55", "signals__depth_ratio": "1.05"}
NARROW = {"feed__sockets": "2", "feed__socket_cap": "12", "feed__depth": "20", "feed__visit": "1"}
"""Room for 24 of 30 stocks, for 20 of them in depth."""


@pytest.fixture(scope="module", name="recorded")
def recorded_run(tmp_path_factory: pytest.TempPathFactory):
    """A run that traded nothing, of more stocks than there is room for, one of whose sockets was
    lost: its folder, its engine and its plan."""
    folder = tmp_path_factory.mktemp("recorded")
    recording = partial(replace, record=folder / "run.tape")
    with live_run(
        folder, recording, sim__speed="2", sim__instruments="30", **RULES, **NARROW
    ) as live:
        live.wait(lambda s: s.tally.updates > 500, "a market")
        live.exchange.faults.cut_feeds = 1
        live.wait(lambda s: s.link is not Link.LIVE, "a lost socket")
        back = live.wait(lambda s: s.link is Link.LIVE, "the socket again").tally.updates
        live.wait(lambda s: s.tally.updates > back + 500, "a tape worth the name")
        plan = live.run.plan
    return folder, live.run.worker.session.loop.engine, plan


def records_of(folder: Path):
    (path,) = (folder / "journal").glob("*.journal")
    return [one.body for one in scan(path).records]


def replayed(tape: Tape, plan) -> Replay:
    """The tape alone, through an engine of the same settings."""
    replay = Replay(tape, plan.config, ReplayPlan(auto=False, opening_cash=10**9))
    replay.run()
    return replay


def test_a_tape_alone_comes_to_the_same_tables_and_lives_of_signals(recorded):
    folder, engine, plan = recorded
    replay = replayed(Tape.open(folder / "run.tape"), plan)
    bodies = records_of(folder)
    assert any(isinstance(one, BooksLost) for one in bodies)
    assert engine.table.cells[:, c.LIMIT_HIGH].any()
    then, now = contents(engine.table.market), contents(replay.engine.table.market)
    # Where a life stands in its table follows from when others were taken out of it.
    differ = {name for name in then if then[name] != now[name] and not name.startswith("lives.")}
    assert differ == set()
    assert (engine.counters == replay.engine.counters).all()
    assert replay.lives == [one for one in bodies if isinstance(one, SignalLife)]
    assert replay.lives
