"""Which actions can do something now. Only shown: no key is refused for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_scalper.core.snapshot import Mode, OperatorState, Snapshot
from tui_scalper.gaze import Gaze, is_open, is_ready, is_working
from tui_scalper.hands.asks import reset
from tui_scalper.keymap import ACTIONS, BY_ID, Context
from tui_scalper.widgets.rungs import View


def _armable(now: Snapshot, gaze: Gaze) -> bool:
    return now.operator is not OperatorState.KILLED and not gaze.too_small


def _replaying(now: Snapshot, _gaze: Gaze) -> bool:
    return now.mode is Mode.REPLAY


def _ready(now: Snapshot, _gaze: Gaze) -> bool:
    return is_ready(now)


def _stageable(now: Snapshot, _gaze: Gaze) -> bool:
    return is_ready(now) and now.stage is None


def _holding(now: Snapshot, _gaze: Gaze) -> bool:
    return any(map(is_open, now.positions))


def _holding_selected(now: Snapshot, gaze: Gaze) -> bool:
    return any(one.row == gaze.selected and is_open(one) for one in now.positions)


def _working(now: Snapshot, _gaze: Gaze) -> bool:
    return any(map(is_working, now.orders))


RULES: Final[dict[str, Callable[[Snapshot, Gaze], bool]]] = {
    "operator.arm": lambda now, gaze: (
        now.operator is not OperatorState.KILLED and not gaze.too_small
    ),
    "operator.disarm": _ready,
    "stage.buy": _ready,
    "stage.sell": _ready,
    "stage.reverse": lambda now, gaze: _stageable(now, gaze) and _holding_selected(now, gaze),
    "stage.signal": _stageable,
    "stage.best": _stageable,
    "exit.flatten": _holding_selected,
    "exit.flatten_all": _holding,
    "exit.break_even": _holding_selected,
    "exit.take_over": _holding_selected,
    "exit.cancel": _working,
    "exit.cancel_all": _working,
    "kill.reset": lambda now, _gaze: reset(now) is not None,
    **{action.id: _replaying for action in ACTIONS if action.group == "Replay"},
    "view.acknowledge": lambda now, gaze: bool(gaze.alarms.open(now.at_ns)),
    "view.shelve": lambda now, gaze: bool(gaze.alarms.open(now.at_ns)),
    "view.centre": lambda _now, gaze: gaze.look.view is View.TICKS,
}
"""When an action is valid, for those that are not always."""


def valid(action_id: str, gaze: Gaze) -> bool:
    """Whether the action can do something now."""
    if gaze.snapshot is None:
        return action_id.startswith(("app.", "view.", "kill.latch"))
    rule = RULES.get(action_id)
    if rule is not None:
        return rule(gaze.snapshot, gaze)
    return BY_ID[action_id].context is not Context.STAGE or gaze.snapshot.stage is not None
