"""Experiment: does the imbalance of the best queues tell which way the mid moves next?

One observation between two moves of the mid, at a random moment, so that nothing overlaps.
Source: M. Gould, J. Bonart, Queue imbalance as a one-tick-ahead price predictor in a limit
order book, Market Microstructure and Liquidity 2 (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tui_scalper.lab.layout import Ints
from tui_scalper.lab.parsing import Mask
from tui_scalper.lab.study.classify import area, area_interval, brier, logistic
from tui_scalper.lab.study.fits import NAN, Floats
from tui_scalper.lab.study.hours import STRETCHES, continuous, last_before
from tui_scalper.lab.study.page import Section, figure, ranged, table
from tui_scalper.lab.study.readings import queue_imbalance
from tui_scalper.lab.study.rebuild import Books
from tui_scalper.lab.study.sampled import BLOCK
from tui_scalper.lab.study.svg import Chart, Series

SEED: Final = 808
BINS: Final = 10
LEAST: Final = 50
"""Observations below which no probability is fitted."""


@dataclass(frozen=True)
class Observed:
    """One stock: imbalance at a random moment before each move of the mid, and the move."""

    code: str
    ms: Ints
    imbalance: Floats
    up: Mask


def observe(books: Books, seed: int) -> Observed:
    """Moments drawn evenly between neighbouring moves within a stretch of trading."""
    random = np.random.default_rng(seed)
    imbalance = queue_imbalance(books)
    times: list[Ints] = []
    scores: list[Floats] = []
    ups: list[Mask] = []
    for start, end in STRETCHES:
        inside = slice(*np.searchsorted(books.ms, (start, end)))
        ms, mid = books.ms[inside], books.mid[inside]
        moves = np.nonzero(np.diff(mid))[0] + 1
        since, until = ms[moves[:-1]], ms[moves[1:]]
        drawn = since + (random.random(len(since)) * (until - since)).astype(np.int64)
        # Several events carry one stamp; never a book from before the earlier move or after.
        seen = np.clip(last_before(ms, drawn), moves[:-1], moves[1:] - 1)
        times.append(drawn)
        scores.append(imbalance[inside][seen])
        ups.append(np.diff(mid)[moves[1:] - 1] > 0)
    return Observed(books.code, np.concatenate(times), np.concatenate(scores), np.concatenate(ups))


def study(day: tuple[Books, ...], snapshots: tuple[Books, ...], split: int) -> Section:
    """The section of this experiment: order-by-order books, then snapshots every 3 s.

    `split`, milliseconds after midnight: snapshots before it are learned from.
    """
    seen = [(books, observe(books, SEED + i)) for i, books in enumerate(day)]
    others = [(books, observe(books, SEED + 50 + i)) for i, books in enumerate(snapshots)]
    head = ["stock", "mean spread", "moves", "AUC", "slope of the logistic", "Brier out of sample"]
    areas = np.array([area(one.imbalance, one.up) for _, one in others])
    return Section(
        "Queue imbalance and the next move of the mid",
        (
            "AUC: the chance that the imbalance before an up is higher than that before a down "
            "(0.5 knows nothing), 95 % by blocks of 5 minutes. Brier score of the logistic "
            "fitted on the first part of the day and judged on the rest (0.250 knows nothing). "
            "Spread in ticks, mean over updates.",
            "**Five stocks, 2023-07-11**, event by event, morning against afternoon:",
            table(head, [_row(books, one, STRETCHES[0][1]) for books, one in seen]),
            "**Twenty stocks, 2021-12-01**, snapshots every 3 s, first half hour against second:",
            table(head, [_row(books, one, split) for books, one in others]),
            f"Everywhere above one half; mean AUC {areas.mean():.2f} of the twenty, "
            f"{np.mean([area(one.imbalance, one.up) for _, one in seen]):.2f} of the five. It is "
            "the best of the readings looked at here and foretells one move of the mid, usually "
            "of half a tick: less than the spread that has to be paid to act on it.",
        ),
        (("queue_imbalance", _chart([one for _, one in seen])),),
    )


def _row(books: Books, seen: Observed, split: int) -> tuple[str, ...]:
    past = seen.ms < split
    slope, score = NAN, NAN
    if min(past.sum(), (~past).sum()) >= LEAST:
        fit = logistic(seen.imbalance[past], seen.up[past])
        slope = fit.slope
        score = brier(fit.chance(seen.imbalance[~past]), seen.up[~past])
    spread = (books.price[:, 1, 0] - books.price[:, 0, 0])[continuous(books.ms)]
    block = (seen.ms - STRETCHES[0][0]) // BLOCK
    return (
        seen.code,
        figure(float(spread.mean()), 2),
        f"{len(seen.up):,}",
        ranged(
            area(seen.imbalance, seen.up),
            area_interval(seen.imbalance, seen.up, block, SEED),
            2,
        ),
        figure(slope, 2),
        figure(score),
    )


def _chart(seen: list[Observed]) -> Chart:
    edges = np.linspace(-1, 1, BINS + 1)
    middle = ((edges[1:] + edges[:-1]) / 2).tolist()
    series = []
    for one in seen:
        place = np.clip(np.digitize(one.imbalance, edges) - 1, 0, BINS - 1)
        counts = np.bincount(place, minlength=BINS)
        ups = np.bincount(place, one.up, BINS)
        share = np.where(counts > 0, ups / np.maximum(counts, 1), NAN)
        series.append(Series(one.code, middle, share.tolist()))
    return Chart(
        "Share of next moves that go up, by queue imbalance",
        "queue imbalance",
        "share of ups",
        tuple(series),
        level=0.5,
    )
