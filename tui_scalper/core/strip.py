"""The strip: the one entry a person stages, tweaks and sends."""

from __future__ import annotations

import msgspec

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core.depth import best_price
from tui_scalper.core.floor import Floor
from tui_scalper.core.operator import Staged
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.prices import Pricing
from tui_scalper.core.proposer import Proposer
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.reverser import Reverser
from tui_scalper.core.risk import Refused
from tui_scalper.core.units import Side


class Strip:
    """Carries out the commands that stage an entry, change it and send it."""

    def __init__(self, floor: Floor, proposer: Proposer, reverser: Reverser) -> None:
        self._floor = floor
        self._proposer = proposer
        self._reverser = reverser

    # -- onto the strip --------------------------------------------------------------------

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
        self._put(command.row, side, command.seen)

    def stage_best(self, _: cm.StageBest) -> None:
        """Stage the strongest signal the controls let through."""
        chosen = self._proposer.best_signal()
        if chosen is None:
            self._floor.refuse(Refusal.NO_SIGNAL, "stage")
            return
        self._put(chosen, Side(int(self._floor.table.cells[chosen, c.LEAN])), None)

    def stage_reverse(self, command: cm.StageReverse) -> None:
        """Stage closing a position and entering the other way."""
        refusal = self._reverser.refusal(command.row)
        if refusal is not None:
            self._floor.refuse(refusal, "reverse")
            return
        side = self._floor.desk.positions[command.row].side.opposite
        self._put(command.row, side, command.seen, reverses=True)

    def _put(self, row: int, side: Side, seen: cm.Seen | None, *, reverses: bool = False) -> None:
        """Stage what would be sent; refused at once when the controls refuse it already."""
        floor, proposer = self._floor, self._proposer
        what = f"stage {side.name} {floor.universe[row].symbol}"
        unlike = self._unlike(seen, row)
        if unlike is not None:
            floor.refuse(unlike, what)
            return
        # What a reversal enters by is decided once its position is flat: it takes.
        pricing = Pricing.TAKE if reverses else floor.config.operator.stage_at
        wanted = proposer.proposal(row, side, pricing=pricing)
        share = self._share(wanted.quantity, floor.universe[row].lot)
        wanted = msgspec.structs.replace(wanted, quantity=share)
        result = proposer.judged_flat(wanted) if reverses else proposer.judged(wanted)
        if isinstance(result, Refused):
            floor.refuse(result.reason, what, row)
            return
        best = best_price(floor.table.cells[row], side)
        floor.operator.stage(wanted, seen_best=best, reverses=reverses, now_ns=floor.now_ns)

    def _share(self, most: int, lot: int) -> int:
        """The operator's share of `most` shares, whole lots, at least one; 0 of nothing."""
        percent = self._floor.operator.size_pct
        return max(most * percent // 100 // lot * lot, min(lot, most))

    # -- tweaks ----------------------------------------------------------------------------

    def nudge_price(self, command: cm.NudgePrice) -> None:
        """Move the limit by ticks, never beyond the collar; it stays there from then on."""
        floor = self._floor
        staged = self._priceable("price")
        if staged is None:
            return
        tick = floor.universe[staged.row].tick
        before = self._proposer.staged_proposal(staged).limit
        limit = max(before + command.ticks * tick, tick)
        limit = self._proposer.inside_collar(staged.row, staged.side, limit)
        if limit == before:
            floor.refuse(Refusal.PRICE_COLLAR, "price")
        self._tweak(msgspec.structs.replace(staged, limit=limit, pricing=Pricing.LIMIT))

    def price_as(self, command: cm.PriceAs) -> None:
        """Join the queue of its own side, or take from the other one."""
        staged = self._priceable("price")
        if staged is None:
            return
        limit = self._proposer.priced(staged.row, staged.side, command.pricing)
        if limit <= 0 or command.pricing is Pricing.LIMIT:
            self._floor.refuse(Refusal.NOT_POSSIBLE, "price")
            return
        best = best_price(self._floor.table.cells[staged.row], staged.side)
        self._tweak(
            msgspec.structs.replace(staged, limit=limit, pricing=command.pricing, seen_best=best)
        )

    def nudge_quantity(self, command: cm.NudgeQuantity) -> None:
        """Change the quantity by lots, never above what the engine would send itself."""
        staged = self._staged("quantity")
        if staged is None:
            return
        lot, most = self._sizes(staged)
        quantity = max(lot, min(staged.quantity + command.lots * lot, most))
        if quantity == staged.quantity:
            self._floor.refuse(Refusal.MOST, "quantity")
        self._tweak(msgspec.structs.replace(staged, quantity=quantity))

    def set_quantity(self, command: cm.SetQuantity) -> None:
        """Set the quantity to a share of what the engine would send itself, in whole lots."""
        staged = self._staged("quantity")
        if staged is None:
            return
        if not 1 <= command.percent <= 100:
            self._floor.refuse(Refusal.MOST, "quantity")
            return
        lot, most = self._sizes(staged)
        self._floor.operator.size_pct = command.percent
        self._tweak(msgspec.structs.replace(staged, quantity=self._share(most, lot)))

    def _staged(self, what: str) -> Staged | None:
        """What is staged; refused when nothing is."""
        staged = self._floor.operator.staged
        if staged is None:
            self._floor.refuse(Refusal.NOT_STAGED, what)
        return staged

    def _priceable(self, what: str) -> Staged | None:
        """What is staged and has a price of its own; a reversal is priced once it is flat."""
        staged = self._staged(what)
        if staged is not None and staged.reverses:
            self._floor.refuse(Refusal.NOT_POSSIBLE, what)
            return None
        return staged

    def _tweak(self, staged: Staged) -> None:
        self._floor.operator.tweak(staged, self._floor.now_ns)

    def _sizes(self, staged: Staged) -> tuple[int, int]:
        """A lot of the staged stock, and the most the engine would send of it."""
        lot = self._floor.universe[staged.row].lot
        return lot, max(self._proposer.proposal(staged.row, staged.side).quantity, lot)

    # -- away ------------------------------------------------------------------------------

    def confirm(self, command: cm.Confirm) -> None:
        """Send the entry the operator saw, once, unless the market moved or a control says no."""
        floor = self._floor
        staged = floor.operator.staged
        if staged is None or staged.stage_id != command.stage_id:
            floor.refuse(Refusal.NOT_STAGED, "send")
            return
        what = f"send {floor.universe[staged.row].symbol}"
        unlike = self._unlike(command.seen, staged.row) or self._drifted(staged)
        if unlike is not None:
            floor.refuse(unlike, what)
            floor.operator.give(OperatorInput.DROP)
            return
        result = self._proposer.judged_staged(staged)
        if isinstance(result, Refused):
            floor.refuse(result.reason, what, staged.row)
            return
        floor.operator.give(OperatorInput.SENT)
        if staged.reverses:
            self._reverser.begin(staged)
        else:
            self._proposer.enter(result)

    def _drifted(self, staged: Staged) -> Refusal | None:
        """Whether it would cost more now than when it was staged or priced."""
        if staged.pricing is Pricing.JOIN:
            return None
        best = best_price(self._floor.table.cells[staged.row], staged.side)
        drift = (best - staged.seen_best) * staged.side
        return Refusal.PRICE_MOVED if drift > self._drift(staged.row) else None

    def _unlike(self, seen: cm.Seen | None, row: int) -> Refusal | None:
        """Why what the operator saw is not the market of now; None while it is.

        Either side of the touch may have moved so far and no farther, for or against him.
        """
        if seen is None:
            return None
        if self._floor.now_ns - seen.at_ns > self._floor.config.operator.screen_age_ns:
            return Refusal.OLD_SCREEN
        cells = self._floor.table.cells[row]
        touch = ((seen.bid, int(cells[c.BID_PRICE])), (seen.ask, int(cells[c.ASK_PRICE])))
        moved = [abs(now - before) for before, now in touch if before]
        return Refusal.PRICE_MOVED if max(moved, default=0) > self._drift(row) else None

    def _drift(self, row: int) -> int:
        """How far the best may move before an entry is another one, paise."""
        return self._floor.config.entry.max_drift_ticks * self._floor.universe[row].tick
