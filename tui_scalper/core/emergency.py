"""Emergencies at work: a trigger is said, acted on once by its policy, and shown while it lasts.

What latches is latched: a person resumes after a pause and resets the rest. A trigger that
is over can sound again. Positions are closed when there is a way to the broker; until then
their stops rest where they are, because an exit that cannot be sent must not cost the stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tui_scalper.core import effects as ef
from tui_scalper.core.emergency_table import REDUCES, STEPS, Policy, Step, Trigger
from tui_scalper.core.exits import kill, pause
from tui_scalper.core.floor import Floor
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.journalled import Record
from tui_scalper.core.path_watch import PathWatch
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.trading import Trading
from tui_scalper.core.trading_table import TradingInput


class Emergency:
    """Which triggers stand, and what is latched because of one."""

    def __init__(self, floor: Floor, trading: Trading, path: PathWatch) -> None:
        self._floor = floor
        self._trading = trading
        self._path = path
        self._standing: dict[Trigger, str] = {}
        self._leaves = False
        """A policy wants every position closed, and nobody has reset that."""
        self._left = False
        """Closing them was asked for."""
        self._steps: dict[Step, Callable[[Trigger], None]] = {
            Step.PAUSE: lambda _: pause(floor),
            Step.CANCEL: self._cancel,
            Step.REDUCE: self._reduce,
            Step.LEAVE: self._leave,
            Step.KILL: lambda trigger: kill(floor, trigger.value),
        }

    @property
    def text(self) -> str:
        """What stands now, in words; empty when nothing does."""
        return "; ".join(f"{one.value}: {why}" for one, why in self._standing.items())

    def judge(self, trigger: Trigger, why: str) -> None:
        """`trigger` holds for the reason `why`, or does not when that is empty."""
        if not why:
            self._over(trigger)
        elif trigger not in self._standing:
            self._sound(trigger, why)

    def _sound(self, trigger: Trigger, why: str) -> None:
        self._standing[trigger] = why
        policy = self._floor.config.emergency.policy(trigger)
        done = ", ".join(step.value for step in STEPS[policy])
        text = f"EMERGENCY {trigger.value}: {why}; {policy.value}"
        self._floor.say(Severity.ALARM, f"{text}: {done}" if done else text)
        self._floor.send(ef.NoteEmergency(trigger=trigger, policy=policy, why=why))
        self._act(trigger, policy)

    def _over(self, trigger: Trigger) -> None:
        if self._standing.pop(trigger, None) is not None:
            self._floor.say(Severity.GOOD, f"over: {trigger.value}")

    def reset(self) -> None:
        """A person looked, and nothing is held."""
        self._leaves = self._left = False
        self._standing.pop(Trigger.SYSTEM_ERRORS, None)

    def remember(self, past: Iterable[Record]) -> None:
        """Take up what an earlier run of the day latched and nobody has reset since."""
        latched: dict[Trigger, Policy] = {}
        for record in past:
            body = record.body
            if isinstance(body, ef.NoteEmergency):
                latched[body.trigger] = body.policy
            elif isinstance(body, ef.NoteLatch) and body.given is TradingInput.RESET:
                latched.clear()
        for trigger, policy in latched.items():
            if Step.REDUCE in STEPS[policy]:
                self._floor.say(Severity.WARN, f"latched before the restart: {trigger.value}")
                self._act(trigger, policy)

    def timed(self) -> None:
        """Close positions now, if that is wanted and there is a way to the broker."""
        if self._leaves and not self._left and self._path.usable:
            self._left = True
            self._floor.desk.leave(None, GoalInput.EMERGENCY, self._floor.now_ns)

    def leaving(self) -> GoalInput | None:
        """Why nothing may be held now; None while it may."""
        return GoalInput.EMERGENCY if self._left else None

    def _act(self, trigger: Trigger, policy: Policy) -> None:
        for one in STEPS[policy]:
            self._steps[one](trigger)

    def _reduce(self, trigger: Trigger) -> None:
        self._trading.give(REDUCES[trigger])

    def _cancel(self, _: Trigger) -> None:
        self._floor.desk.cancel_entries(None, self._floor.now_ns)

    def _leave(self, _: Trigger) -> None:
        self._leaves = True
        self.timed()
