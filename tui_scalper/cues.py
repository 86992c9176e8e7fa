"""Which keys the screen recommends now: the last line, the strip, the help page, the hint."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from tui_scalper.core.snapshot import OperatorState, Snapshot
from tui_scalper.hands import Hands
from tui_scalper.hands.exits import TWICE
from tui_scalper.keymap import ACTIONS, Action, Keymap, key_label
from tui_scalper.leaving import leaving_lines
from tui_scalper.validity import valid
from tui_scalper.widgets.help import KeyHelp
from tui_scalper.widgets.signals import FAR_WIDTH, WHY_LEAST, why_not
from tui_scalper.widgets.strip import TYPED, Question, Topic

FOOTER_STATE: Final = {
    OperatorState.DISARMED: (
        ("operator.arm", "arm"),
        ("move.find", "go to"),
        ("panel.next", "list"),
    ),
    OperatorState.ARMED: (
        ("operator.disarm", "disarm"),
        ("stage.buy", "buy"),
        ("stage.sell", "sell"),
        ("stage.signal", "stage"),
        ("stage.best", "best"),
    ),
    OperatorState.STAGED: (
        ("stage.send", "send"),
        ("stage.drop", "drop"),
        ("stage.join", "join"),
        ("stage.take", "take"),
        ("stage.price_up", "price"),
        ("stage.more", "size"),
        ("operator.disarm", "disarm"),
    ),
    OperatorState.KILLED: (("kill.reset", "release"),),
}
FOOTER_SMALL: Final = (
    ("kill.latch", "kill"),
    ("exit.flatten_all", "flatten all"),
    ("exit.flatten", "flatten"),
    ("exit.cancel_all", "cancel entries"),
    ("app.quit", "quit"),
)
FOOTER_TYPING: Final = (
    ("kill.latch", "kill"),
    ("exit.flatten_all", "flatten all"),
    ("exit.flatten", "flatten"),
    ("exit.cancel_all", "cancel entries"),
    ("auto.pause", "pause"),
    ("operator.disarm", "disarm"),
)
"""What acts while letters are typed into an answer, by keys that are no letters."""
FOOTER_FIRST: Final = (
    ("kill.latch", "kill"),
    ("exit.flatten", "flatten"),
    ("view.help", "help"),
    ("app.quit", "quit"),
)
FOOTER_LATER: Final = (
    ("auto.pause", "pause"),
    ("auto.toggle", "auto"),
    ("exit.flatten_all", "flatten all"),
    ("exit.break_even", "break-even"),
    ("exit.cancel_all", "cancel entries"),
)
FOOTER_OUT: Final = (
    ("exit.flatten", "flatten"),
    ("exit.flatten_all", "flatten all"),
    ("kill.latch", "kill"),
)
"""What stands first while something is open."""
FOOTER_HEAD: Final = 3
"""Keys of the present state that stand first."""

HINT_WIDTH: Final = 80
STRIP_EDGES: Final = 4
"""Cells of the narrowest strip that a sentence about a stock does not have."""
HINT: Final = (
    "",
    "{arm} arms the console, {disarm} disarms it; nothing leaves while it is disarmed.",
    "{down} {up} pick a stock, {buy} buys or {sell} sells onto the strip, Enter sends, Esc drops.",
    "{flatten} {flatten} closes the position; {kill} {kill} stops and closes everything.",
    "{help} shows every key, {quit} quits. The first key only takes this away.",
    "",
)


def _label(keymap: Keymap, action_id: str) -> str:
    return _twice(keymap.label(action_id), action_id)


def _twice(label: str, action_id: str) -> str:
    return f"{label} {label}" if action_id in TWICE else label


def footer_keys(hands: Hands) -> list[tuple[str, str]]:
    """Key and meaning, the most urgent first; the ones that can do nothing are left out."""
    snapshot = hands.gaze.snapshot
    state = snapshot.operator if snapshot is not None else OperatorState.DISARMED
    if hands.gaze.too_small:
        return [
            (_label(hands.keymap, one), word)
            for one, word in FOOTER_SMALL
            if valid(one, hands.gaze)
        ]
    if isinstance(hands.asking, Question) and hands.asking.topic in TYPED:
        return [
            (_twice(key_label(key), one), word)
            for one, word in FOOTER_TYPING
            if valid(one, hands.gaze)
            for key in hands.keymap.keys_of(one)
            if len(key) > 1
        ]
    # What does not fit is cut at the end: the keys of every state stand before the many of one.
    first, rest = FOOTER_STATE[state][:FOOTER_HEAD], FOOTER_STATE[state][FOOTER_HEAD:]
    staged, (held, working) = state is OperatorState.STAGED, hands.gaze.at_risk()
    ways_out = FOOTER_OUT if (held or working) and not staged else ()
    wanted = dict((*ways_out, *first, *FOOTER_FIRST, *rest, *FOOTER_LATER)).items()
    return [(_label(hands.keymap, one), word) for one, word in wanted if valid(one, hands.gaze)]


def idle_hint(hands: Hands) -> str:
    """What the strip says while nothing waits for the operator."""
    if hands.gaze.too_small:
        return "too small: arming needs 80x24 beside tmux's own line"
    if hands.strip_rests:
        return "the staged entry is gone, nothing was sent; its keys rest a moment"
    return _lists_hint(hands) or _state_hint(hands)


def _lists_hint(hands: Hands) -> str:
    """How to see the usual lists again; empty while they are shown."""
    label = hands.keymap.label
    if hands.gaze.filter:
        return f"only what holds {hands.gaze.filter!r} is listed; Esc lists everything"
    if hands.gaze.zoom is not None:
        walk = f"{label('move.up')} {label('move.down')} walk"
        return f"{hands.gaze.zoom.value}: {walk}, Esc or {label('view.zoom')} closes"
    return ""


def _state_hint(hands: Hands) -> str:
    """What stands between the operator and an entry, or how to stage one."""
    snapshot, label = hands.gaze.snapshot, hands.keymap.label
    if snapshot is None or snapshot.operator is OperatorState.DISARMED:
        arms = f"disarmed: {label('operator.arm')} arms"
        return _why_no_signal(hands, f"{arms}; ") or f"{arms}, no entry leaves before"
    if snapshot.paused:
        return f"entries paused, exits go on: {label('auto.pause')} resumes"
    return _ready_hint(hands, snapshot)


def _ready_hint(hands: Hands, snapshot: Snapshot) -> str:
    label, symbol = hands.keymap.label, hands.gaze.symbol(hands.gaze.selected)
    if hands.gaze.selected in snapshot.skipped:
        return f"{symbol} is skipped for today: {label('auto.skip')} lets it be entered again"
    if why := _why_no_signal(hands):
        return why
    by_hand = hands.gaze.selected in snapshot.by_hand_only
    head, stock = (f"{symbol}, auto off", "") if by_hand else ("nothing staged", f" {symbol}")
    return (
        f"{head}: {label('stage.buy')} buy {label('stage.sell')} sell{stock}, "
        f"{label('stage.signal')} its signal, {label('stage.best')} the best"
    )


def _why_no_signal(hands: Hands, before: str = "") -> str:
    """The whole reason where its cell in the table may be too narrow for it; else empty."""
    chosen = hands.gaze.selected
    signal = next((one for one in hands.gaze.signals if one and one.row == chosen), None)
    if signal is None or len(why_not(signal, FAR_WIDTH)) <= WHY_LEAST:
        return ""
    head = f"{before}{hands.gaze.symbol(chosen)}, no signal: "
    return head + why_not(signal, HINT_WIDTH - len(head) - STRIP_EDGES)


def stage_keys(hands: Hands) -> tuple[str, ...]:
    """What the keys of a staged entry do besides sending it, the most urgent first."""
    label, keys = hands.keymap.label, [*map(key_label, hands.keymap.keys_of("stage.size"))]
    sizes = " ".join(map(str, hands.grip.rules.sizes[: len(keys)]))
    return (
        f" {label('stage.drop')} drop ",
        f" {label('stage.join')} join {label('stage.take')} take ",
        f" {label('stage.price_up')} {label('stage.price_down')} price ",
        f" {label('stage.less')} {label('stage.more')} size ",
        f" {keys[0]}..{keys[-1]} {sizes} % ",
    )


def alarm_keys(keymap: Keymap) -> str:
    """What to press about the alarm in front."""
    return f"{keymap.label('view.acknowledge')} known {keymap.label('view.shelve')} shelve"


def help_entries(hands: Hands) -> list[KeyHelp]:
    """Every action in the order of the registry; pairs of opposites share a line."""
    return [
        _entry(hands, list(same))
        for _, same in groupby(ACTIONS, key=lambda one: (one.group, one.text))
    ]


def _entry(hands: Hands, actions: Sequence[Action]) -> KeyHelp:
    first = actions[0]
    if len(actions) > 1:
        keys = " ".join(hands.keymap.label(action.id) for action in actions)
    elif first.id in ("move.pick", "stage.size"):
        bound = hands.keymap.keys_of(first.id)
        keys = f"{bound[0]}..{bound[-1]}"
    else:
        keys = " ".join(key_label(key) for key in hands.keymap.keys_of(first.id)[:2])
    return KeyHelp(first.group, keys, first.text, valid(first.id, hands.gaze))


def box_lines(hands: Hands, *, hint: bool) -> list[str]:
    """What stands over the ladders: what quitting would leave, or a `hint` for newcomers."""
    asking, now = hands.asking, hands.gaze.snapshot
    if now is not None and isinstance(asking, Question) and asking.topic is Topic.QUIT:
        return leaving_lines(now)
    return hint_lines(hands.keymap) if hint else []


def hint_lines(keymap: Keymap) -> list[str]:
    """The first-run hint with the keys as they are bound."""
    keys = {
        "arm": keymap.label("operator.arm"),
        "disarm": keymap.label("operator.disarm"),
        "down": keymap.label("move.down"),
        "up": keymap.label("move.up"),
        "buy": keymap.label("stage.buy"),
        "sell": keymap.label("stage.sell"),
        "flatten": keymap.label("exit.flatten"),
        "kill": keymap.label("kill.latch"),
        "help": keymap.label("view.help"),
        "quit": keymap.label("app.quit"),
    }
    return [line.format_map(keys) for line in HINT]
