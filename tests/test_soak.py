"""The soak: a run that stops anywhere goes on, and says what it came to."""

from __future__ import annotations

import pytest

from tui_scalper.lab.faultsim import __main__ as faultsim
from tui_scalper.lab.faultsim.kinds import Family
from tui_scalper.lab.faultsim.runner import Sum, Tally, hollow
from tui_scalper.soak import __main__ as soak
from tui_scalper.soak.__main__ import play, report
from tui_scalper.soak.claims import SAYS, Claim, Result, results_table
from tui_scalper.soak.days import DayFigures, judged, play_day
from tui_scalper.soak.progress import Gate, Progress, Shelf, run


def gate(pieces: list[tuple[int, int]], stops_at: int = 1_000) -> Gate:
    """A gate that notes what it was asked for, finds every seed of 7 wrong, and can be cut off."""

    def played(first: int, count: int) -> Progress:
        if first >= stops_at:
            raise KeyboardInterrupt
        pieces.append((first, count))
        seeds = range(first, first + count)
        wrong = [seed for seed in seeds if seed % 7 == 0]
        return Progress(
            done=count,
            seed=first + count,
            violations=len(wrong),
            sums={"seeds": sum(seeds)},
            worst={"seed": max(seeds)},
            failures=[f"seed {seed}" for seed in wrong],
        )

    return Gate(claim=Claim.R6, unit="flips", whole=100, batch=3, play=played)


def test_a_run_cut_off_goes_on_without_playing_anything_twice(tmp_path):
    pieces: list[tuple[int, int]] = []
    with pytest.raises(KeyboardInterrupt):
        play([gate(pieces, stops_at=6)], 0.1, Shelf(tmp_path))
    played = play([gate(pieces)], 0.1, Shelf(tmp_path))
    assert pieces == [(0, 3), (3, 3), (6, 3), (9, 1)]
    assert played[Claim.R6] == run(gate([]), 10)
    assert played[Claim.R6].sums == {"seeds": 45}
    assert played[Claim.R6].worst == {"seed": 9}


def test_what_broke_is_in_the_report(tmp_path):
    one = gate([])
    text = report([one], play([one], 0.1, Shelf(tmp_path)))
    assert "R6           10 flips" in text
    assert text.endswith("seed 0\n\nseed 7")


def test_a_state_that_is_none_is_named(tmp_path):
    (tmp_path / "R6.json").write_text("[]")
    with pytest.raises(ValueError, match="delete it"):
        Shelf(tmp_path).load(Claim.R6)


def test_parts_of_a_claim_are_one_line():
    parts = [
        Result(claim=Claim.R3, done=2, unit="runs", sums={"trades": 1}, worst={"s": 1.5}),
        Result(claim=Claim.R3, done=3, unit="runs", violations=1, sums={"trades": 2}),
        Result(claim=Claim.R1, done=1, unit="seeds"),
    ]
    first, second = results_table(parts).splitlines()[1:]
    assert first.startswith("R1")
    assert second.split()[:4] == ["R3", "5", "runs", "1"]
    assert second.endswith(f"{SAYS[Claim.R3]}; 3 trades, worst 1.5 s")


def test_a_day_trades_and_ends_flat(tmp_path):
    figures = play_day(0, 100, tmp_path / "a.journal", step_s=5)
    assert figures.trades > 0
    assert figures.open_positions == 0
    assert len(figures.hours_s) == 6


def day(resident: int, *hours: float, open_positions: int = 0) -> DayFigures:
    some = {"events": 1, "orders": 1, "trades": 1}
    return DayFigures(**some, hours_s=hours, resident=resident, open_positions=open_positions)


def test_days_are_judged_by_the_first_that_counts():
    warm, first = day(50, 9, 9, 9), day(1_000, 1, 1, 1)
    assert judged([warm, first, day(1_009, 1, 1, 1)], 0).violations == 0
    assert judged([warm, first, day(1_020, 1, 1, 1)], 0).failures == ["memory grew by 2.0%"]
    (slow,) = judged([warm, first, day(1_000, 2, 2, 2)], 0).failures
    assert slow == "the last day took 2.00 times the first"
    (later,) = judged([warm, first, day(1_000, 0, 1, 1.6)], 0).failures
    assert later == "a last hour took 1.60 times its second"
    (stands,) = judged([warm, first, day(1_000, 1, 1, 1, open_positions=1)], 0).failures
    assert "after the close" in stands


def plays(more: Progress, **fields) -> Gate:
    """A gate each batch of which comes to `more`."""
    return Gate(claim=Claim.R7, unit="runs", whole=10, batch=5, play=lambda *_: more, **fields)


@pytest.mark.parametrize(
    ("sums", "missing"), [({"trades": 1}, []), ({"trades": 0}, ["trades"]), ({}, ["trades"])]
)
def test_a_run_in_which_nothing_traded_proves_nothing(sums, missing):
    gate = plays(Progress(done=5, sums=sums), needs=("trades",))
    said = gate.hollow(run(gate, 10))
    assert [f"no {name} in 10 runs" for name in missing] == [
        text.split(": ")[1].split(";")[0] for text in said
    ]


def test_a_run_that_comes_to_nothing_ends_and_says_so():
    gate = plays(Progress(done=0))
    progress = run(gate, 10)
    assert "no runs in 0 runs" in gate.hollow(progress)[0]


def test_schedules_that_never_traded_are_named_by_their_family():
    tally = Tally(next_seed=9)
    tally.families = {Family.POLLS: Sum(schedules=20), Family.DEAF: Sum(schedules=20, trades=5)}
    (said,) = hollow(tally)
    assert Family.POLLS.value in said
    tally.families.pop(Family.DEAF)
    assert "20 schedules:" in hollow(tally)[0]


@pytest.mark.parametrize(
    ("sums", "violations", "status"), [({"trades": 1}, 0, 0), ({}, 0, 3), ({}, 2, 1)]
)
def test_the_status_of_a_soak_says_whether_anything_is_proven(
    monkeypatch, capsys, tmp_path, sums, violations, status
):
    more = Progress(done=5, sums=sums, violations=violations)
    monkeypatch.setattr(soak, "gates", lambda _: (plays(more, needs=("trades",)),))
    monkeypatch.setattr("sys.argv", ["soak", "--state", str(tmp_path)])
    assert soak.main() == status
    assert ("R7 proves nothing" in capsys.readouterr().err) == (not sums)


def test_every_gate_that_trades_says_what_it_needs():
    needs = {gate.claim for gate in soak.gates(1) if gate.needs}
    assert needs == {gate.claim for gate in soak.gates(1)}


def test_faultsim_fails_when_nothing_traded(monkeypatch, capsys):
    monkeypatch.setattr(
        faultsim, "play_many", lambda *_, **__: Tally(next_seed=1, families={Family.POLLS: Sum()})
    )
    monkeypatch.setattr("sys.argv", ["faultsim"])
    assert faultsim.main() == 3
    assert "no trade" in capsys.readouterr().err
