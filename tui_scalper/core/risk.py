"""Controls between a proposal and the broker. Approved and refused are different types.

This is the only place that builds a PlaceOrder, and it builds one only out of an Approved
entry or of an exit: an unchecked order cannot be written down, let alone sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import msgspec

from tui_scalper.core import columns as c
from tui_scalper.core.checks import CHECKS, Check, Proposal, Row, Standing
from tui_scalper.core.config import EngineConfig, ProtectionRules, Style
from tui_scalper.core.depth import Verdict, Walk, best_price, verdict, walk
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.instruments import Instrument
from tui_scalper.core.orders import OrderKind, OrderTerms, Purpose
from tui_scalper.core.prices import Pricing, stop_trigger
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.units import Side


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that passed every control."""

    proposal: Proposal
    standing: Standing
    """The account it was judged by."""
    expected_value: int
    """Value of the fills expected from the visible book, paise."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that did not, and the first control that stopped it."""

    proposal: Proposal
    reason: Refusal


DEPTH_REFUSALS: Final = {
    Verdict.TOO_THIN: Refusal.THIN_BOOK,
    Verdict.TOO_DEAR: Refusal.SLIPPAGE,
}


def judge(config: EngineConfig, proposal: Proposal, at: Standing, row: Row) -> Approved | Refused:
    """Ask every control in turn, the visible book last."""
    return _verdict(proposal, at, row, objections(config, proposal, at, row))


def objections(
    config: EngineConfig, proposal: Proposal, at: Standing, row: Row
) -> Iterator[Refusal]:
    """Every control that refuses, in the order they are asked."""
    yield from _refusing(CHECKS, config, proposal, at, row)
    yield from _depth_objections(config, proposal, row)


def _refusing(
    checks: Iterable[tuple[Refusal, Check]],
    config: EngineConfig,
    proposal: Proposal,
    at: Standing,
    row: Row,
) -> Iterator[Refusal]:
    return (reason for reason, refuses in checks if refuses(config, proposal, at, row))


def _verdict(
    proposal: Proposal, at: Standing, row: Row, found: Iterator[Refusal]
) -> Approved | Refused:
    reason = next(found, None)
    if reason is not None:
        return Refused(proposal=proposal, reason=reason)
    return Approved(proposal=proposal, standing=at, expected_value=met(proposal, row).value)


def waits(proposal: Proposal, row: Row) -> bool:
    """Whether a person wants it to wait in the queue of its own side, at its own price."""
    short = (best_price(row, proposal.side) - proposal.limit) * proposal.side > 0
    return short and proposal.pricing is not Pricing.TAKE


def met(proposal: Proposal, row: Row) -> Walk:
    """What `proposal` would meet in the visible book: one that waits eats nothing of it."""
    if waits(proposal, row):
        return Walk(proposal.quantity, proposal.notional, proposal.limit)
    return walk(row, proposal.side, proposal.quantity, proposal.limit)


def _depth_objections(config: EngineConfig, proposal: Proposal, row: Row) -> Iterator[Refusal]:
    """Whether the visible book takes it, and leaves room for a way out."""
    if proposal.quantity <= 0:
        return
    found = met(proposal, row)
    judged = verdict(found, proposal.quantity, proposal.side, config.entry.max_slippage_bp)
    if judged is not Verdict.TAKES:
        yield DEPTH_REFUSALS[judged]
    if _is_shallow(config, proposal.quantity, row):
        yield Refusal.SHALLOW_BOOK
    if judged is Verdict.TAKES and _stop_is_tight(config, found.value, proposal, row):
        yield Refusal.TIGHT_STOP


AGAIN: Final = frozenset(
    {
        Refusal.LINK_DOWN,
        Refusal.SESSION,
        Refusal.STALE_BOOK,
        Refusal.BAD_BOOK,
        Refusal.SPIKE,
        Refusal.DAILY_LOSS,
        Refusal.TOO_SMALL,
        Refusal.MAX_NOTIONAL,
        Refusal.STOCK_NOTIONAL,
        Refusal.SECTOR_NOTIONAL,
        Refusal.GROSS_NOTIONAL,
        Refusal.OFF_TICK,
        Refusal.COARSE_TICK,
        Refusal.PRICE_COLLAR,
        Refusal.PRICE_AWAY,
        Refusal.DAY_RANGE,
        Refusal.CIRCUIT,
        Refusal.DAY_RATE,
        Refusal.MINUTE_RATE,
        Refusal.ORDER_RATE,
    }
)
"""Controls asked again when an order that stands already is moved; the others concern its being."""


def judge_again(
    config: EngineConfig, proposal: Proposal, at: Standing, row: Row
) -> Approved | Refused:
    """Judge the move of a standing entry: `proposal` is its rest at the new price.

    `at` must leave out what the rest asks for now.
    """
    asked = ((reason, refuses) for reason, refuses in CHECKS if reason in AGAIN)
    found = chain(
        _refusing(asked, config, proposal, at, row), _depth_objections(config, proposal, row)
    )
    return _verdict(proposal, at, row, found)


def _is_shallow(config: EngineConfig, quantity: int, row: Row) -> bool:
    """Whether five levels of a side, the one to leave on as well, hold too little."""
    least = min(int(row[c.BID_DEPTH]), int(row[c.ASK_DEPTH]))
    return least * 100 < config.entry.min_depth_pct * quantity


def _stop_is_tight(config: EngineConfig, value: int, proposal: Proposal, row: Row) -> bool:
    """Whether the stop would be reached by the quotes the entry itself trades on."""
    side = proposal.side
    trigger = stop_trigger(
        value, proposal.quantity, side, config.protection.stop_bp, int(row[c.TICK])
    )
    own_best = best_price(row, side.opposite)
    nearest = min(own_best, int(row[c.LTP])) if side is Side.BUY else max(own_best, int(row[c.LTP]))
    return (nearest - trigger) * side <= 0


def entry_order(
    approved: Approved, instrument: Instrument, tag: str, rules: ProtectionRules
) -> PlaceOrder:
    """The order of an approved entry: a marketable limit order at its collar.

    Where the broker holds the stop it carries the trigger, as for the fills that are expected.
    """
    proposal = approved.proposal
    terms = OrderTerms(kind=OrderKind.LIMIT, quantity=proposal.quantity, price=proposal.limit)
    assert on_tick(terms, instrument.tick)
    return PlaceOrder(
        tag=tag,
        row=proposal.row,
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        side=proposal.side,
        terms=terms,
        guard=_carried(approved, instrument.tick, rules),
    )


def _carried(approved: Approved, tick: int, rules: ProtectionRules) -> int:
    if rules.style is Style.ENGINE:
        return 0
    asked = approved.proposal
    return stop_trigger(approved.expected_value, asked.quantity, asked.side, rules.stop_bp, tick)


def exit_order(
    held: int, side: Side, terms: OrderTerms, *, row: int, instrument: Instrument, tag: str
) -> PlaceOrder:
    """The exit order of a position of `held` shares on `side`; it can only reduce it."""
    assert 0 < terms.quantity <= held
    assert on_tick(terms, instrument.tick)
    return PlaceOrder(
        tag=tag,
        row=row,
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        side=side.opposite,
        terms=terms,
        purpose=Purpose.EXIT,
    )


def on_tick(terms: OrderTerms, tick: int) -> bool:
    """Whether every price of `terms` is a multiple of `tick`, as exchanges insist."""
    return terms.price % tick == 0 and terms.trigger % tick == 0
