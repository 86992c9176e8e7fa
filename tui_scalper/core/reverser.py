"""Reversing a position: it is closed first, and only when it is flat the other side is entered.

Flat means flat in our books, which follow the broker's word. Until then nothing but the exit
is asked for. The entry is judged by every control when its time comes, like any other; what
takes too long, costs more than the screen showed, or is overtaken by anything that stops
entries is forgotten. A restart forgets it, too: the exit goes on, the entry does not.
"""

from __future__ import annotations

import msgspec

from tui_scalper.core.depth import best_price
from tui_scalper.core.floor import Floor
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.operator import Staged
from tui_scalper.core.proposer import Proposer
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.risk import Refused
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.trading import Trading
from tui_scalper.core.units import FOREVER


class Reverser:
    """The one reversal under way, if any."""

    def __init__(self, floor: Floor, trading: Trading, proposer: Proposer) -> None:
        self._floor = floor
        self._trading = trading
        self._proposer = proposer
        self._waiting: Staged | None = None
        self._until_ns = FOREVER

    def refusal(self, row: int) -> Refusal | None:
        """Why the position of `row` cannot be reversed now; None when it can."""
        if not self._floor.config.operator.reverse:
            return Refusal.REVERSE_OFF
        position = self._floor.desk.positions.get(row)
        if position is None or position.held <= 0:
            return Refusal.NO_POSITION
        return Refusal.NOT_POSSIBLE if position.goal is Goal.EXIT else None

    def begin(self, staged: Staged) -> None:
        """Close the position; the entry waits until it is flat."""
        floor = self._floor
        self._waiting = staged
        self._until_ns = floor.now_ns + floor.config.operator.reverse_ns
        floor.say(
            Severity.WARN,
            f"{self._symbol(staged)}: reversing, {staged.side.name} {staged.quantity} once flat",
        )
        floor.desk.leave(staged.row, GoalInput.FLATTEN, floor.now_ns)

    def forget(self, why: str) -> None:
        """The entry that waits is not wanted any more; the exit goes on."""
        if self._waiting is not None:
            text = f"{self._symbol(self._waiting)}: not reversed, only closed: {why}"
            self._floor.say(Severity.WARN, text)
            self._settle()

    def watch(self) -> None:
        """Something happened or time passed: enter when it is flat, or give it up."""
        waiting = self._waiting
        if waiting is None:
            return
        if self._trading.entry_refusal() is not None:
            self.forget("entries were stopped meanwhile")
        elif self._floor.now_ns >= self._until_ns:
            self.forget("it took too long to close")
        elif waiting.row not in self._floor.desk.positions:
            self._settle()
            self._enter(waiting)

    def next_wake(self) -> int:
        """When `watch` must run next."""
        return self._until_ns

    def _settle(self) -> None:
        self._waiting, self._until_ns = None, FOREVER

    def _enter(self, wanted: Staged) -> None:
        floor, what = self._floor, f"reverse {self._symbol(wanted)}"
        best = best_price(floor.table.cells[wanted.row], wanted.side)
        tick = floor.universe[wanted.row].tick
        if (best - wanted.seen_best) * wanted.side > floor.config.entry.max_drift_ticks * tick:
            floor.refuse(Refusal.PRICE_MOVED, what)
            return
        most = self._proposer.proposal(wanted.row, wanted.side)
        quantity = min(wanted.quantity, most.quantity)
        result = self._proposer.judged(msgspec.structs.replace(most, quantity=quantity))
        if isinstance(result, Refused):
            floor.refuse(result.reason, what, wanted.row)
            return
        self._proposer.enter(result)

    def _symbol(self, staged: Staged) -> str:
        return self._floor.universe[staged.row].symbol
