"""Experiment: how often the product's own signal stands, and what the price does then."""

from __future__ import annotations

from typing import Final

import numpy as np

from tui_scalper.core.config import SignalRules
from tui_scalper.core.units import BP
from tui_scalper.lab.layout import Ints
from tui_scalper.lab.study.decay import HORIZONS, SLOW_HORIZONS, Coefficient
from tui_scalper.lab.study.hours import SECOND
from tui_scalper.lab.study.page import Section, figure, table
from tui_scalper.lab.study.readings import lean, pressure
from tui_scalper.lab.study.resampling import block_sums, percentile_interval, resampled_sums
from tui_scalper.lab.study.sampled import Sampled
from tui_scalper.lab.study.svg import Chart, Series

SEED: Final = 404
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
RULES: Final = SignalRules()


def study(day: tuple[Sampled, ...], snapshots: tuple[Sampled, ...]) -> Section:
    """The section of this experiment; `day` once a second, `snapshots` every 3 s."""
    return Section(
        "The product's own signal",
        (
            "Dominance is |2P - 1| in percent, P the share of the buyers in all that rests; the "
            "signal stands where the stronger side has 70 to 95 % of it and its five levels "
            "more than 1.5 times the other's. Shares of the moments of continuous trading, once "
            "a second (five stocks) and every 3 s (twenty).",
            _dominance_table((*day, *snapshots)),
            "Mean return of the mid in the signal's direction while it stands, basis points, "
            "from 0.5 s on, and its mirror (95 %, blocks of 5 minutes):",
            _return_table(day, snapshots),
            _VERDICT,
        ),
        (("dominance", _chart(day)),),
    )


_VERDICT: Final = (
    "The signal stands most of the day in some stocks and never in others: a fixed band of "
    "total quantities says more about the stock than about the moment. Where it stands, the mid "
    "goes its way by about 0.2 basis points in 10 s, and not measurably beyond; a round trip "
    "costs ten and more. On the other day nothing is found. This gate alone is no reason to trade."
)


def signal_return(stocks: tuple[Sampled, ...], horizon: int) -> tuple[Coefficient, int]:
    """Mean return in the direction of the signal while it stands, basis points, and over how
    many moments; NaN when it never stood. A negative horizon looks back."""
    return side_return(stocks, tuple(lean(stock.books, RULES) for stock in stocks), horizon)


def side_return(
    stocks: tuple[Sampled, ...], sides: tuple[Ints, ...], horizon: int
) -> tuple[Coefficient, int]:
    """The same in the direction of `sides`, one of +1, 0, -1 for each moment of each stock."""
    sums = []
    for stock, side in zip(stocks, sides, strict=True):
        gain = stock.returns(horizon)
        on = (side != 0) & np.isfinite(gain)
        terms = np.column_stack((on.astype(float), np.where(on, side * gain, 0.0)))
        sums.append(block_sums(terms, stock.block))
    pooled = np.concatenate(sums)
    count, total = pooled.sum(axis=0)
    drawn = resampled_sums(pooled, SEED)
    with np.errstate(invalid="ignore", divide="ignore"):
        interval = percentile_interval(drawn[:, 1] / drawn[:, 0])
        mean = float(np.divide(total, count))
    return Coefficient(mean, interval), int(count)


def _dominance_table(stocks: tuple[Sampled, ...]) -> str:
    rows = []
    for stock in stocks:
        reading = pressure(stock.books)
        dominance = 100 * np.abs(reading)
        share = (1 + np.abs(reading)) / 2 * BP
        band = (share >= RULES.pressure_low_bp) & (share <= RULES.pressure_high_bp)
        rows.append(
            (
                stock.books.code,
                *(figure(float(np.nanquantile(dominance, one)), 0) for one in QUANTILES),
                figure(100 * float(band.mean()), 1),
                figure(100 * float((share > RULES.pressure_high_bp).mean()), 1),
                figure(100 * float((lean(stock.books, RULES) != 0).mean()), 1),
            )
        )
    head = (
        "stock",
        *(f"dominance {one:.0%}" for one in QUANTILES),
        "in the band, %",
        "above it, %",
        "signal, %",
    )
    return table(head, rows)


def _return_table(day: tuple[Sampled, ...], snapshots: tuple[Sampled, ...]) -> str:
    rows = []
    for name, stocks, horizons in (
        ("five stocks", day, HORIZONS),
        ("twenty stocks", snapshots, SLOW_HORIZONS),
    ):
        for sign, way in ((1, "after"), (-1, "before")):
            found = {one: signal_return(stocks, sign * one) for one in horizons}
            cells = [found[one][0].text(2) if one in found else "-" for one in HORIZONS]
            moments = max(count for _, count in found.values())
            rows.append((f"{name}, {way}", f"{moments:,}", *cells))
    return table(("signal", "moments", *(f"{one // SECOND} s" for one in HORIZONS)), rows)


def _chart(stocks: tuple[Sampled, ...]) -> Chart:
    places = np.linspace(0, 1, 101)
    return Chart(
        "Dominance: share of moments below it, five stocks, 2023-07-11",
        "dominance, %",
        "share of moments",
        tuple(
            Series(
                stock.books.code,
                (100 * np.nanquantile(np.abs(pressure(stock.books)), places)).tolist(),
                places.tolist(),
            )
            for stock in stocks
        ),
    )
