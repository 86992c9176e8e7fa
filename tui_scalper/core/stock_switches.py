"""Which stocks the operator wants left alone: by the engine, or by everybody for today."""

from __future__ import annotations

from tui_scalper.core import commands as cm
from tui_scalper.core.floor import Floor
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Severity


class StockSwitches:
    """Carries out the commands that concern the entries of one stock. Positions go on."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def auto_on(self, command: cm.AutoStockOn) -> None:
        """The engine may enter the stock by itself again."""
        if self._known(command.row, "auto on"):
            self._floor.operator.by_hand_only.discard(command.row)
            self._say(Severity.WARN, command.row, "the engine may enter it by itself")

    def auto_off(self, command: cm.AutoStockOff) -> None:
        """Only a person enters the stock."""
        if self._known(command.row, "auto off"):
            self._floor.operator.by_hand_only.add(command.row)
            self._say(Severity.INFO, command.row, "only a person enters it")

    def skip(self, command: cm.SkipStock) -> None:
        """Nobody enters the stock for the rest of the day; it leaves the strip."""
        if not self._known(command.row, "skip"):
            return
        operator = self._floor.operator
        operator.skipped.add(command.row)
        if operator.staged is not None and operator.staged.row == command.row:
            operator.give(OperatorInput.DROP)
        self._say(Severity.INFO, command.row, "skipped for the rest of the day")

    def unskip(self, command: cm.UnskipStock) -> None:
        """The stock may be entered again."""
        if self._known(command.row, "unskip"):
            self._floor.operator.skipped.discard(command.row)
            self._say(Severity.WARN, command.row, "not skipped any more")

    def _known(self, row: int, what: str) -> bool:
        known = self._floor.known(row)
        if not known:
            self._floor.refuse(Refusal.UNKNOWN_STOCK, what)
        return known

    def _say(self, severity: Severity, row: int, text: str) -> None:
        self._floor.say(severity, f"{self._floor.universe[row].symbol}: {text}")
