"""Which stocks the operator wants left alone: by the engine, or by everybody for today."""

from __future__ import annotations

from collections.abc import Iterable

from tui_scalper.core import commands as cm
from tui_scalper.core.effects import NoteSwitch, StockSwitch
from tui_scalper.core.floor import Floor
from tui_scalper.core.journalled import Record
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Severity


def remember_switches(floor: Floor, past: Iterable[Record]) -> None:
    """What an earlier run of the day was told to leave alone is left alone still."""
    for record in past:
        if isinstance(record.body, NoteSwitch):
            row = floor.universe.row_of_symbol(record.body.symbol)
            if row is not None:
                floor.operator.switch(row, record.body.switch, on=record.body.on)


class StockSwitches:
    """Carries out the commands that concern the entries of one stock. Positions go on."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def auto_on(self, command: cm.AutoStockOn) -> None:
        """The engine may enter the stock by itself again."""
        if self._known(command.row, "auto on"):
            self._set(command.row, StockSwitch.BY_HAND_ONLY, on=False)
            self._say(Severity.WARN, command.row, "the engine may enter it by itself")

    def auto_off(self, command: cm.AutoStockOff) -> None:
        """Only a person enters the stock."""
        if self._known(command.row, "auto off"):
            self._set(command.row, StockSwitch.BY_HAND_ONLY, on=True)
            self._say(Severity.INFO, command.row, "only a person enters it")

    def skip(self, command: cm.SkipStock) -> None:
        """Nobody enters the stock for the rest of the day; it leaves the strip."""
        if not self._known(command.row, "skip"):
            return
        operator = self._floor.operator
        self._set(command.row, StockSwitch.SKIPPED, on=True)
        if operator.staged is not None and operator.staged.row == command.row:
            operator.give(OperatorInput.DROP)
        self._say(Severity.INFO, command.row, "skipped for the rest of the day")

    def unskip(self, command: cm.UnskipStock) -> None:
        """The stock may be entered again."""
        if self._known(command.row, "unskip"):
            self._set(command.row, StockSwitch.SKIPPED, on=False)
            self._say(Severity.WARN, command.row, "not skipped any more")

    def _set(self, row: int, switch: StockSwitch, *, on: bool) -> None:
        """Decide it; only what changes anything is noted."""
        if self._floor.operator.switch(row, switch, on=on):
            symbol = self._floor.universe[row].symbol
            self._floor.send(NoteSwitch(symbol=symbol, switch=switch, on=on))

    def _known(self, row: int, what: str) -> bool:
        known = self._floor.known(row)
        if not known:
            self._floor.refuse(Refusal.UNKNOWN_STOCK, what)
        return known

    def _say(self, severity: Severity, row: int, text: str) -> None:
        self._floor.say(severity, f"{self._floor.universe[row].symbol}: {text}")
