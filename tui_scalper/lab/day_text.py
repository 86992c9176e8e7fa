"""A day's report as lines to read, as JSON, and its trades as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from tui_scalper.core.snapshot import Limit, LimitUnit
from tui_scalper.core.units import MS, NS, rupees
from tui_scalper.lab.day_figures import DayReport, Head, Orders, Result, Slippage, Speed, Times
from tui_scalper.lab.report import TradeLine
from tui_scalper.lab.signal_quality import to_lines

UNKNOWN = "-"
ALARMS_READ = 20
"""Alarms the lines repeat; the JSON has all of them."""


def to_json(report: DayReport) -> bytes:
    """One line of JSON with numbers as numbers."""
    return msgspec.json.Encoder(decimal_format="number").encode(report)


def to_csv(reports: Iterable[DayReport]) -> str:
    """Every closed trade as a line, under the names of TradeLine."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("journal", *TradeLine.__struct_fields__))
    for report in reports:
        for trade in report.trades:
            writer.writerow((report.head.journal, *msgspec.structs.astuple(trade)))
    return out.getvalue()


def to_text(report: DayReport) -> str:
    """The report for a person, one figure group a paragraph."""
    parts = (
        _head(report.head),
        _result(report.result),
        _slippage(report.slippage),
        _orders(report.orders),
        _speed(report.speed, report.head.speed),
        _limits(report.limits),
        to_lines(report.signals),
        _counts("faults of the feed", report.faults),
        _alarms(report),
        _trades(report),
    )
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _head(head: Head) -> list[str]:
    return [
        f"{head.journal}: {'/'.join(head.modes) or UNKNOWN} at {'/'.join(head.brokers) or UNKNOWN}"
        f", {head.venue} ({head.currency})",
        f"{clock(head.from_ns, head.utc_offset, date=True)} to "
        f"{clock(head.to_ns, head.utc_offset)}, runs {head.runs}, "
        f"build {'; '.join(head.builds) or UNKNOWN}",
    ]


def _result(result: Result) -> list[str]:
    return [
        "result",
        f"  gross {result.gross}  costs {result.costs}  net {result.net}  "
        f"expectancy {result.expectancy} a trade",
        f"  trades {result.trades}: won {result.wins}, lost {result.losses}; "
        f"still open {result.open_positions}",
        f"  win rate {percent(result.win_rate)}, true rate {percent(result.win_low)} to "
        f"{percent(result.win_high)} (95 %); chance gives {percent(result.chance)}, "
        f"costs need {percent(result.break_even)}",
        f"  risk-reward planned {ratio(result.planned_risk_reward)}, "
        f"mean win over mean loss {ratio(result.payoff)}",
        f"  Sharpe {ratio(result.sharpe)} a trade, above 0 with {percent(result.sharpe_certainty)} "
        f"certainty{_needed(result.trades_needed)}; one day is one sample, nothing is annualised",
        f"  drawdown {result.drawdown} of closed trades, {result.drawdown_open} with open ones; "
        f"best {result.best}, worst {result.worst}",
    ]


def _needed(trades: float) -> str:
    return "" if math.isnan(trades) else f" (95 % would take {math.ceil(trades)} such trades)"


def _slippage(lines: tuple[Slippage, ...]) -> list[str]:
    if not lines:
        return []
    return [
        "slippage (expected when asked for, against filled; + is worse)",
        *(
            f"  {one.kind:<7} {one.orders:>4} orders {one.shares:>8} shares  "
            f"{one.worse:+} ({signed(one.worse_bp)} bp)"
            + (f"  {one.unexplained} shares without an expected price" if one.unexplained else "")
            for one in lines
        ),
    ]


def _orders(orders: Orders) -> list[str]:
    ended = ", ".join(f"{name} {count}" for name, count in orders.ended.items())
    return [
        "orders",
        f"  placed {orders.placed}, changed {orders.modified}, cancelled {orders.cancelled}"
        + (f"; now {ended}" if ended else ""),
        f"  cancel ratio {percent(orders.cancel_ratio)}, requests an order that traded "
        f"{ratio(orders.order_to_trade)}",
        *_counts("rejected by the broker", orders.rejects, "  "),
        *_counts("refused by the controls", orders.refusals, "  "),
        *_counts("questions not answered", orders.polls_failed, "  "),
    ]


