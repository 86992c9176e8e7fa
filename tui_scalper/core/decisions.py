"""What was decided, and on what: enough to judge every order again from the journal alone.

An entry is kept with the proposal, the account and the whole row of the market table it was
judged on; an exit with why it is wanted, the price it was expected at, and the book.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.adaptive import InForce
from tui_scalper.core.checks import Proposal, Standing
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.depth import best_price
from tui_scalper.core.desk import Desk
from tui_scalper.core.effects import Effect, ExitStop, ModifyOrder, PlaceOrder
from tui_scalper.core.goal_table import Goal
from tui_scalper.core.market import Cells
from tui_scalper.core.orders import OrderTerms, Purpose
from tui_scalper.core.risk import Approved, Refused, judge
from tui_scalper.core.units import Side

KEPT: Final = np.dtype("<i8")


class Decided(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An entry and what it was decided on; `row` is `packed` core.columns of that moment."""

    tag: str
    proposal: Proposal
    standing: Standing
    expected_value: int
    """Value of the fills expected from the visible book, paise."""
    row: bytes
    in_force: InForce | None = None
    """The thresholds it was a signal by; None in journals older than them."""


class Steered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An exit order, new or changed: what for, and the book; `row` as in Decided."""

    tag: str
    goal: Goal
    reason: str
    expected: int
    """Price it was expected to trade at, paise: trigger, target, or the best of the moment."""
    row: bytes


def decision(
    desk: Desk, cells: Cells, approved: Approved | None, effect: Effect
) -> Decided | Steered | None:
    """What `effect` was decided on, asked before anything else happens; None when it is no order.

    `cells` is the market table, `approved` the entry that passed the controls last.
    """
    match effect:
        case PlaceOrder(purpose=Purpose.ENTRY):
            return _entry(cells, approved, effect)
        case PlaceOrder():
            return _exit(desk, cells, effect.tag, effect.terms)
        case ModifyOrder() | ExitStop():
            order = desk.blotter.by_id(effect.order_id)
            return None if order is None else _exit(desk, cells, order.tag, effect.terms)
        case _:
            return None


def _entry(cells: Cells, approved: Approved | None, order: PlaceOrder) -> Decided | None:
    """The decision behind an entry; None when `approved` is about another one."""
    if approved is None:
        return None
    wanted = approved.proposal
    same = (wanted.row, wanted.side, wanted.quantity, wanted.limit)
    if same != (order.row, order.side, order.terms.quantity, order.terms.price):
        return None
    return Decided(
        tag=order.tag,
        proposal=wanted,
        standing=approved.standing,
        expected_value=approved.expected_value,
        row=packed(cells[order.row]),
        in_force=thresholds(cells[order.row]),
    )


def thresholds(row: Cells) -> InForce:
    """The thresholds in force in a row of the market table."""
    return InForce(
        pressure_low_bp=int(row[c.PRESSURE_LOW_BP]),
        pressure_high_bp=int(row[c.PRESSURE_HIGH_BP]),
        depth_ratio_pct=int(row[c.DEPTH_RATIO_PCT]),
        footprint_ppm=int(row[c.FOOTPRINT_PPM]),
        wall_ppm=int(row[c.WALL_PPM]),
    )


def _exit(desk: Desk, cells: Cells, tag: str, terms: OrderTerms) -> Steered | None:
    order = desk.blotter.by_tag(tag)
    if order is None or order.purpose is Purpose.ENTRY:
        return None
    position = desk.owner(order)
    row = cells[order.row]
    return Steered(
        tag=tag,
        goal=position.goal,
        reason=position.reason,
        expected=_expected(position.goal, terms, row, order.side),
        row=packed(row),
    )


def _expected(goal: Goal, terms: OrderTerms, row: Cells, side: Side) -> int:
    if goal is Goal.PROTECT:
        return terms.trigger
    if goal is Goal.TAKE:
        return terms.price
    return best_price(row, side) or int(row[c.LTP]) or terms.price


def judged_again(config: EngineConfig, decided: Decided) -> Approved | Refused:
    """What the controls say today of a decision of the past, by the rules of `config`."""
    row = unpacked(decided.row)
    return judge(config, decided.proposal, decided.standing, row)


def packed(row: Cells) -> bytes:
    """A row of the market table as it is kept: int64, little-endian, in the order of columns."""
    return row.astype(KEPT, copy=False).tobytes()


def unpacked(data: bytes) -> Cells:
    """The row that `packed` kept. Raises ValueError when it is none of this version."""
    row = np.frombuffer(data, dtype=KEPT).astype(np.int64)
    if len(row) != c.COLUMNS:
        raise ValueError(f"a row of {len(row)} columns where this version has {c.COLUMNS}")
    return row
