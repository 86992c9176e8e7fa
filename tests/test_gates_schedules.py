"""Reliability gates on random fault schedules: same seed same run, no broken invariant.

The long version is ``python -m tui_scalper.lab.faultsim --schedules 100000 --state FILE``.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tui_scalper.lab.faultsim.draw import draw_script
from tui_scalper.lab.faultsim.kinds import Family, FaultKind
from tui_scalper.lab.faultsim.runner import Seen, Tally, play_many, play_seed
from tui_scalper.lab.faultsim.shrink import smallest
from tui_scalper.lab.faultsim.tables import met, table

JOBS = os.cpu_count() or 1
SAME = 100
SCHEDULES = 2_000
AMBIGUOUS = 1_000
MET = 10
"""Schedules in which each fault of the menu must strike."""
SOAK = 100_000
SETTLES_NS = 10_000_000_000
"""R3: 5 s, the 2 s after which an answer is missing and the 3 s that prove an absence."""

DIGESTS = f"""
from tui_scalper.lab.faultsim.runner import play_seed
for seed in range({SAME}):
    outcome = play_seed(seed)
    print(seed, outcome.events, outcome.effects, outcome.digest)
"""


def told(tally: Tally, family: Family | None = None) -> str:
    """The table and the first failure made small, for a failing gate."""
    if not tally.failures:
        return table(tally)
    first = tally.failures[0]
    small = smallest(first, draw_script(first.seed, family))
    return f"{table(tally)}\nseed {first.seed}: {first.text}\n{small}"


def show(capsys, title, tally):
    """Print the figures of a gate, whatever pytest captures."""
    with capsys.disabled():
        print(f"\n{title}\n{table(tally)}")


def digests(hash_seed):
    """What a process of its own makes of the first seeds."""
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.Popen(
        [sys.executable, "-c", DIGESTS], env=environment, stdout=subprocess.PIPE, text=True
    )


def test_the_same_seed_gives_the_same_effects_in_every_process():
    runs = [digests("1"), digests("2")]
    first, second = (run.communicate(timeout=600)[0].splitlines() for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert len(first) == SAME
    assert first == second


def test_no_schedule_breaks_an_invariant(capsys):
    tally = play_many(0, SCHEDULES, jobs=JOBS)
    show(capsys, "fault schedules (R2, R3)", tally)
    total = tally.total()
    assert total.violations == 0, told(tally)
    assert total.schedules == SCHEDULES
    assert total.events >= 1_000 * SCHEDULES
    assert total.trades > SCHEDULES, "hardly a trade; this proves nothing"
    assert total.bare > SCHEDULES, "hardly a position waits for its stop; this proves nothing"
    assert total.settled_ns <= SETTLES_NS
    assert {family for family in Family if family is not Family.AMBIGUOUS} == set(tally.families)
    rare = [kind for kind in FaultKind if tally.faults.get(kind, Seen()).schedules < MET]
    assert not rare, f"hardly ever met: {rare}\n{met(tally)}"


def test_orders_in_doubt_are_neither_doubled_nor_forgotten(capsys):
    tally = play_many(0, 20, jobs=JOBS, family=Family.AMBIGUOUS)
    while tally.total().ambiguous < AMBIGUOUS and not tally.failures:
        more = play_many(tally.next_seed, 20, jobs=JOBS, family=Family.AMBIGUOUS)
        tally.take(more)
    show(capsys, "orders in doubt (R7)", tally)
    assert tally.total().violations == 0, told(tally, Family.AMBIGUOUS)


def test_a_run_goes_on_where_it_stopped(tmp_path):
    state = tmp_path / "state.json"
    play_many(5, 2, jobs=1, state=state)
    resumed = play_many(5, 4, jobs=1, state=state)
    assert resumed == play_many(5, 4, jobs=1)
    state.write_text("{}")
    with pytest.raises(ValueError, match="delete it"):
        play_many(5, 4, jobs=1, state=state)


def test_every_schedule_has_its_thousand_events():
    outcome = play_seed(3)
    assert outcome.events >= 1_000
    assert outcome.effects > 0


@pytest.mark.soak
def test_a_hundred_thousand_schedules(capsys, tmp_path):
    tally = play_many(SCHEDULES, SOAK, jobs=JOBS, state=tmp_path / "state.json")
    show(capsys, "fault schedules, soak (R2, R3)", tally)
    assert tally.total().violations == 0, told(tally)