def _speed(speed: Speed, market: float) -> list[str]:
    stock = f" ({speed.unprotected_stock})" if speed.unprotected_stock else ""
    note = f" (market time, {market:g} times real time)" if market != 1 else ""
    return [
        f"times{note}",
        f"  order acknowledged    {spread(speed.order_ack)}",
        f"  change acknowledged   {spread(speed.change_ack)}",
        f"  stop after first fill {spread(speed.stop_placed)}",
        f"  without an exit order {spread(speed.unprotected)}{stock}",
        f"  decision on a frame   p50 {micro(speed.decide_p50)}, p99 {micro(speed.decide_p99)}",
    ]


def _limits(limits: tuple[Limit, ...]) -> list[str]:
    return ["limits (most used / allowed)", *(f"  {use(one)}" for one in limits)] if limits else []


def _counts(title: str, counts: Mapping[str, int], indent: str = "") -> list[str]:
    if not counts:
        return []
    return [f"{indent}{title}", *(f"{indent}  {count:>6} {name}" for name, count in counts.items())]


def _alarms(report: DayReport) -> list[str]:
    if not report.alarms:
        return []
    offset = report.head.utc_offset
    more = len(report.alarms) - ALARMS_READ
    return [
        f"alarms: {len(report.alarms)}",
        *(f"  {clock(one.at_ns, offset)} {one.text}" for one in report.alarms[:ALARMS_READ]),
        *([f"  and {more} more"] if more > 0 else []),
    ]


def _trades(report: DayReport) -> list[str]:
    if not report.trades:
        return []
    offset = report.head.utc_offset
    return [
        "trades",
        *(
            f"  {clock(one.entry_ns, offset)} {one.side:<4} {one.qty:>6} {one.symbol:<12} "
            f"{one.entry_price} -> {one.exit_price} {clock(one.exit_ns, offset)} "
            f"{one.exit_reason}: {one.pnl - one.costs} after {one.costs} costs"
            for one in report.trades
        ),
    ]


# -- figures as text -------------------------------------------------------------------------


def clock(at_ns: int, utc_offset: int, *, date: bool = False) -> str:
    """A moment by the venue's clock."""
    local = datetime.fromtimestamp((at_ns + utc_offset) // NS, UTC)
    return f"{local:%Y-%m-%d %H:%M:%S}" if date else f"{local:%H:%M:%S}"


def percent(share: float) -> str:
    """A share in percent; a dash when unknown."""
    return UNKNOWN if math.isnan(share) else f"{share * 100:.1f} %"


def ratio(value: float) -> str:
    """A ratio with two decimals; a dash when unknown."""
    return UNKNOWN if math.isnan(value) else f"{value:.2f}"


def signed(value: float) -> str:
    """A figure with its sign and one decimal; a dash when unknown."""
    return UNKNOWN if math.isnan(value) else f"{value:+.1f}"


def spread(times: Times) -> str:
    """Median, 99th percentile, longest and count of some times."""
    if not times.count:
        return UNKNOWN
    p50, p99, most = (f"{one / MS:.1f} ms" for one in (times.p50, times.p99, times.most))
    return f"p50 {p50}, p99 {p99}, longest {most} ({times.count})"


def micro(taken_ns: int) -> str:
    """A short time; a dash when not measured."""
    return UNKNOWN if taken_ns < 0 else f"{taken_ns / 1_000:.0f} us"


def use(limit: Limit) -> str:
    """A limit, how much of it was used and the share."""
    share = f"{limit.used / limit.allowed:.0%}" if limit.allowed else UNKNOWN
    used, allowed = (_amount(value, limit.unit) for value in (limit.used, limit.allowed))
    return f"{limit.name:<12} {used} / {allowed} ({share})"


def _amount(value: int, unit: LimitUnit) -> str:
    return str(value) if unit is LimitUnit.COUNT else rupees(value)
