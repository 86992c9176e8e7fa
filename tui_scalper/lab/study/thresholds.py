"""Experiment: do tuned thresholds make money, and does the tuning survive?

Every pair of thresholds runs through the real engine, bracket 0.25 % against 1 %, costs of
the venue. What is best on the past is traded on what comes next (walk-forward), and what is
best on one day on the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from tui_scalper.core.config import ProtectionRules
from tui_scalper.core.costs import NSE_INTRADAY, Charges, order_costs
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.positions import ClosedTrade
from tui_scalper.core.units import BP, NS, Side
from tui_scalper.lab.statistics import Interval, break_even_rate, chance_rate, wilson
from tui_scalper.lab.study.fits import NAN
from tui_scalper.lab.study.hours import SECOND, STRETCHES
from tui_scalper.lab.study.page import Section, figure, ranged, table
from tui_scalper.lab.study.svg import Chart, Series
from tui_scalper.lab.study.trials import (
    DEFAULT,
    GRID,
    NOTIONAL,
    PRESSURES,
    RATIOS,
    Thresholds,
    net_bp,
)
from tui_scalper.lab.study.walk import (
    LEAST_TRADES,
    Experiment,
    best,
    luck,
    run,
    sharpe_deflated,
    walk_forward,
)
from tui_scalper.lab.tape import Tape

STOP: Final = ProtectionRules().stop_bp
TARGET: Final = ProtectionRules().target_bp
SPREAD: Final = 10
"""Of an example, basis points."""
MINUTE: Final = 60 * SECOND
PERIOD_NS: Final = 300 * NS
"""Length of the periods whose results are split to find overfitting."""


def study(day: Tape, snapshots: Tape) -> Section:
    """The section of this experiment."""
    first = run(day, "five stocks, 2023-07-11", 30 * MINUTE, STRETCHES)
    morning = ((STRETCHES[0][0], STRETCHES[0][0] + 60 * MINUTE),)
    second = run(snapshots, "twenty stocks, 2021-12-01 morning", 15 * MINUTE, morning)
    both = (first, second)
    chosen = [best(one.trials, one.edges[-1]) for one in both]
    rows = [
        trades_row(f"{one.name}: default, {DEFAULT.text()}", one.trials[DEFAULT]) for one in both
    ]
    for one, setting in zip(both, chosen, strict=True):
        if setting is not None:
            rows.append(
                trades_row(f"{one.name}: best in sample, {setting.text()}", one.trials[setting])
            )
    rows += [trades_row(f"{one.name}: walk-forward", walk_forward(one)) for one in both]
    for one, setting in zip(both, reversed(chosen), strict=True):
        if setting is not None:
            name = f"{one.name}: best of the other day, {setting.text()}"
            rows.append(trades_row(name, one.trials[setting]))
    return Section(
        "Thresholds, walked forward through the engine",
        (
            f"{len(GRID)} pairs of pressure bound ({PRESSURES[0] / 100:g} to "
            f"{PRESSURES[-1] / 100:g} %) and depth ratio ({RATIOS[0] / 100:g} to "
            f"{RATIOS[-1] / 100:g}) on each recording, {2 * len(GRID)} runs in all, each a replay "
            "through the real engine and the exchange machine in auto mode: bracket 0.25 % / 1 "
            f"%, {NOTIONAL // 100:,} yuan an entry, 40 ms each way, the venue's charges of the "
            "time. Limits a day are lifted, everything else is the product's default. In "
            "Shanghai nobody could have traded so (shares bought today are sold tomorrow): the "
            "day serves as a market to be tested on.",
            table(TRADES_HEAD, rows),
            f"Chance alone reaches the target before the stop in "
            f"{100 * chance_rate(STOP, TARGET):.0f} %; an entry across a spread of {SPREAD} bp "
            "(5 to 18 in the five stocks) begins so much nearer to its stop, which leaves "
            f"{100 * (STOP - SPREAD) / (STOP + TARGET):.0f} %. *Break-even* is the win rate at "
            "which the bracket earns its mean round-trip cost. At NSE's intraday rates a round "
            f"trip of the same value costs {_round_trip(NSE_INTRADAY):.1f} bp and breaks even at "
            f"{100 * break_even_rate(STOP, TARGET, _round_trip(NSE_INTRADAY)):.0f} %. "
            "Walk-forward takes, in each half hour (quarter of an hour on the short day), the "
            f"setting that was best on the trades over before it, once one has {LEAST_TRADES}; "
            "about 168 independent trades would be needed to tell 28 % from 20 %.",
            *(_luck_text(one, setting) for one, setting in zip(both, chosen, strict=True)),
            _verdict(both),
        ),
        (("thresholds", _chart(both)),),
    )


def _verdict(both: Sequence[Experiment]) -> str:
    runs = [trades for one in both for trades in one.trials.values() if trades]
    gross = [float(np.mean([_share(one.pnl, one) for one in trades])) for trades in runs]
    net = [float(np.mean(net_bp(trades))) for trades in runs]
    return (
        f"**Conclusion: nothing here makes money.** Of the {len(runs)} runs that traded, "
        f"{sum(one > 0 for one in net)} have a mean above 0 after costs (the best: "
        f"{max(net):.1f} bp a trade) and {sum(one > 0 for one in gross)} before them (the best: "
        f"{max(gross):.1f} bp). The interval of the default's win rate lies below break-even on "
        "both days, tuning on the past does not repair it, and what is best on one day loses "
        "on the other. Pressure and depth ratio say where the book leans; as the only reason to "
        "cross the spread they fail on these days. The console should be read so: it shows what "
        "happens and guards what is held; a reason to enter has to come from elsewhere."
    )


TRADES_HEAD: Final = (
    "trades of",
    "trades",
    "won after costs",
    "targets",
    "break-even",
    "mean before costs, bp",
    "mean after, bp",
)


def trades_row(name: str, trades: Sequence[ClosedTrade]) -> tuple[str, ...]:
    """A line of the table of trades."""
    count = len(trades)
    won = sum(trade.pnl > trade.costs for trade in trades)
    targets = sum(trade.reason == GoalInput.TARGET_TOUCHED for trade in trades)
    if not count:
        return (name, "0", *("-" for _ in range(5)))
    cost = float(np.mean([_share(trade.costs, trade) for trade in trades]))
    gross = float(np.mean([_share(trade.pnl, trade) for trade in trades]))
    return (
        name,
        str(count),
        ranged(100 * won / count, _percent(wilson(won, count)), 0) + " %",
        str(targets),
        f"{100 * break_even_rate(STOP, TARGET, cost):.0f} %",
        figure(gross, 1),
        figure(gross - cost, 1),
    )


def _share(money: int, trade: ClosedTrade) -> float:
    """`money` in basis points of what was entered."""
    return money * BP / trade.entry_value


def _percent(interval: Interval) -> Interval:
    return Interval(100 * interval.low, 100 * interval.high)


def _round_trip(charges: Charges) -> float:
    """Cost of buying and selling the usual value, basis points."""
    both = sum(order_costs(charges, side, NOTIONAL) for side in Side)
    return both * BP / NOTIONAL


def _luck_text(of: Experiment, setting: Thresholds | None) -> str:
    if setting is None:
        return f"*{of.name}*: no setting has {LEAST_TRADES} trades."
    chance = sharpe_deflated(of.trials, setting)
    found = luck(of, PERIOD_NS)
    split = (
        "too few periods with trades to estimate overfitting"
        if found is None
        else f"probability of overfitting {found.probability:.2f} over {found.splits:,} splits, "
        f"the chosen one loses out of sample in {100 * found.loss:.0f} % of them"
    )
    return (
        f"*{of.name}*: {len(of.trials)} trials; probability that the best one's Sharpe ratio "
        f"is better than luck (deflated Sharpe ratio) {figure(chance, 2)}; {split}."
    )


def _chart(both: Sequence[Experiment]) -> Chart:
    places = list(range(len(GRID)))
    series = []
    for one in both:
        means = [
            float(np.mean(net_bp(trades))) if trades else NAN for trades in one.trials.values()
        ]
        series.append(Series(one.name, places, means, points=True))
    ticks = tuple(
        (float(i), f"{setting.pressure_bp / 100:g} %")
        for i, setting in enumerate(GRID)
        if setting.ratio_pct == RATIOS[0]
    )
    return Chart(
        "Mean result a trade after costs, every trial",
        "pressure bound; from left to right within each, rising depth ratio",
        "basis points",
        tuple(series),
        ticks,
        level=0.0,
    )
