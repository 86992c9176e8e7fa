"""What an entry would lead to: its stop, its target and the most it loses to the stop."""

from __future__ import annotations

import msgspec

from tui_scalper.core.checks import Proposal, Row
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.costs import VENUE_CHARGES, order_costs
from tui_scalper.core.depth import walk
from tui_scalper.core.instruments import Instrument
from tui_scalper.core.prices import stop_limit, stop_trigger, target_price


class Bracket(msgspec.Struct, frozen=True):
    """Stop, target and greatest loss of an entry, paise."""

    stop: int
    target: int
    loss: int


def expected(
    config: EngineConfig, venue: str, instrument: Instrument, proposal: Proposal, row: Row
) -> Bracket:
    """The bracket, costs included, of `proposal` if it filled from the visible book.

    What the book cannot fill counts at the limit; a stop that is jumped over can cost more.
    `venue` is a venue's code; the quantity must not be zero.
    """
    rules, side, tick = config.protection, proposal.side, instrument.tick
    found = walk(row, side, proposal.quantity, proposal.limit)
    value = found.value + (proposal.quantity - found.filled) * proposal.limit
    stop = stop_trigger(value, proposal.quantity, side, rules.stop_bp, tick)
    target = target_price(value, proposal.quantity, side, rules.target_bp, tick)
    worst = stop_limit(stop, side, rules.stop_gap_bp, tick)
    charges = VENUE_CHARGES[venue]
    left = worst * proposal.quantity
    costs = order_costs(charges, side, value) + order_costs(charges, side.opposite, left)
    return Bracket(stop, target, (value - left) * side + costs)
