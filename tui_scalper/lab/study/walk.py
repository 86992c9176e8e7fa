"""Settings chosen on the past and traded on what comes next; and how much of it is luck."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tui_scalper.core.positions import ClosedTrade
from tui_scalper.core.units import MS
from tui_scalper.lab.overfitting import BLOCKS, Floats, Overfitting, overfitting
from tui_scalper.lab.statistics import deflated_sharpe, shape_of, sharpe_ratio
from tui_scalper.lab.study.fits import NAN
from tui_scalper.lab.study.trials import GRID, Thresholds, net_bp, trades_of
from tui_scalper.lab.tape import Tape

LEAST_TRADES: Final = 5
"""Trades a setting must have behind it to be chosen."""

Trials = Mapping[Thresholds, tuple[ClosedTrade, ...]]


@dataclass(frozen=True)
class Experiment:
    """One recording: its trials, and the parts its day is cut into."""

    name: str
    trials: Trials
    edges: tuple[int, ...]
    """Nanoseconds UTC; part `i` lies between edges `i` and `i + 1`."""


def run(tape: Tape, name: str, part_ms: int, stretches: Iterable[tuple[int, int]]) -> Experiment:
    """All trials of a tape whose `stretches` of trading are cut every `part_ms`."""
    midnight = tape.universe.venue.midnight(tape.first_ns)
    moments = sorted({at for a, b in stretches for at in (*range(a, b, part_ms), b)})
    trials = {one: trades_of(tape, one) for one in GRID}
    return Experiment(name, trials, tuple(midnight + at * MS for at in moments))


def best(trials: Trials, until_ns: int) -> Thresholds | None:
    """The setting with the best mean result among trades over by `until_ns`, the first of
    equals; None while none has enough trades. Trades still open then are not looked at."""
    means = {}
    for setting, trades in trials.items():
        past = net_bp([trade for trade in trades if trade.exit_ns <= until_ns])
        if len(past) >= LEAST_TRADES:
            means[setting] = float(np.mean(past))
    return max(means, key=lambda one: means[one]) if means else None


def walk_forward(of: Experiment) -> list[ClosedTrade]:
    """Trades of each part by the setting that was best before it began."""
    taken: list[ClosedTrade] = []
    for start, end in zip(of.edges, of.edges[1:], strict=False):
        setting = best(of.trials, start)
        if setting is not None:
            taken += [one for one in of.trials[setting] if start <= one.entry_ns < end]
    return taken


def luck(of: Experiment, period_ns: int) -> Overfitting | None:
    """PBO over periods of the day; None where there are too few."""
    start, end = of.edges[0], of.edges[-1]
    periods = -(-(end - start) // period_ns)
    results: Floats = np.zeros((periods, len(of.trials)))
    for column, trades in enumerate(of.trials.values()):
        for trade, net in zip(trades, net_bp(trades), strict=True):
            results[min((trade.exit_ns - start) // period_ns, periods - 1), column] += net
    # A break of the day is no period in which anything was tried.
    results = results[np.abs(results).any(axis=1)]
    return overfitting(results) if len(results) >= BLOCKS else None


def sharpe_deflated(trials: Trials, setting: Thresholds) -> float:
    """Probability that the Sharpe ratio of `setting` is above what the best of all trials
    would show by chance."""
    results = {one: net_bp(trades) for one, trades in trials.items() if len(trades) >= 2}
    ratios = [ratio for one in results.values() if np.isfinite(ratio := _sharpe(one))]
    if setting not in results or len(ratios) < 2:
        return NAN
    mine = results[setting]
    whole = [round(100 * one) for one in mine]
    return deflated_sharpe(
        _sharpe(mine), len(mine), len(trials), float(np.var(ratios, ddof=1)), shape_of(whole)
    )


def _sharpe(results: Sequence[float]) -> float:
    return sharpe_ratio([round(100 * one) for one in results])
