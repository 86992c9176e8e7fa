"""Keys: every action of the console once, and which keys call it.

A printable key is named by itself (``a``, ``K``, ``?``), any other by its name
(``enter``, ``pagedown``, ``f9``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, StrEnum, auto
from typing import Final


class Context(Flag):
    """When a key calls an action: with an entry staged, or otherwise."""

    MAIN = auto()
    STAGE = auto()
    BOTH = MAIN | STAGE


class Kind(StrEnum):
    """What an action can do to the risk held."""

    INCREASE = "increase"
    REDUCE = "reduce"
    MOVE = "move"
    VIEW = "view"


@dataclass(frozen=True)
class Action:
    """One thing the operator can ask for; `text` says it in the help."""

    id: str
    keys: tuple[str, ...]
    group: str
    text: str
    kind: Kind
    context: Context = Context.BOTH


MAIN, STAGE = Context.MAIN, Context.STAGE
INCREASE, REDUCE, MOVE, VIEW = Kind.INCREASE, Kind.REDUCE, Kind.MOVE, Kind.VIEW

ACTIONS: Final = (
    Action("operator.arm", ("a",), "Operator", "arm: entries may leave", INCREASE),
    Action("operator.disarm", ("d", "f6"), "Operator", "disarm now", REDUCE),
    Action("auto.pause", ("p", "f5"), "Operator", "pause; again asks to resume", REDUCE),
    Action("auto.toggle", ("O",), "Operator", "auto off; again asks for on", REDUCE),
    Action("auto.stock", ("o",), "Operator", "auto of selected off or on", REDUCE),
    Action("auto.skip", ("N",), "Operator", "selected: not today, or again", REDUCE),
    Action("exit.flatten", ("f", "f4"), "Exit", "twice: close the selected", REDUCE),
    Action("exit.flatten_all", ("F", "f8"), "Exit", "twice: close every position", REDUCE),
    Action("exit.break_even", ("e",), "Exit", "stop of selected to its entry", REDUCE),
    Action("exit.take_over", ("t",), "Exit", "twice: take over; give back", REDUCE, MAIN),
    Action("exit.cancel", ("x",), "Exit", "cancel entries of selected", REDUCE),
    Action("exit.cancel_all", ("X", "f7"), "Exit", "cancel every entry", REDUCE),
    Action("kill.latch", ("K", "f9"), "Exit", "twice: KILL, flatten and lock", REDUCE),
    Action("kill.reset", ("R",), "Exit", "release the lock by a word", INCREASE, MAIN),
    Action("move.down", ("j", "down"), "Move", "down and up a line", MOVE, MAIN),
    Action("move.up", ("k", "up"), "Move", "down and up a line", MOVE, MAIN),
    Action("move.page_down", ("pagedown",), "Move", "down and up a page", MOVE, MAIN),
    Action("move.page_up", ("pageup",), "Move", "down and up a page", MOVE, MAIN),
    Action("move.first", ("home",), "Move", "first and last line", MOVE, MAIN),
    Action("move.last", ("end",), "Move", "first and last line", MOVE, MAIN),
    Action("move.pick", tuple("12345"), "Move", "pick a signal by its line", MOVE, MAIN),
    Action("move.next", ("]", "l"), "Move", "next and previous stock", MOVE, MAIN),
    Action("move.previous", ("[", "h"), "Move", "next and previous stock", MOVE, MAIN),
    Action("move.find", ("g",), "Move", "go to a stock by its symbol", MOVE, MAIN),
    Action("view.filter", ("/",), "Move", "filter lists by a word", MOVE, MAIN),
    Action("panel.next", ("tab",), "Panels", "next and previous list", MOVE, MAIN),
    Action("panel.previous", ("shift+tab",), "Panels", "next and previous list", MOVE, MAIN),
    Action("panel.positions", ("6",), "Panels", "list to front; again zooms", VIEW, MAIN),
    Action("panel.signals", ("7",), "Panels", "list to front; again zooms", VIEW, MAIN),
    Action("panel.log", ("8", "L"), "Panels", "list to front; again zooms", VIEW, MAIN),
    Action("panel.ladders", ("9",), "Panels", "wall of ladders, risk page", VIEW, MAIN),
    Action("panel.risk", ("0",), "Panels", "wall of ladders, risk page", VIEW, MAIN),
    Action("panel.chart", ("C",), "Panels", "chart of the selected", VIEW, MAIN),
    Action("view.explain", ("i",), "Panels", "why or why not the selected", VIEW, MAIN),
    Action("view.zoom", ("z",), "Panels", "zoom the panel in front", VIEW, MAIN),
    Action("view.redraw", ("f12",), "Panels", "draw everything anew", VIEW, MAIN),
    Action("stage.buy", ("b",), "Entry", "stage BUY of the selected", INCREASE),
    Action("stage.sell", ("s",), "Entry", "stage SELL of the selected", INCREASE),
    Action("stage.signal", ("enter",), "Entry", "stage its signal", INCREASE, MAIN),
    Action("stage.best", ("space",), "Entry", "stage the strongest signal", INCREASE, MAIN),
    Action("stage.reverse", ("r",), "Entry", "close, then the other way", INCREASE, MAIN),
    Action("stage.send", ("enter",), "Staged", "send it, once", INCREASE, STAGE),
    Action("stage.drop", ("escape",), "Staged", "drop it; so do other keys", REDUCE, STAGE),
    Action("stage.join", ("j",), "Staged", "join its side; take the other", INCREASE, STAGE),
    Action("stage.take", ("t",), "Staged", "join its side; take the other", INCREASE, STAGE),
    Action("stage.price_up", ("up",), "Staged", "price by a tick", INCREASE, STAGE),
    Action("stage.price_down", ("down",), "Staged", "price by a tick", INCREASE, STAGE),
    Action("stage.more", ("right", "="), "Staged", "size by a lot", INCREASE, STAGE),
    Action("stage.less", ("left", "-"), "Staged", "size by a lot", INCREASE, STAGE),
    Action("stage.size", tuple("12345"), "Staged", "size by a preset", INCREASE, STAGE),
    Action("replay.hold", ("P",), "Replay", "hold the tape, or go on", VIEW, MAIN),
    Action("replay.step", (".",), "Replay", "play one second, then hold", VIEW, MAIN),
    Action("replay.faster", (">",), "Replay", "pace: faster and slower", VIEW, MAIN),
    Action("replay.slower", ("<",), "Replay", "pace: faster and slower", VIEW, MAIN),
    Action("replay.seek", ("@",), "Replay", "go to a time, back or ahead", VIEW, MAIN),
    Action("replay.next_signal", ("}",), "Replay", "next and previous signal", VIEW, MAIN),
    Action("replay.last_signal", ("{",), "Replay", "next and previous signal", VIEW, MAIN),
    Action("replay.next_trade", (")",), "Replay", "next and previous trade", VIEW, MAIN),
    Action("replay.last_trade", ("(",), "Replay", "next and previous trade", VIEW, MAIN),
    Action("view.columns", ("v",), "View", "ladder: orders, sums, changes", VIEW, MAIN),
    Action("view.rungs", ("V",), "View", "ladder: levels or every tick", VIEW, MAIN),
    Action("view.centre", ("c",), "View", "centre the ticks", VIEW, MAIN),
    Action("view.measure", ("m",), "View", "money, ticks or percent", VIEW, MAIN),
    Action("view.acknowledge", ("u",), "View", "acknowledge alarms", VIEW),
    Action("view.shelve", ("n",), "View", "shelve the alarm, ten minutes", VIEW),
    Action("view.theme", ("T",), "View", "next theme", VIEW, MAIN),
    Action("view.screenshot", ("w",), "View", "picture of the screen", VIEW, MAIN),
    Action("app.export", ("E",), "View", "write trades and log to files", VIEW, MAIN),
    Action("view.help", ("?", "f1"), "View", "this page", VIEW, MAIN),
    Action("app.quit", ("q", "ctrl+q", "ctrl+c"), "View", "quit; asks when at risk", VIEW),
)
"""Every action, in the order of the help page."""

BY_ID: Final = {action.id: action for action in ACTIONS}

NAMED_KEYS: Final = frozenset(
    {
        "enter",
        "escape",
        "tab",
        "shift+tab",
        "space",
        "backspace",
        "delete",
        "insert",
        "home",
        "end",
        "pageup",
        "pagedown",
        "up",
        "down",
        "left",
        "right",
    }
    | {f"f{number}" for number in range(1, 13)}
)
RESERVED: Final = frozenset(
    {f"ctrl+{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"}
    | {"ctrl+space", "ctrl+backslash", "~", "f10", "f11"}
    | {f"shift+{arrow}" for arrow in ("up", "down", "left", "right")}
)
"""Keys that belong to the terminal, the multiplexer or ssh."""
ALWAYS: Final = frozenset({"ctrl+q", "ctrl+c"})
"""Kept on quit, whatever a keymap says."""

KEY_LABELS: Final = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
    "shift+tab": "S-Tab",
    "ctrl+q": "^Q",
    "ctrl+c": "^C",
}


DEFAULT_KEYMAP: Final = "default"


class KeymapError(ValueError):
    """A keymap cannot be used; the text names the file, each key and what to do."""

    def __init__(self, source: str, faults: Sequence[str]) -> None:
        """One fault stands in the line of its `source`, several each in a line of their own."""
        join = ": " if len(faults) == 1 else f": {len(faults)} faults\n  "
        super().__init__(source + join + "\n  ".join(faults))


class Keymap:
    """Which action a key calls. Raises KeymapError when two actions claim one key.

    `faults` are those its source has besides; with any of them there is no keymap.
    """

    def __init__(
        self,
        keys: Mapping[str, tuple[str, ...]],
        *,
        source: str = "keymap",
        faults: Sequence[str] = (),
    ) -> None:
        self._keys = dict(keys)
        self._found: dict[tuple[Context, str], Action] = {}
        every = [*faults, *self._clashes()]
        if every:
            raise KeymapError(source, every)

    def _clashes(self) -> list[str]:
        """Give every key to its action; returns what two actions claim, in words."""
        clashes: dict[str, None] = {}
        for action in ACTIONS:
            for key in self._keys[action.id]:
                for context in (Context.MAIN, Context.STAGE):
                    if not context & action.context:
                        continue
                    holder = self._found.setdefault((context, key), action)
                    if holder is not action:
                        clashes[_clash(key, action, holder)] = None
        return list(clashes)

    def find(self, context: Context, key: str) -> Action | None:
        """The action `key` calls in `context`."""
        return self._found.get((context, key))

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        """Keys of an action, the first the one shown."""
        return self._keys[action_id]

    def label(self, action_id: str) -> str:
        """The first key of an action as the screen shows it."""
        return key_label(self._keys[action_id][0])


def _clash(key: str, action: Action, holder: Action) -> str:
    return (
        f"key {key!r} of {action.id!r} is already taken by {holder.id!r}; "
        "give one of them another key"
    )


def key_label(key: str) -> str:
    """A key as the screen shows it."""
    return KEY_LABELS.get(key, key.upper() if len(key) > 1 else key)


def default_keymap() -> Keymap:
    """The keys the console comes with."""
    return Keymap({action.id: action.keys for action in ACTIONS})
