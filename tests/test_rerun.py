"""A live run over real sockets, recorded, and once more from its tape and its journal."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from live_run import live_run
from market_rig import contents

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core.effects import Effect, PlaceOrder
from tui_scalper.core.engine import Engine
from tui_scalper.core.journalled import RunStarted
from tui_scalper.core.signal_life import SignalLife
from tui_scalper.lab.rerun import Rerun
from tui_scalper.lab.tape import Tape
from tui_scalper.runtime.journal import scan


def recorded_run(folder: Path):
    """A run that traded by itself: its engine, its plan, its tape and its records."""
    tape = folder / "run.tape"
    recorded = partial(replace, record=tape)
    with live_run(
        folder,
        recorded,
        sim__speed="2",
        sim__instruments="30",
        signals__pressure_low="55",
        signals__depth_ratio="1.05",
    ) as live:
        live.give(cm.Arm)
        live.give(cm.AutoOn)
        live.wait(lambda s: s.tally.wins + s.tally.losses >= 1 or s.positions, "a trade")
        live.wait(lambda s: s.tally.updates > 1_500, "a tape worth the name")
        plan = live.run.plan
    engine = live.run.worker.session.loop.engine
    (path,) = (folder / "journal").iterdir()
    return engine, plan, Tape.open(tape), scan(path).records


def test_a_recorded_run_comes_to_the_same_readings_signals_and_orders(tmp_path: Path):
    engine, plan, tape, records = recorded_run(tmp_path)
    assert records[0].at_ns and isinstance(records[0].body, RunStarted)
    again = Engine(plan.config, engine.universe, plan.calendar)
    again.begin((), records[0].at_ns, latched=False)
    rerun = Rerun(again, tape, records)
    assert again.table.cells[:, c.LIMIT_HIGH].any()

    bodies = [record.body for record in records]
    wanted = [body for body in bodies if isinstance(body, Effect)]
    assert rerun.effects == wanted
    assert any(isinstance(effect, PlaceOrder) for effect in wanted)
    assert rerun.lives == [body for body in bodies if isinstance(body, SignalLife)]
    assert rerun.lives
    assert tape.updates == engine.updates == again.updates
    then, now = contents(engine.table.market), contents(again.table.market)
    assert {name for name in then if then[name] != now[name]} == set()
    assert (engine.counters == again.counters).all()
    assert engine.desk.trades == again.desk.trades
