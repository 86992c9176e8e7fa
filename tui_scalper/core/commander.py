"""The operator's commands, but for those of the strip: arming, auto, pause, exits, kill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.attendance import Attendance
from tui_scalper.core.effects import SetLatch
from tui_scalper.core.emergency import Emergency
from tui_scalper.core.emergency_table import Trigger
from tui_scalper.core.exits import hold_entries, kill, let_entries, pause
from tui_scalper.core.floor import Floor
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.proposer import Proposer
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.reverser import Reverser
from tui_scalper.core.snapshot import Mode, OperatorState, Severity
from tui_scalper.core.stock_switches import StockSwitches
from tui_scalper.core.strip import Strip
from tui_scalper.core.trading import Trading

RISKY: Final = (
    cm.Arm,
    cm.Stage,
    cm.StageBest,
    cm.StageReverse,
    cm.PriceAs,
    cm.NudgePrice,
    cm.NudgeQuantity,
    cm.SetQuantity,
    cm.Confirm,
    cm.AutoOn,
    cm.AutoStockOn,
    cm.UnskipStock,
    cm.Resume,
    cm.ResetKill,
)
"""Commands that can increase risk; they need a fresh key."""


class Commander:
    """Carries commands out. `focus` and the two counts are what the screen asked to see."""

    def __init__(
        self,
        floor: Floor,
        trading: Trading,
        emergency: Emergency,
        proposer: Proposer,
        reverser: Reverser,
        attendance: Attendance,
    ) -> None:
        self._floor = floor
        self._trading = trading
        self._emergency = emergency
        self._proposer = proposer
        self._reverser = reverser
        self.focus = 0
        self.watched_ladders = 3
        self.watched_signals = 30
        self.explaining = False
        """Whether pictures explain the focused stock."""
        strip = Strip(floor, proposer, reverser)
        switches = StockSwitches(floor)
        self._commands: dict[type[cm.Command], Callable[[Any], None]] = {
            cm.Arm: self._arm,
            cm.Disarm: self._disarm,
            cm.Stage: strip.stage,
            cm.StageBest: strip.stage_best,
            cm.StageReverse: strip.stage_reverse,
            cm.PriceAs: strip.price_as,
            cm.DropStage: lambda _c: self._give(OperatorInput.DROP, "staged entry dropped"),
            cm.NudgePrice: strip.nudge_price,
            cm.NudgeQuantity: strip.nudge_quantity,
            cm.SetQuantity: strip.set_quantity,
            cm.Confirm: strip.confirm,
            cm.AutoOn: self._auto_on,
            cm.AutoOff: self._auto_off,
            cm.AutoStockOn: switches.auto_on,
            cm.AutoStockOff: switches.auto_off,
            cm.SkipStock: switches.skip,
            cm.UnskipStock: switches.unskip,
            cm.Attend: attendance.attended,
            cm.UiLost: self._ui_lost,
            cm.UiBack: lambda _c: emergency.judge(Trigger.UI_LOST, ""),
            cm.Pause: self._pause,
            cm.Resume: self._resume,
            cm.CancelEntries: self._cancel_entries,
            cm.Flatten: self._flatten,
            cm.TakeOver: self._take_over,
            cm.GiveBack: self._give_back,
            cm.BreakEven: self._break_even,
            cm.Kill: lambda _c: kill(floor),
            cm.ResetKill: self._reset_kill,
            cm.Focus: self.look,
            cm.Watch: self.look,
            cm.Pace: self._pace,
        }

    def commanded(self, event: ev.Commanded) -> None:
        """Carry a command out, or refuse it and say why."""
        command = event.command
        if isinstance(command, RISKY):
            age = self._floor.now_ns - command.key_ns
            if age > self._floor.operator.key_age_ns:
                self._floor.refuse(Refusal.OLD_KEY, type(command).__name__)
                return
        self._commands[type(command)](command)

    def _give(self, given: OperatorInput, text: str) -> None:
        operator = self._floor.operator
        before = (operator.state, operator.auto)
        if operator.give(given) and before != (operator.state, operator.auto):
            self._floor.say(Severity.INFO, text)

    # -- who may send an entry -------------------------------------------------------------

    def _arm(self, command: cm.Arm) -> None:
        floor = self._floor
        if floor.config.mode is Mode.LIVE and command.word != floor.config.operator.live_word:
            floor.refuse(Refusal.WRONG_WORD, "arm")
        elif floor.operator.arm(floor.now_ns):
            floor.say(Severity.WARN, "armed: entries may leave")
        else:
            floor.refuse(Refusal.KILLED, "arm")

    def _disarm(self, command: cm.Disarm) -> None:
        floor, auto = self._floor, self._floor.operator.auto
        text = f"disarmed: {command.why}" if command.why else "disarmed"
        if not floor.operator.disarm(command.why):
            return
        floor.say(Severity.WARN if command.why else Severity.INFO, text)
        if auto:
            floor.say(Severity.ALARM if command.why else Severity.WARN, f"auto is off: {text}")

    def _auto_on(self, _: cm.AutoOn) -> None:
        refusal = self._trading.entry_refusal()
        if refusal is not None:
            self._floor.refuse(refusal, "auto on")
            return
        self._floor.operator.auto = True
        self._floor.say(Severity.WARN, "auto on: the strongest signal is sent")
        self._proposer.propose_the_strongest()

    def _auto_off(self, _: cm.AutoOff) -> None:
        if self._floor.operator.auto:
            self._floor.operator.auto = False
            self._floor.say(Severity.INFO, "auto off")

    def _ui_lost(self, command: cm.UiLost) -> None:
        self._emergency.judge(Trigger.UI_LOST, command.why or "nobody sees the console")

    def _pause(self, _: cm.Pause) -> None:
        hold_entries(self._floor)
        self._floor.say(Severity.INFO, "entries paused; exits go on")

    def _resume(self, _: cm.Resume) -> None:
        let_entries(self._floor)
        self._floor.say(Severity.INFO, "entries may go on")

    # -- orders and positions --------------------------------------------------------------

    def _cancel_entries(self, command: cm.CancelEntries) -> None:
        self._reverser.forget("entries were cancelled")
        asked = self._floor.desk.cancel_entries(command.row, self._floor.now_ns)
        self._floor.say(Severity.INFO, f"cancelling entries: {asked or 'there are none'}")

    def _flatten(self, command: cm.Flatten) -> None:
        floor = self._floor
        self._reverser.forget("it was flattened")
        if command.row is None:
            pause(floor)
        if floor.desk.leave(command.row, GoalInput.FLATTEN, floor.now_ns) == 0:
            self._no_position("flatten", command.row)

    def _take_over(self, command: cm.TakeOver) -> None:
        if not self._floor.desk.take_over(command.row, self._floor.now_ns):
            self._no_position("take over", command.row)

    def _give_back(self, command: cm.GiveBack) -> None:
        if not self._floor.desk.give_back(command.row, self._floor.now_ns):
            self._no_position("give back", command.row)

    def _break_even(self, command: cm.BreakEven) -> None:
        floor = self._floor
        position = floor.desk.positions.get(command.row)
        if position is None or position.held == 0:
            self._no_position("break-even", command.row)
        elif not floor.desk.break_even(command.row, floor.now_ns):
            floor.refuse(Refusal.NOT_POSSIBLE, f"break-even {position.instrument.symbol}")

    def _no_position(self, what: str, row: int | None) -> None:
        """Refuse for want of a position, naming the stock where one was meant."""
        floor = self._floor
        if row is None or not floor.known(row):
            floor.refuse(Refusal.NO_POSITION, what)
            return
        floor.chronicle.count(Refusal.NO_POSITION)
        floor.say(Severity.WARN, f"{what}: no position in {floor.universe[row].symbol}")

    def _reset_kill(self, command: cm.ResetKill) -> None:
        floor = self._floor
        if command.word != floor.config.operator.reset_word:
            floor.refuse(Refusal.WRONG_WORD, "reset")
            return
        if floor.desk.positions:
            floor.refuse(Refusal.NOT_POSSIBLE, "reset before every position is flat")
            return
        if floor.operator.state is OperatorState.KILLED:
            floor.operator.give(OperatorInput.RESET)
            floor.send(SetLatch(killed=False))
            floor.say(Severity.WARN, "kill latch released; disarmed")
        self._emergency.reset()
        self._trading.reset()

    # -- the screen ------------------------------------------------------------------------

    def look(self, command: cm.Focus | cm.Watch) -> None:
        """What the screen asks to see; moves nothing in the market."""
        if isinstance(command, cm.Watch):
            self.watched_ladders = min(max(command.ladders, 0), 12)
            self.watched_signals = min(max(command.signals, 0), 200)
            self.explaining = command.explained
        elif self._floor.known(command.row):
            self.focus = command.row

    def _pace(self, command: cm.Pace) -> None:
        if self._floor.config.mode is Mode.REPLAY and command.percent > 0:
            self._floor.operator.pace(command.percent, self._floor.now_ns)
        else:
            self._floor.refuse(Refusal.NOT_POSSIBLE, "another pace")
