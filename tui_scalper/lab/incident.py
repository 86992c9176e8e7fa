"""Draws the screen's state as of any record of a journal: what was held, asked, said and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from tui_scalper.core import columns as c
from tui_scalper.core.adaptive import InForce
from tui_scalper.core.blotter import Order
from tui_scalper.core.decisions import Decided, Steered, unpacked
from tui_scalper.core.goal_table import Goal
from tui_scalper.core.journalled import Record, RunStarted
from tui_scalper.core.positions import Position
from tui_scalper.core.scribe import Said, Stood
from tui_scalper.core.units import PPM, rupees
from tui_scalper.lab.day_text import clock
from tui_scalper.lab.daybook import Daybook

ORDERS: Final = 20
"""Orders that are over, the newest; those alive are all drawn."""
DECISIONS: Final = 3
"""Of entries, and as many of exits."""
LINES: Final = 12
Verdict = Callable[[Decided], str]
"""What the controls say of a past decision today, in words."""
T = TypeVar("T")


def record_at(records: Sequence[Record], of_day: int, midnight: Callable[[int], int]) -> int:
    """Index of the last record at or before a time of the journal's first day; -1 for none.

    `of_day` is nanoseconds after local midnight, `midnight` finds that of a moment.
    """
    until = midnight(records[0].at_ns) + of_day if records else 0
    return max((place for place, one in enumerate(records) if one.at_ns <= until), default=-1)


def screen(records: Sequence[Record], whole: int, verdict: Verdict) -> str:
    """The state that `records`, the first of `whole` records, lead to."""
    book = Daybook(records)
    offset = book.universe.venue.utc_offset
    steered = {one.tag: one for one in _all(records, Steered)}
    parts = (
        _head(records, whole, offset),
        _standing(records),
        ["positions", *(_position(one, steered) for one in book.positions_open)],
        ["orders", *map(_order, _chosen(list(book.desk.blotter)))],
        _result(book),
        _decisions(records, offset, verdict),
        ["log", *(_line(one, offset) for one in _all(records, Said)[-LINES:])],
    )
    return "\n".join("\n".join(part) for part in parts) + "\n"


def _line(said: Said, offset: int) -> str:
    return f"  {clock(said.said_ns, offset)} {said.severity.value:<5} {said.text}"


def _all(records: Sequence[Record], kind: type[T]) -> list[T]:
    return [one.body for one in records if isinstance(one.body, kind)]


def _head(records: Sequence[Record], whole: int, offset: int) -> list[str]:
    if not records:
        return [f"before the first of {whole} records"]
    runs = _all(records, RunStarted)
    run = f", {runs[-1].mode} run {runs[-1].run_id}" if runs else ""
    at = clock(records[-1].at_ns, offset, date=True)
    return [f"record {len(records) - 1} of {whole - 1}, {at}{run}"]


def _standing(records: Sequence[Record]) -> list[str]:
    stood = _all(records, Stood)
    if not stood:
        return ["state not kept by this journal"]
    now = stood[-1]
    flags = "".join((", auto" * now.auto, ", entries paused" * now.paused))
    why = f" ({now.trading_text})" if now.trading_text else ""
    funds = rupees(now.funds) if now.funds >= 0 else "not known"
    return [
        f"operator {now.operator.value}{flags}; trading {now.trading.value}{why}; "
        f"data {now.link.value}; session {now.phase.value}; funds {funds}"
    ]


def _position(position: Position, steered: dict[str, Steered]) -> str:
    average = rupees(position.entry.value // position.bought) if position.bought else "-"
    exit_order = position.live_exit
    why = steered.get(exit_order.tag) if exit_order is not None else None
    leaving = why is not None and why.goal is not Goal.PROTECT
    state = f"{why.reason}" if why is not None and leaving else position.protection().value
    rests = f", {_terms(exit_order)}" if exit_order is not None else ""
    return (
        f"  {position.instrument.symbol} {position.side.name} held {position.held} of "
        f"{position.bought} at {average}, {state}{rests}"
    )


def _terms(order: Order) -> str:
    trigger = f" trigger {rupees(order.terms.trigger)}" if order.terms.trigger else ""
    return f"{order.terms.kind.value} {rupees(order.terms.price)}{trigger}"


def _chosen(orders: list[Order]) -> list[Order]:
    over = [one for one in orders if not one.live]
    return [*over[-ORDERS:], *(one for one in orders if one.live)]


def _order(order: Order) -> str:
    text = f" {order.text}" if order.text else ""
    return (
        f"  {order.tag} {order.purpose.value} {order.side.name} {order.symbol} "
        f"{order.filled}/{order.wanted.quantity} {_terms(order)} {order.state.value} "
        f"{order.order_id or '-'}{text}"
    )


def _result(book: Daybook) -> list[str]:
    trades = book.trades
    gross, costs = sum(one.pnl for one in trades), sum(one.costs for one in trades)
    return [
        f"trades {len(trades)}, gross {rupees(gross)}, costs {rupees(costs)}, "
        f"net {rupees(gross - costs)}"
    ]


# -- decisions and their books ---------------------------------------------------------------


def _decisions(records: Sequence[Record], offset: int, verdict: Verdict) -> list[str]:
    lines = ["last decisions"]
    entries = [one for one in records if isinstance(one.body, Decided)][-DECISIONS:]
    exits = [one for one in records if isinstance(one.body, Steered)][-DECISIONS:]
    for record in sorted((*entries, *exits), key=lambda one: one.seq):
        body, at = record.body, clock(record.at_ns, offset)
        if isinstance(body, Decided):
            wanted = body.proposal
            lines.append(
                f"  {at} {body.tag} {wanted.side.name} {wanted.quantity} "
                f"{body.standing.instrument.symbol} limit {rupees(wanted.limit)} by "
                f"{wanted.sender.value}; judged again: {verdict(body)}"
            )
            lines += _thresholds(body.in_force)
        elif isinstance(body, Steered):
            lines.append(
                f"  {at} {body.tag} {body.reason}: {body.goal.value}, expected "
                f"{rupees(body.expected)}"
            )
        lines += _book(body.row) if isinstance(body, Decided | Steered) else []
    return lines


def _thresholds(found: InForce | None) -> list[str]:
    if found is None:
        return []
    return [
        f"    thresholds: pressure {found.pressure_low_bp / 100:g} to "
        f"{found.pressure_high_bp / 100:g} %, depth {found.depth_ratio_pct / 100:g}, "
        f"footprint {found.footprint_ppm / PPM:g}, wall {found.wall_ppm / PPM:g}"
    ]


def _book(row: bytes) -> list[str]:
    """Five levels a side, best first; a row of another version has no columns we know."""
    try:
        cells = unpacked(row)
    except ValueError as error:
        return [f"    book not readable: {error}"]
    lines = [f"    last {rupees(int(cells[c.LTP]))}"]
    for level in range(c.LEVELS):
        bid, ask = int(cells[c.BID_PRICE + level]), int(cells[c.ASK_PRICE + level])
        bids, asks = int(cells[c.BID_QUANTITY + level]), int(cells[c.ASK_QUANTITY + level])
        lines.append(f"    {bids:>9} {rupees(bid):>11} | {rupees(ask):<11} {asks:<9}".rstrip())
    return lines
