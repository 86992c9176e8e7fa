"""R15: nothing but LIVE and TEST at a broker ever opens a way to one."""

from __future__ import annotations

import inspect
import socket
from pathlib import Path

from tui_scalper import replaying, timeline
from tui_scalper.brokers.kite.access import LoopbackAccess
from tui_scalper.lab import replay
from tui_scalper.plans import plan_for, sim_plan
from tui_scalper.settings import load_settings
from tui_scalper.soak.leaks import DOORMAN, LEAKS, nothing_leaves

STEPS = 20_000


def test_paper_and_simulation_stay_on_this_machine(proved):
    progress = nothing_leaves(0, STEPS)
    proved(LEAKS.result(progress))
    assert progress.violations == 0, progress.failures


def test_the_doorman_sees_whoever_goes_out():
    with DOORMAN.watch(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.connect(("192.0.2.1", 9))  # a documentation address; a datagram socket sends nothing
    assert DOORMAN.outside() == ["192.0.2.1"]


def test_simulation_holds_an_access_that_cannot_leave(tmp_path: Path):
    overrides = {"state_dir": str(tmp_path), "sim.instruments": "3"}
    plan = plan_for(load_settings(overrides=overrides, environment={}))
    assert plan.exchange is not None
    plan.exchange.start()
    try:
        assert isinstance(plan.access(), LoopbackAccess)
    finally:
        plan.exchange.stop()


def test_the_plan_of_an_own_market_names_no_other_access():
    source = inspect.getsource(sim_plan)
    assert "embedded_access(" in source
    assert "KiteAccess" not in source


def test_a_replay_in_the_console_has_no_way_to_any_broker():
    parts = [inspect.getsource(module) for module in (replaying, timeline, replay)]
    assert not [source for source in parts if "brokers" in source.split("class ")[0]]
