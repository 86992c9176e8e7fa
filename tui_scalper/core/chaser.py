"""The unfilled rest of an entry, followed for a while where the settings ask for that.

The law of a chase: no price of it lies beyond the collar of the best price the entry was
decided at, and the order never asks for more shares than it did. So a chase moves an order
that was sent inside its collar, or stays where it is and waits once more; it never runs
after a market that has left the collar. What the controls do not let through is taken back,
and so is an order of which an answer is awaited or unknown.
"""

from __future__ import annotations

import msgspec

from tui_scalper.core.checks import Proposal
from tui_scalper.core.config import Remainder
from tui_scalper.core.depth import best_price
from tui_scalper.core.floor import Floor
from tui_scalper.core.goal_table import Goal
from tui_scalper.core.positions import Position
from tui_scalper.core.prices import collared, nearer
from tui_scalper.core.proposer import Proposer
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.risk import Refused, judge_again
from tui_scalper.core.trading import Trading


class Chaser:
    """Asks, when the time of an entry is over, whether its rest may be followed."""

    def __init__(self, floor: Floor, trading: Trading, proposer: Proposer) -> None:
        self._floor = floor
        self._trading = trading
        self._proposer = proposer

    def timed(self) -> None:
        """Time passed; call before the desk takes back what is overdue."""
        rules = self._floor.config.entry
        if rules.remainder is Remainder.CANCEL:
            return
        for position in list(self._floor.desk.positions.values()):
            if self._floor.now_ns >= position.entry_ends_ns and position.chases < rules.chases:
                self._follow(position)

    def _follow(self, position: Position) -> None:
        entry = position.entry
        rest = entry.terms.quantity - entry.filled
        idle = entry.settled and self._floor.now_ns >= entry.patient_ns
        if not idle or rest <= 0 or position.goal is not Goal.PROTECT:
            return
        price = self._price(position)
        refusal = self._refusal(position, rest, price)
        if refusal is not None:
            self._floor.refuse(refusal, f"chase {entry.symbol}")
            return
        self._floor.desk.chase(position, price, self._floor.now_ns)

    def _price(self, position: Position) -> int:
        """The present collar, no farther than that of the decision; 0 without a book."""
        best = best_price(self._floor.table.cells[position.row], position.side)
        if best <= 0:
            return 0
        reach_bp = self._floor.config.entry.collar_bp
        now = collared(best, position.side, reach_bp, position.instrument.tick)
        return nearer(now, position.edge, position.side)

    def _refusal(self, position: Position, rest: int, price: int) -> Refusal | None:
        """Why the rest may not be asked for at `price`; None when it may."""
        shut = self._trading.entry_refusal()
        if shut is not None:
            return shut
        floor, row = self._floor, position.row
        standing = self._proposer.standing(row)
        asked = rest * position.entry.wanted.price
        rested = msgspec.structs.replace(
            standing,
            exposure=standing.exposure - asked,
            sector=max(standing.sector - asked, 0),
            gross=standing.gross - asked,
        )
        proposal = Proposal(row=row, side=position.side, quantity=rest, limit=price)
        judged = judge_again(floor.config, proposal, rested, floor.table.cells[row])
        return judged.reason if isinstance(judged, Refused) else None
