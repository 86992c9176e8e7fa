"""Reliability gates on random fault schedules: same seed same run, no broken invariant.

The long versions: ``make soak``.
"""

from __future__ import annotations

import msgspec
import pytest

from tui_scalper.core.units import FOREVER, MS, NS
from tui_scalper.lab.faultsim.draw import draw_script
from tui_scalper.lab.faultsim.kinds import Family, FaultKind
from tui_scalper.lab.faultsim.runner import Seen, play_many, play_seed
from tui_scalper.lab.faultsim.script import Fault
from tui_scalper.lab.faultsim.tables import met
from tui_scalper.lab.faultsim.truth import Truth
from tui_scalper.lab.faultsim.weather import Weather
from tui_scalper.lab.faultsim.world import play
from tui_scalper.soak.progress import Progress, run
from tui_scalper.soak.schedules import SAME, healing, schedules

SEEDS = 100
SCHEDULES = 2_000
BLOCKS = 4
DOUBTS = 1_000
MET = 1
"""Schedules of a block in which each fault of the menu must strike."""
SETTLES_NS = 10_000_000_000
"""R3: 5 s, the 2 s after which an answer is missing and the 3 s that prove an absence."""


def test_the_same_seed_gives_the_same_effects_in_every_process(proved):
    progress = run(SAME, SEEDS)
    proved(SAME.result(progress))
    assert progress.violations == 0, progress.failures


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_schedule_breaks_an_invariant(proved, played, block):
    gate = schedules(jobs=1)
    count = SCHEDULES // BLOCKS
    progress = run(gate, count, progress=Progress(seed=block * count))
    proved(gate.result(progress))
    proved(healing(progress))
    tally = progress.tally
    played(tally)
    assert progress.violations == 0, progress.failures
    total = tally.total()
    assert total.schedules == count
    assert total.events >= 1_000 * count
    assert total.trades > count, "hardly a trade; this proves nothing"
    assert total.bare > count, "hardly a position waits for its stop; this proves nothing"
    assert total.settled_ns <= SETTLES_NS
    assert {family for family in Family if family is not Family.AMBIGUOUS} == set(tally.families)
    rare = [kind for kind in FaultKind if tally.faults.get(kind, Seen()).schedules < MET]
    assert not rare, f"hardly ever met: {rare}\n{met(tally)}"


def test_orders_in_doubt_are_neither_doubled_nor_forgotten(proved):
    gate = schedules(jobs=1, family=Family.AMBIGUOUS)
    progress = run(gate, DOUBTS)
    proved(gate.result(progress))
    assert progress.violations == 0, progress.failures
    assert progress.done >= DOUBTS


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


def test_a_clock_that_jumps_while_nobody_runs_is_held_against_nobody():
    """Seed 12446 of a long soak: a position waited for the next start, rightly uncovered."""
    script = draw_script(0, Family.CALM)
    for at_s in (5, 6, 7):
        gone = Fault(kind=FaultKind.KILL, at_ns=at_s * NS, length_ns=8 * NS, amount=-1)
        jump = Fault(kind=FaultKind.JUMP, at_ns=(at_s + 4) * NS, amount=500 * MS)
        outcome = play(msgspec.structs.replace(script, items=(*script.items, gone, jump)))
        assert not outcome.rule, f"killed after {at_s} s: {outcome.text}"


def test_a_market_played_to_its_end_stands_still():
    script = draw_script(0)
    truth = Truth(script, Weather(()))
    while truth.next_ns < FOREVER:
        truth.play(truth.next_ns)
    assert truth.played > script.frames


def test_a_hand_that_cancels_what_the_close_took_away_does_nothing():
    outcome = play(draw_script(4002502))
    assert not outcome.rule, outcome.text


@pytest.mark.parametrize("seed", [8005853, 8008598])
def test_a_stop_lost_from_the_disk_that_nobody_can_read_gets_another_and_all_ends_well(seed):
    """What is held gets a stop though one may rest already; what both close is traded back."""
    outcome = play(draw_script(seed))
    assert not outcome.rule, outcome.text
    assert outcome.faults[FaultKind.UNREADABLE]


def test_a_stop_that_only_the_first_book_of_a_run_shows_is_asked_about_in_time():
    """No request of that run left, and no order book was asked for again."""
    outcome = play(draw_script(9005477))
    assert not outcome.rule, outcome.text


def test_an_entry_lost_from_the_disk_that_could_not_be_read_at_the_start_is_ours_after_it():
    """It counted as somebody else's, and an entry of ours then turned the stock around."""
    outcome = play(draw_script(12001570))
    assert not outcome.rule, outcome.text
    assert outcome.faults[FaultKind.UNREADABLE]
