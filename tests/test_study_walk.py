"""Walk-forward: only trades that were over count, and the engine's trades are its own."""

from __future__ import annotations

import math

import pytest
from study_rig import recordings_folder

from tui_scalper.core.positions import ClosedTrade
from tui_scalper.core.units import Side
from tui_scalper.lab.importers import import_file
from tui_scalper.lab.study.day import SNAPSHOT_FILE
from tui_scalper.lab.study.trials import DEFAULT, GRID, NOTIONAL, Thresholds, net_bp, trades_of
from tui_scalper.lab.study.walk import Experiment, best, luck, sharpe_deflated, walk_forward
from tui_scalper.lab.tape import Tape

A, B = Thresholds(6_000, 150), Thresholds(7_000, 150)


def trade(entry, exit_, pnl, costs=0) -> ClosedTrade:
    return ClosedTrade(
        row=0,
        symbol="X",
        side=Side.BUY,
        quantity=1,
        entry_value=10_000,
        exit_value=10_000 + pnl,
        entry_ns=entry,
        exit_ns=exit_,
        reason="stop",
        pnl=pnl,
        costs=costs,
    )


def many(start, pnl, count=5):
    return [trade(start + i, start + i + 1, pnl) for i in range(count)]


def test_the_best_of_the_past_is_chosen_by_result_after_costs():
    trials = {A: tuple(many(0, 50)), B: tuple(many(0, 40))}
    assert best(trials, 100) == A
    dear = tuple(trade(i, i + 1, 50, costs=30) for i in range(5))
    assert best({A: dear, B: trials[B]}, 100) == B
    assert net_bp(dear) == [20.0] * 5


def test_too_few_trades_choose_nothing():
    assert best({A: tuple(many(0, 50, count=4)), B: ()}, 100) is None


def test_what_is_still_open_is_not_looked_at():
    """A great trade that ends after the choice changes nothing."""
    trials = {A: tuple(many(0, 10)), B: (*many(0, 5), trade(1, 101, 10_000))}
    assert best(trials, 100) == A
    assert best(trials, 101) == B


def test_each_part_trades_the_setting_that_was_best_before_it():
    trials = {
        A: (*many(0, 50), *many(100, -99), *many(200, 1)),
        B: (*many(0, 40), *many(100, 60), *many(200, 2)),
    }
    walked = walk_forward(Experiment("x", trials, (0, 100, 200, 300)))
    # Nothing is known before the first part; A is best after it, B after the second.
    assert [one.pnl for one in walked] == [-99] * 5 + [2] * 5


def test_a_single_winner_among_many_losers_is_mostly_luck():
    trials = {
        Thresholds(i, 100): tuple(trade(k, k + 1, (7 * k * i) % 11 - 5) for k in range(1, 9))
        for i in range(1, 12)
    }
    top = best(trials, 10**9)
    assert top is not None
    assert 0 <= sharpe_deflated(trials, top) < 0.9
    assert math.isnan(sharpe_deflated({A: ()}, A))


def test_overfitting_needs_periods_with_trades():
    few = Experiment("x", {A: tuple(many(0, 5)), B: ()}, (0, 1_000))
    assert luck(few, 100) is None
    spread = {
        one: tuple(trade(k * 10, k * 10 + 5, (k * sign) % 7 - 3) for k in range(64))
        for one, sign in ((A, 1), (B, -1))
    }
    found = luck(Experiment("x", spread, (0, 640)), 10)
    assert found is not None
    assert 0 <= found.probability <= 1


def test_the_default_is_one_of_the_trials():
    assert DEFAULT in GRID
    assert len(set(GRID)) == len(GRID) == 24


@pytest.mark.data
def test_the_engine_makes_the_same_trades_of_a_recording_twice(tmp_path):
    path = tmp_path / "snapshots.parquet"
    import_file(recordings_folder() / SNAPSHOT_FILE, path)
    tape = Tape.open(path)
    trades = trades_of(tape, A)
    assert trades == trades_of(tape, A)
    assert trades
    assert all(one.entry_ns < one.exit_ns and one.costs > 0 for one in trades)
    # A collared entry may be filled a little beyond the price it was sized at.
    assert max(one.entry_value for one in trades) <= NOTIONAL * 1.01
