"""The report of a day, computed from its journal alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from tui_scalper.core.journalled import Record
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.trades import ClosedTrade
from tui_scalper.core.units import BP
from tui_scalper.lab.day_figures import (
    AlarmLine,
    DayReport,
    Head,
    Orders,
    Result,
    Slippage,
    Speed,
    Times,
)
from tui_scalper.lab.daybook import Daybook, Fills
from tui_scalper.lab.report import money, trade_line
from tui_scalper.lab.signal_quality import signal_quality
from tui_scalper.lab.statistics import (
    NAN,
    break_even_rate,
    chance_rate,
    probabilistic_sharpe,
    shape_of,
    summarise,
    trades_needed,
)

TALLIED: Final = 40
"""Most kinds of anything a report lists; the rest is summed up."""
REST: Final = "others"


def day_report(records: Sequence[Record], journal: str) -> DayReport:
    """The report of the journal named `journal` that holds `records`."""
    book = Daybook(records)
    trades = book.trades
    return DayReport(
        head=_head(book, journal),
        result=_result(book, trades),
        slippage=tuple(_slippage(kind, book.fills[kind]) for kind in sorted(book.fills)),
        orders=_orders(book, trades),
        speed=_speed(book),
        limits=book.limits,
        faults=_summed(counts.faults for counts in book.counts),
        alarms=tuple(AlarmLine(one.said_ns, one.text) for one in book.alarms),
        trades=tuple(trade_line(trade) for trade in trades),
        signals=signal_quality(book.lives, sum(one.lives_missed for one in book.counts)),
    )


def _head(book: Daybook, journal: str) -> Head:
    manifests = [run.manifest for run in book.runs if run.manifest is not None]
    venue = book.universe.venue
    return Head(
        journal=journal,
        venue=venue.code,
        currency=venue.currency,
        utc_offset=venue.utc_offset,
        modes=_distinct(run.mode for run in book.runs),
        brokers=_distinct(one.broker for one in manifests),
        builds=_distinct(one.build.text for one in manifests),
        runs=len(book.runs),
        speed=max((one.speed for one in manifests), default=1.0),
        from_ns=book.first_ns,
        to_ns=book.last_ns,
    )


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _result(book: Daybook, trades: Sequence[ClosedTrade]) -> Result:
    profits = [trade.pnl - trade.costs for trade in trades]
    figures = summarise(profits)
    shape = shape_of(profits)
    costs = sum(trade.costs for trade in trades)
    stop, target = _bracket(book)
    traded = sum(trade.entry_value for trade in trades)
    cost_percent = costs / traded * 100 if traded else NAN
    known = stop > 0 and target > 0
    return Result(
        trades=figures.trades,
        wins=figures.wins,
        losses=figures.trades - figures.wins,
        win_rate=figures.win_rate,
        win_low=figures.win_interval.low,
        win_high=figures.win_interval.high,
        chance=chance_rate(stop, target) if known else NAN,
        break_even=break_even_rate(stop, target, cost_percent) if known else NAN,
        planned_risk_reward=target / stop if known else NAN,
        payoff=figures.payoff,
        gross=money(sum(trade.pnl for trade in trades)),
        costs=money(costs),
        net=money(figures.net),
        expectancy=money(round(figures.expectancy)) if trades else money(0),
        sharpe=figures.sharpe,
        sharpe_certainty=probabilistic_sharpe(figures.sharpe, figures.trades, shape=shape),
        trades_needed=trades_needed(figures.sharpe, shape=shape),
        drawdown=money(figures.max_drawdown),
        drawdown_open=money(max((one.drawdown for one in book.counts), default=0)),
        best=money(max((one.best for one in book.counts), default=0)),
        worst=money(min((one.worst for one in book.counts), default=0)),
        open_positions=book.open_positions,
    )


def _bracket(book: Daybook) -> tuple[float, float]:
    """Stop and target of the last run, percent; NaN where the journal does not say."""
    manifest = book.runs[-1].manifest if book.runs else None
    values = {line.key: line.value for line in manifest.settings} if manifest else {}
    stop, target = (values.get(f"protection.{name}", "nan") for name in ("stop", "target"))
    return float(stop), float(target)


def _slippage(kind: str, fills: Fills) -> Slippage:
    return Slippage(
        kind=kind,
        orders=len(fills.orders),
        shares=fills.shares,
        value=money(fills.value),
        worse=money(fills.worse),
        worse_bp=fills.worse * BP / fills.expected if fills.expected else NAN,
        unexplained=fills.unexplained,
    )


def _orders(book: Daybook, trades: Sequence[ClosedTrade]) -> Orders:
    states = Counter(order.state for order in book.desk.blotter)
    traded = sum(order.filled > 0 for order in book.desk.blotter)
    requests = book.placed + book.modified + book.cancelled
    return Orders(
        placed=book.placed,
        modified=book.modified,
        cancelled=book.cancelled,
        ended={state.value: states[state] for state in OrderState if states[state]},
        cancel_ratio=book.cancelled / book.placed if book.placed else NAN,
        order_to_trade=requests / traded if traded else NAN,
        rejects=_most(book.rejects),
        refusals=_summed(counts.refused for counts in book.counts),
        polls_failed=_most(book.polls_failed),
    )


def _speed(book: Daybook) -> Speed:
    naked = [taken for taken, _ in book.naked]
    decided = [one for one in book.counts if one.decide_p50 >= 0]
    return Speed(
        order_ack=times(book.order_acks),
        change_ack=times(book.change_acks),
        stop_placed=times(book.guard_waits),
        unprotected=times(naked),
        unprotected_stock=max(book.naked)[1] if book.naked else "",
        decide_p50=max((one.decide_p50 for one in decided), default=-1),
        decide_p99=max((one.decide_p99 for one in decided), default=-1),
    )


def times(taken: Sequence[int]) -> Times:
    """Count, median, 99th percentile and longest of `taken`, nanoseconds."""
    if not taken:
        return Times(count=0)
    p50, p99 = np.percentile(taken, (50, 99))
    return Times(count=len(taken), p50=int(p50), p99=int(p99), most=max(taken))


def _summed(counts: Iterable[Iterable[tuple[str, int]]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(dict(one))
    return _most(total)


def _most(counts: Mapping[str, int]) -> dict[str, int]:
    """The most frequent first, ties by name; what does not fit is one sum."""
    order = sorted(counts, key=lambda name: (-counts[name], name))
    found = {name: counts[name] for name in order[:TALLIED]}
    rest = sum(counts[name] for name in order[TALLIED:])
    return {**found, REST: rest} if rest else found
