"""Experiment: which rule for snapshots loses least of the order flow between them?

The order-by-order day seen only every 0.25, 0.5, 1 and 3 s, each rule against the mid change
and against the flow counted event by event; then real snapshots of another day.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np

from tui_scalper.lab.study.day import StockDay
from tui_scalper.lab.study.fits import NAN, Floats, correlation, line
from tui_scalper.lab.study.flow_rules import RULES, SHIPPED, level_flow, multilevel
from tui_scalper.lab.study.hours import SECOND
from tui_scalper.lab.study.page import Section, figure, ranged, table
from tui_scalper.lab.study.rebuild import LEVELS, Books
from tui_scalper.lab.study.resampling import mean_of_cells
from tui_scalper.lab.study.svg import Chart, Series
from tui_scalper.lab.study.windows import EVENT, Windows, event_windows, sampled_flow

STEPS: Final = (
    (250, 10 * SECOND),
    (500, 10 * SECOND),
    (SECOND, 10 * SECOND),
    (3 * SECOND, 12 * SECOND),
)
"""Milliseconds between snapshots, and of the window: whole snapshots, at least 10 s."""
MULTILEVEL: Final = "multi-level, 5 levels summed"
SEED: Final = 202
SNAPSHOTS_A_WINDOW: Final = 4
SNAPSHOT_WINDOWS: Final = 150
"""Windows a cell of the real snapshots: four of 3 s make 12 s, 150 of those half an hour."""


def study(stocks: tuple[StockDay, ...], snapshots: tuple[Books, ...]) -> Section:
    """The section of this experiment."""
    blocks: list[str] = []
    curves: dict[str, list[float]] = {name: [] for name in RULES}
    for step, length in STEPS:
        days = [_sampled(stock, step, length) for stock in stocks]
        blocks += [f"**A snapshot every {step / 1000:g} s**, windows of {length // SECOND} s:"]
        blocks += [_comparison(days)]
        for name, curve in curves.items():
            curve.append(_mean([day.r2(name) for day in days]))
    truth = _mean([event_windows(stock, 10 * SECOND).r2(EVENT) for stock in stocks])
    return Section(
        "Which order flow imbalance for snapshots",
        (
            "Mean R2 over stocks and half hours of the mid change on each rule's flow, with the "
            "gain of the rule that ships over each other (95 %, half hours resampled within "
            "each stock); the slope relative to that of the event-level flow (median; 1 is no "
            "bias); the correlation with the event-level flow over the windows (mean); the "
            "correlation with the mid change of the *next* window (mean).",
            *blocks,
            *_multilevel(stocks),
            "**Real snapshots**, 20 other stocks, another day, every 3 s as the exchange sent "
            "them, windows of four (there is no event-level truth here):",
            _snapshot_table(snapshots),
            _VERDICT,
            _CHOSEN,
        ),
        (("sampling_r2", _chart(curves, truth)),),
    )


_VERDICT: Final = (
    f"**What ships: {SHIPPED}.** It loses nothing of the fit of the event-level flow at any "
    "sampling, has no bias in the slope (1.00), follows the true flow most closely, and beats "
    "CKS on sampled best quotes by more the rarer the snapshots. It does not win everywhere: see "
    "the share of half hours, and *crossed levels*, which fits the mid change as well but "
    "overstates the flow by 3 to 6 %. Price alignment over all five levels loses on real "
    "books, by the deep queues that flicker without any bearing on the price."
)
_CHOSEN: Final = (
    "The rule was chosen on the order-by-order day, the day it is judged on above, as the best of "
    "the six for snapshots, so its gains there flatter it. The other day bears it out, with other "
    "stocks, only every 3 s and only in the fit: it leads CKS and every price-aligned rule with "
    "intervals that leave out 0, is not told apart from *crossed levels*, and without the orders "
    "nothing there speaks of bias, of following the true flow, or of faster snapshots."
)


def _sampled(stock: StockDay, step: int, length: int) -> Windows:
    """Event-level windows with the flow of every rule added."""
    whole = event_windows(stock, length)
    rules = {**RULES, MULTILEVEL: multilevel}
    flow = {name: sampled_flow(stock.books, rule, step, length) for name, rule in rules.items()}
    return Windows(whole.code, whole.half, whole.move, {**whole.flow, **flow})


def _mean(cells: list[Floats]) -> float:
    return float(np.nanmean(np.concatenate(cells)))


def _comparison(days: list[Windows]) -> str:
    best = [day.r2(SHIPPED) for day in days]
    rows = []
    for name in (EVENT, *RULES, MULTILEVEL):
        fits = [day.r2(name) for day in days]
        gain = [mine - other for mine, other in zip(best, fits, strict=True)]
        rows.append(
            (
                f"**{name}**" if name == SHIPPED else name,
                figure(_mean(fits)),
                "" if name == SHIPPED else ranged(_mean(gain), mean_of_cells(gain, SEED)),
                "" if name == SHIPPED else f"{_ahead_in(gain)}/{_known(gain)}",
                figure(_relative_slope(days, name), 2),
                figure(float(np.mean([_follows(day, name) for day in days])), 3),
                figure(float(np.mean([_ahead(day, name) for day in days])), 3),
            )
        )
    head = ("rule", "R2", "gain of what ships", "ahead in", "slope", "follows", "next window")
    return table(head, rows)


def _known(cells: list[Floats]) -> int:
    return int(sum(np.isfinite(one).sum() for one in cells))


def _ahead_in(gain: list[Floats]) -> int:
    return int(sum((one > 0).sum() for one in gain))


def _relative_slope(days: list[Windows], name: str) -> float:
    pairs = [
        mine.slope / true.slope
        for day in days
        for mine, true in zip(day.lines(name), day.lines(EVENT), strict=True)
    ]
    return float(np.nanmedian(pairs))


def _follows(day: Windows, name: str) -> float:
    return correlation(day.flow[name], day.flow[EVENT])


def _ahead(day: Windows, name: str) -> float:
    """Correlation of the flow with the mid change of the window after it."""
    return correlation(day.flow[name][:-1], day.move[1:])


def _multilevel(stocks: tuple[StockDay, ...]) -> tuple[str, str, str]:
    """Sums of the level rule over 1 to 5 levels, each half hour predicted by the one before."""
    step, length = STEPS[2]
    days = [event_windows(stock, length) for stock in stocks]
    flows = [
        [
            sampled_flow(stock.books, partial(level_flow, level=level), step, length)
            for level in range(LEVELS)
        ]
        for stock in stocks
    ]
    rows = []
    for day, levels in zip(days, flows, strict=True):
        sums = np.cumsum(levels, axis=0)
        rows.append((day.code, *(figure(_next_half_r2(day, run)) for run in sums)))
    head = ("stock", *(f"{count} level{'s' * (count > 1)}" for count in range(1, LEVELS + 1)))
    return (
        "**Multi-level OFI** (the CKS rule at each populated level, summed), a snapshot a "
        "second, windows of 10 s: R2 of each half hour on the line fitted in the one before.",
        table(head, rows),
        "These figures look best of all and must not be read so: when the mid moves by a tick, "
        "every level is renumbered and its whole queue counts as flow of that sign, so the sum "
        "contains the move it explains. It follows the true flow least of all, and says the least "
        "about the next window (above). Multi-level OFI may inform and confirm, not rank.",
    )


def _next_half_r2(day: Windows, flow: Floats) -> float:
    """Mean out-of-sample R2: the line of a half hour judged on the next one."""
    found = []
    for number in range(day.halves - 1):
        past, now = day.half == number, day.half == number + 1
        fit = line(flow[past], day.move[past])
        left = day.move[now] - fit.intercept - fit.slope * flow[now]
        spread = float(np.square(day.move[now] - day.move[now].mean()).sum())
        found.append(1 - float(left @ left) / spread if spread > 0 else NAN)
    return float(np.nanmean(found))


def _snapshot_table(stocks: tuple[Books, ...]) -> str:
    cells: dict[str, list[Floats]] = {name: [] for name in RULES}
    ahead: dict[str, list[float]] = {name: [] for name in RULES}
    for books in stocks:
        move = np.diff(books.mid[::SNAPSHOTS_A_WINDOW])
        for name, rule in RULES.items():
            run = np.concatenate(([0], np.cumsum(rule(books))))
            flow = np.diff(run[::SNAPSHOTS_A_WINDOW]).astype(float)
            cells[name].append(_cell_r2(flow, move))
            ahead[name].append(correlation(flow[:-1], move[1:]))
    rows = []
    for name in RULES:
        gain = [a - b for a, b in zip(cells[SHIPPED], cells[name], strict=True)]
        rows.append(
            (
                f"**{name}**" if name == SHIPPED else name,
                figure(_mean(cells[name])),
                "" if name == SHIPPED else ranged(_mean(gain), mean_of_cells(gain, SEED)),
                "" if name == SHIPPED else f"{_ahead_in(gain)}/{_known(gain)}",
                figure(float(np.nanmean(ahead[name]))),
            )
        )
    return table(("rule", "R2", "gain of what ships", "ahead in", "next window"), rows)


def _cell_r2(flow: Floats, move: Floats) -> Floats:
    starts = range(0, len(move), SNAPSHOT_WINDOWS)
    cells = [slice(start, start + SNAPSHOT_WINDOWS) for start in starts]
    return np.array(
        [line(flow[one], move[one]).r2 for one in cells if len(move[one]) > SNAPSHOT_WINDOWS // 2]
    )


def _chart(curves: Mapping[str, list[float]], truth: float) -> Chart:
    places = list(range(len(STEPS)))
    return Chart(
        "R2 of the mid change on order flow, by time between snapshots",
        "seconds between snapshots",
        "mean R2 (dashed: event by event)",
        tuple(Series(name, places, curve) for name, curve in curves.items()),
        ticks=tuple((float(i), f"{step / 1000:g}") for i, (step, _) in enumerate(STEPS)),
        level=truth,
    )
