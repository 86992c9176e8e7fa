"""Experiment: static thresholds against those that follow each stock's own past.

Both run through the product's own kernels over the same tape, side by side: when the signal
stands, what the price does then, which thresholds were in force; and through the whole
engine, what it trades.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import kernels as k
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.adaptive import MOVING, Adaptive, AdaptiveRules, Moving
from tui_scalper.core.config import ReadingRules, SignalRules
from tui_scalper.core.market import MarketTable
from tui_scalper.core.units import FOREVER, MS, PPM
from tui_scalper.lab.layout import Ints
from tui_scalper.lab.study.decay import HORIZONS, SLOW_HORIZONS, Coefficient
from tui_scalper.lab.study.fits import NAN, Floats
from tui_scalper.lab.study.hours import SECOND, STRETCHES
from tui_scalper.lab.study.own_signal import side_return
from tui_scalper.lab.study.page import Section, figure, table
from tui_scalper.lab.study.sampled import Sampled
from tui_scalper.lab.study.svg import Chart, Series
from tui_scalper.lab.study.thresholds import TRADES_HEAD, trades_row
from tui_scalper.lab.study.trials import DEFAULT, config_of, trades_by
from tui_scalper.lab.tape import Tape

ON: Final = AdaptiveRules(mode=Adaptive.ON)
STATIC: Final = SignalRules()
MODES: Final = {"static": STATIC, "adaptive": SignalRules(adaptive=ON)}
EDGES: Final = (0.05, 0.5, 0.95)
MINUTE: Final = 60 * SECOND


T = TypeVar("T", Ints, Floats)


@dataclass(frozen=True)
class Seen:
    """What the kernels said of every stock at each of `n` moments, in one mode."""

    at: Ints
    """int64[n], milliseconds after midnight."""
    side: Ints
    """int64[n, stocks]: the side of the signal, 0 while there is none."""
    dominance: Floats
    """float64[n, stocks], percent."""
    limits: Ints
    """int64[n, stocks, Moving]: the thresholds in force."""
    marked: Floats
    """float64[n, stocks, 2]: whether a footprint stands behind the lean, whether a wall
    stands in its way; NaN where the book leans nowhere or too few sizes were seen."""
    begun: int
    """How many signals began."""


def see(tape: Tape, signals: SignalRules, at: Ints) -> Seen:
    """Play `tape` through the kernels and look at every stock at the moments `at`.

    Books outside continuous trading are no signals and teach nothing.
    """
    market_table = MarketTable(tape.universe)
    market, rules = market_table.market, u.compiled_rules(signals, ReadingRules())
    counters = np.zeros(k.COUNTERS, dtype=np.int64)
    nobody = np.tile(np.array([FOREVER, -1, -1, FOREVER]), (len(tape.universe), 1))
    batches = list(tape.batches())
    rows = np.concatenate([one.rows for one in batches])
    cells = np.concatenate([one.cells for one in batches])
    received = np.concatenate([one.received_ns for one in batches])
    midnight = tape.universe.venue.midnight(tape.first_ns)
    sides, dominance, limits, marked, index = [], [], [], [], 0
    for moment in at:
        rules.whole[u.IN_SESSION :] = int(any(a <= moment <= b for a, b in STRETCHES))
        until = midnight + int(moment) * MS
        index, _ = k.run_frames(
            market, rows, cells, received, index, until, rules, counters, nobody
        )
        signal = market.cells[:, c.BLOCKERS] == 0
        sides.append(np.where(signal, market.cells[:, c.LEAN], 0))
        dominance.append(market.cells[:, c.DOMINANCE] * 100 / PPM)
        limits.append(market.cells[:, c.IN_FORCE : c.IN_FORCE + u.MOVING].copy())
        marked.append(_marks(market.cells, market.reals))
    return Seen(
        at,
        np.array(sides),
        np.array(dominance),
        np.array(limits),
        np.array(marked),
        int(counters[k.SIGNALS]),
    )


def _marks(cells: Ints, reals: Floats) -> Floats:
    lean = cells[:, c.LEAN]
    behind = np.where(lean > 0, reals[:, r.FOOTPRINT_BID], reals[:, r.FOOTPRINT_ASK])
    ahead = np.where(lean > 0, reals[:, r.WALL_ASK_Z], reals[:, r.WALL_BID_Z])
    known = (lean != 0) & np.isfinite(behind)
    footprint = behind >= cells[:, c.FOOTPRINT_PPM] / PPM
    wall = ahead > cells[:, c.WALL_PPM] / PPM
    return np.where(known[:, None], np.column_stack((footprint, wall)), NAN)


@dataclass(frozen=True)
class Compared:
    """One recording in both modes, and its stocks at their moments."""

    name: str
    tape: Tape
    stocks: tuple[Sampled, ...]
    seen: dict[str, Seen]

    def of(self, mode: str, stock: Sampled, values: T) -> T:
        """`values` of one mode, at the moments of one stock."""
        row = [one.symbol for one in self.tape.universe].index(stock.books.code)
        found: T = values[np.searchsorted(self.seen[mode].at, stock.at), row]
        return found


def compared(name: str, tape: Tape, stocks: tuple[Sampled, ...]) -> Compared:
    """`tape` in both modes at every moment of `stocks`."""
    at = np.unique(np.concatenate([stock.at for stock in stocks]))
    return Compared(name, tape, stocks, {mode: see(tape, one, at) for mode, one in MODES.items()})


def study(
    day: Tape, fast: tuple[Sampled, ...], snapshots: Tape, slow: tuple[Sampled, ...]
) -> Section:
    """The section of this experiment; `fast` once a second, `slow` every 3 s."""
    both = (
        compared("five stocks, 2023-07-11", day, fast),
        compared("twenty stocks, 2021-12-01 morning", snapshots, slow),
    )
    return Section(
        "Thresholds that adapt",
        (
            f"`signals.adaptive = on` against the default, off. Each of {len(MOVING)} thresholds "
            f"follows a quantile of its reading in the stock itself over a memory of "
            f"{ON.memory_ns // (60 * SECOND * MS)} minutes, inside hard bounds "
            f"({_bounds_text()}), and is the static one for the first {ON.warm_up} samples. "
            "Everything else is the product's default; the quantiles and bounds were chosen "
            "before these figures and not tuned on them.",
            "Moments at which the signal stands, mean dominance then, and the thresholds in "
            "force (5 %, 50 %, 95 % of the moments):",
            table(_STOCK_HEAD, [row for one in both for row in _stock_rows(one)]),
            "Mean return of the mid in the signal's direction while it stands, basis points, "
            "from 0.5 s on, and its mirror (95 %, blocks of 5 minutes):",
            table(
                ("signal", "begun", "moments", *(f"{one // SECOND} s" for one in HORIZONS)),
                [row for one in both for row in _return_rows(one)],
            ),
            "Share of the moments at which a footprint stands behind the side the book leans "
            "to, and a wall in its way:",
            table(
                ("marks", "footprint, %", "wall, %"),
                [row for one in both for row in _marks_rows(one)],
            ),
            "Through the whole engine in auto mode, as in the section before:",
            table(TRADES_HEAD, [row for one in both for row in _trade_rows(one)]),
            _verdict(both),
        ),
        (("adaptive", _chart(both[0])),),
    )


def _bounds_text() -> str:
    parts = []
    for one in MOVING.values():
        rule = one.default
        least, most = rule.least / one.scale, rule.most / one.scale
        parts.append(
            f"{one.name} {rule.quantile_pm / 10:g} % within {least:g} to {most:g} {one.unit}"
        )
    return ", ".join(parts)


_STOCK_HEAD: Final = (
    "stock",
    "static, % of moments",
    "adaptive, %",
    "dominance, static",
    "adaptive",
    "least pressure, %",
    "greatest, %",
    "depth ratio",
)


def _stock_rows(of: Compared) -> list[tuple[str, ...]]:
    rows = []
    for stock in of.stocks:
        shares, leads = [], []
        for mode, seen in of.seen.items():
            on = of.of(mode, stock, seen.side) != 0
            lead = of.of(mode, stock, seen.dominance)[on]
            shares.append(figure(100 * float(on.mean()), 1))
            leads.append(figure(float(lead.mean()), 0) if len(lead) else "-")
        limits = of.of("adaptive", stock, of.seen["adaptive"].limits) / 100
        edges = np.quantile(limits, EDGES, axis=0)
        ranges = [
            " / ".join(figure(float(edge), digits) for edge in edges[:, one])
            for one, digits in (
                (Moving.PRESSURE_LOW, 1),
                (Moving.PRESSURE_HIGH, 1),
                (Moving.DEPTH_RATIO, 2),
            )
        ]
        rows.append((stock.books.code, *shares, *leads, *ranges))
    return rows


def _return_rows(of: Compared) -> list[tuple[str, ...]]:
    horizons = HORIZONS if of.stocks[0].at[1] - of.stocks[0].at[0] <= SECOND else SLOW_HORIZONS
    rows = []
    for mode, seen in of.seen.items():
        sides = tuple(of.of(mode, stock, seen.side) for stock in of.stocks)
        for sign, way in ((1, "after"), (-1, "before")):
            found = {one: side_return(of.stocks, sides, sign * one) for one in horizons}
            cells = [found[one][0].text(2) if one in found else "-" for one in HORIZONS]
            moments = max(count for _, count in found.values())
            rows.append((f"{of.name}: {mode}, {way}", f"{seen.begun:,}", f"{moments:,}", *cells))
    return rows


def _marks_rows(of: Compared) -> list[tuple[str, ...]]:
    rows = []
    for mode, seen in of.seen.items():
        shares = 100 * np.nanmean(seen.marked, axis=(0, 1))
        rows.append((f"{of.name}: {mode}", *(figure(float(share), 2) for share in shares)))
    return rows


def _trade_rows(of: Compared) -> list[tuple[str, ...]]:
    rows = []
    for mode, signals in MODES.items():
        config = msgspec.structs.replace(config_of(DEFAULT), signals=signals)
        rows.append(trades_row(f"{of.name}: {mode}", trades_by(of.tape, config)))
    return rows


def _verdict(both: Sequence[Compared]) -> str:
    stands = {mode: [float((one.seen[mode].side != 0).mean()) for one in both] for mode in MODES}
    busiest = {mode: [_uneven(one, mode) for one in both] for mode in MODES}
    near = SLOW_HORIZONS[1]
    after = {mode: _both_days(both, mode, near) for mode in MODES}
    return (
        "**Conclusion.** The signal, which stands "
        f"{_listed(stands['static'])} % of the moments with static thresholds on the two days, "
        f"stands {_listed(stands['adaptive'])} % with adaptive ones, and says more about the "
        "moment and less about the stock: the share of its moments that lie in the two busiest "
        f"stocks falls from {_listed(busiest['static'])} % to {_listed(busiest['adaptive'])} %. "
        f"In the {near // SECOND} s after it the mid goes its way by {after['adaptive']} basis "
        f"points instead of {after['static']}; in those before it, it went by "
        f"{_both_days(both, 'adaptive', -near)}, so part of that is a move under way, and over "
        "30 s and more the signal follows the price rather than leads it. All of it is a small "
        "part of what a round trip costs, and the trades through the engine lose as before: a "
        "better reading, no reason to cross the spread. Two days are two days; it stays off by "
        "default."
    )


def _both_days(both: Sequence[Compared], mode: str, horizon: int) -> str:
    return " and ".join(_gain(one, mode, horizon).text(2) for one in both)


def _gain(of: Compared, mode: str, horizon: int) -> Coefficient:
    sides = tuple(of.of(mode, stock, of.seen[mode].side) for stock in of.stocks)
    return side_return(of.stocks, sides, horizon)[0]


def _uneven(of: Compared, mode: str) -> float:
    """Share of the signal's moments that lie in its two busiest stocks."""
    moments = np.sort((of.seen[mode].side != 0).sum(axis=0))
    return float(moments[-2:].sum() / max(moments.sum(), 1))


def _listed(shares: Sequence[float]) -> str:
    return " and ".join(figure(100 * share, 0) for share in shares)


def _chart(of: Compared) -> Chart:
    adaptive = of.seen["adaptive"]
    series = []
    for stock in of.stocks:
        low = of.of("adaptive", stock, adaptive.limits)[:, Moving.PRESSURE_LOW] / 100
        step = max(len(low) // 400, 1)
        hours = stock.at / (60 * MINUTE)
        series.append(Series(stock.books.code, hours[::step].tolist(), low[::step].tolist()))
    return Chart(
        f"Least pressure in force, {of.name}",
        "hour of the day",
        "% of both sides' quantity",
        tuple(series),
        level=STATIC.pressure_low_bp / 100,
    )
