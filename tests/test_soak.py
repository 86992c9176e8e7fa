"""The soak: a run that stops anywhere goes on, and says what it came to."""

from __future__ import annotations

import pytest

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
