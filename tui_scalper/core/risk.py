"""Controls between a proposal and the broker. Approved and refused are different types.

This is the only place that builds a PlaceOrder, and it builds one only out of an Approved
entry or of an exit: an unchecked order cannot be written down, let alone sent.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.depth import Verdict, best_price, verdict, walk
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.gates import Gate
from tui_scalper.core.instruments import Instrument
from tui_scalper.core.orders import OrderKind, OrderTerms, Purpose
from tui_scalper.core.prices import stop_trigger
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.units import Side


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """An entry somebody wants: `quantity` shares of `row`, no worse than `limit` paise."""

    row: int
    side: Side
    quantity: int
    limit: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where the account stands when a proposal is judged. Money in paise.

    Orders in an unknown state count as if they were live and would fill.
    """

    now_ns: int
    link_live: bool
    session_open: bool
    funds: int | None
    trades: int
    positions: int
    gross: int
    day_result: int
    """Realised plus open profit after costs."""
    held: bool
    """A position or a live order in the proposed stock exists."""
    unknown: bool
    """An order in the proposed stock is in an unknown state."""
    rate_free: bool


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that passed every control."""

    proposal: Proposal
    expected_value: int
    """Value of the fills expected from the visible book, paise."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that did not, and the first control that stopped it."""

    proposal: Proposal
    reason: Refusal


BOOK_GATES = Gate.NO_DATA | Gate.EMPTY_SIDE | Gate.CROSSED | Gate.LTP_RANGE | Gate.SESSION
"""Gates that make a book unfit for any entry, signal or not."""

Row = NDArray[np.int64]
Check = Callable[[EngineConfig, Proposal, Standing, Row], bool]


def _stale(config: EngineConfig, _: Proposal, at: Standing, row: Row) -> bool:
    late = bool(row[c.BLOCKERS] & Gate.STALE)
    return late or at.now_ns - int(row[c.RECEIVED_NS]) > config.signals.max_lag_ns


def _notional(proposal: Proposal) -> int:
    return proposal.quantity * proposal.limit


CHECKS: tuple[tuple[Refusal, Check], ...] = (
    (Refusal.LINK_DOWN, lambda _c, _p, at, _r: not at.link_live),
    (Refusal.SESSION, lambda _c, _p, at, _r: not at.session_open),
    (Refusal.STALE_BOOK, _stale),
    (Refusal.BAD_BOOK, lambda _c, _p, _a, row: bool(row[c.BLOCKERS] & BOOK_GATES)),
    (Refusal.ORDER_UNKNOWN, lambda _c, _p, at, _r: at.unknown),
    (Refusal.HELD, lambda _c, _p, at, _r: at.held),
    (Refusal.DAILY_TRADES, lambda cf, _p, at, _r: at.trades >= cf.risk.daily_trades),
    (Refusal.DAILY_LOSS, lambda cf, _p, at, _r: at.day_result <= -cf.risk.daily_loss),
    (Refusal.MAX_POSITIONS, lambda cf, _p, at, _r: at.positions >= cf.risk.max_positions),
    (Refusal.FUNDS_UNKNOWN, lambda _c, _p, at, _r: at.funds is None),
    (Refusal.TOO_SMALL, lambda _c, p, _a, _r: p.quantity <= 0 or p.limit <= 0),
    (Refusal.MAX_NOTIONAL, lambda cf, p, _a, _r: _notional(p) > cf.sizing.max_notional),
    (
        Refusal.GROSS_NOTIONAL,
        lambda cf, p, at, _r: at.gross + _notional(p) > cf.risk.max_gross_notional,
    ),
    (Refusal.FUNDS, lambda _c, p, at, _r: _notional(p) > (at.funds or 0)),
    (Refusal.ORDER_RATE, lambda _c, _p, at, _r: not at.rate_free),
)
"""Controls in the order they are asked; each is True when it refuses."""

DEPTH_REFUSALS = {Verdict.TOO_THIN: Refusal.THIN_BOOK, Verdict.TOO_DEAR: Refusal.SLIPPAGE}


def judge(config: EngineConfig, proposal: Proposal, at: Standing, row: Row) -> Approved | Refused:
    """Ask every control in turn, the visible book last."""
    for reason, refuses in CHECKS:
        if refuses(config, proposal, at, row):
            return Refused(proposal=proposal, reason=reason)
    found = walk(row, proposal.side, proposal.quantity, proposal.limit)
    judged = verdict(found, proposal.quantity, proposal.side, config.entry.max_slippage_bp)
    if judged is not Verdict.TAKES:
        return Refused(proposal=proposal, reason=DEPTH_REFUSALS[judged])
    if _stop_is_tight(config, found.value, proposal, row):
        return Refused(proposal=proposal, reason=Refusal.TIGHT_STOP)
    return Approved(proposal=proposal, expected_value=found.value)


def _stop_is_tight(config: EngineConfig, value: int, proposal: Proposal, row: Row) -> bool:
    """Whether the stop would be reached by the quotes the entry itself trades on."""
    side = proposal.side
    trigger = stop_trigger(
        value, proposal.quantity, side, config.protection.stop_bp, int(row[c.TICK])
    )
    own_best = best_price(row, side.opposite)
    nearest = min(own_best, int(row[c.LTP])) if side is Side.BUY else max(own_best, int(row[c.LTP]))
    return (nearest - trigger) * side <= 0


def entry_order(approved: Approved, instrument: Instrument, tag: str) -> PlaceOrder:
    """The order of an approved entry: a marketable limit order at its collar."""
    proposal = approved.proposal
    return PlaceOrder(
        tag=tag,
        row=proposal.row,
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        side=proposal.side,
        terms=OrderTerms(kind=OrderKind.LIMIT, quantity=proposal.quantity, price=proposal.limit),
    )


def exit_order(
    held: int, side: Side, terms: OrderTerms, *, row: int, instrument: Instrument, tag: str
) -> PlaceOrder:
    """The exit order of a position of `held` shares on `side`; it can only reduce it."""
    assert 0 < terms.quantity <= held
    return PlaceOrder(
        tag=tag,
        row=row,
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        side=side.opposite,
        terms=terms,
        purpose=Purpose.EXIT,
    )
