"""The strip: the one entry a person stages, tweaks and sends."""

from __future__ import annotations

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core.depth import best_price
from tui_scalper.core.floor import Floor
from tui_scalper.core.operator import Staged
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.proposer import Proposer
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.risk import Refused
from tui_scalper.core.units import Side


class Strip:
    """Carries out the commands that stage an entry, change it and send it."""

    def __init__(self, floor: Floor, proposer: Proposer) -> None:
        self._floor = floor
        self._proposer = proposer

    def stage(self, command: cm.Stage) -> None:
        """Stage a stock, on the side named or on that of its own signal."""
        floor = self._floor
        if not floor.known(command.row):
            floor.refuse(Refusal.UNKNOWN_STOCK, "stage")
            return
        cells = floor.table.cells[command.row]
        side = command.side
        if side is None:
            if cells[c.BLOCKERS] != 0 or cells[c.LEAN] == 0:
                floor.refuse(Refusal.NO_SIGNAL, f"stage {floor.universe[command.row].symbol}")
                return
            side = Side(int(cells[c.LEAN]))
        self._put(command.row, side)

    def stage_best(self, _: cm.StageBest) -> None:
        """Stage the strongest signal the controls let through."""
        chosen = self._proposer.best_signal()
        if chosen is None:
            self._floor.refuse(Refusal.NO_SIGNAL, "stage")
            return
        self._put(chosen, Side(int(self._floor.table.cells[chosen, c.LEAN])))

    def _put(self, row: int, side: Side) -> None:
        """Stage what would be sent; refused at once when the controls refuse it already."""
        floor = self._floor
        result = self._proposer.judged(self._proposer.proposal(row, side))
        if isinstance(result, Refused):
            floor.refuse(result.reason, f"stage {side.name} {floor.universe[row].symbol}")
            return
        floor.operator.stage(
            row,
            side,
            result.proposal.quantity,
            result.proposal.limit,
            seen_best=best_price(floor.table.cells[row], side),
            now_ns=floor.now_ns,
        )

    def nudge_price(self, command: cm.NudgePrice) -> None:
        """Move the limit by ticks, never beyond the collar."""
        floor = self._floor
        staged = floor.operator.staged
        if staged is None:
            floor.refuse(Refusal.NOT_STAGED, "price")
            return
        tick = floor.universe[staged.row].tick
        limit = max(staged.limit + command.ticks * tick, tick)
        limit = self._proposer.inside_collar(staged.row, staged.side, limit)
        if limit == staged.limit:
            floor.refuse(Refusal.PRICE_COLLAR, "price")
        floor.operator.tweak(floor.now_ns, limit=limit)

    def nudge_quantity(self, command: cm.NudgeQuantity) -> None:
        """Change the quantity by lots, never above what the engine would send itself."""
        staged = self._floor.operator.staged
        if staged is None:
            self._floor.refuse(Refusal.NOT_STAGED, "quantity")
            return
        lot, most = self._sizes(staged)
        quantity = max(lot, min(staged.quantity + command.lots * lot, most))
        if quantity == staged.quantity:
            self._floor.refuse(Refusal.MOST, "quantity")
        self._floor.operator.tweak(self._floor.now_ns, quantity=quantity)

    def set_quantity(self, command: cm.SetQuantity) -> None:
        """Set the quantity to a share of what the engine would send itself, in whole lots."""
        staged = self._floor.operator.staged
        if staged is None:
            self._floor.refuse(Refusal.NOT_STAGED, "quantity")
            return
        if not 1 <= command.percent <= 100:
            self._floor.refuse(Refusal.MOST, "quantity")
            return
        lot, most = self._sizes(staged)
        quantity = max(most * command.percent // 100 // lot * lot, lot)
        self._floor.operator.tweak(self._floor.now_ns, quantity=quantity)

    def _sizes(self, staged: Staged) -> tuple[int, int]:
        """A lot of the staged stock, and the most the engine would send of it."""
        lot = self._floor.universe[staged.row].lot
        return lot, max(self._proposer.proposal(staged.row, staged.side).quantity, lot)

    def confirm(self, command: cm.Confirm) -> None:
        """Send the entry the operator saw, once, unless the market moved or a control says no."""
        floor = self._floor
        staged = floor.operator.staged
        if staged is None or staged.stage_id != command.stage_id:
            floor.refuse(Refusal.NOT_STAGED, "send")
            return
        instrument = floor.universe[staged.row]
        drift = best_price(floor.table.cells[staged.row], staged.side) - staged.seen_best
        allowed = floor.config.entry.max_drift_ticks * instrument.tick
        if drift * staged.side > allowed:
            floor.refuse(Refusal.PRICE_MOVED, f"send {instrument.symbol}")
            floor.operator.give(OperatorInput.DROP)
            return
        result = self._proposer.judged(self._proposer.staged_proposal(staged))
        if isinstance(result, Refused):
            floor.refuse(result.reason, f"send {instrument.symbol}")
            return
        floor.operator.give(OperatorInput.SENT)
        self._proposer.enter(result)
