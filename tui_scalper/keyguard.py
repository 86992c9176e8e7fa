"""Key hygiene: a held key is one key, a flood of keys is not a hand.

Times are the seconds at which the terminal's bytes were read, not when they are handled.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tui_scalper.keymap import Action, Kind

REPEAT_SECONDS: Final = 0.06
"""The same key again sooner than this is the keyboard repeating it."""
BURST_KEYS: Final = 3
BURST_SECONDS: Final = 0.02
"""More keys than `BURST_KEYS` in this time come from a paste or a stalled link."""
BURST_QUIET: Final = 0.25
"""A burst is over after this long without one."""

PAUSE_OF: Final = {Kind.INCREASE: 0.0, Kind.REDUCE: 0.3, Kind.MOVE: 0.0, Kind.VIEW: 0.05}
"""Least seconds between two presses of one action on one stock, by its kind."""
PAUSES: Final = {"stage.send": 1.0}
"""Of actions that want another pause than their kind."""


@dataclass(frozen=True)
class Stroke:
    """One key as it came: its name, its character if it prints, and when it was read.

    `at` is monotonic seconds, `key_ns` the engine's clock at that moment.
    """

    name: str
    character: str | None
    at: float
    key_ns: int


class Verdict(Enum):
    """What a stroke looks like."""

    SINGLE = "single"
    REPEAT = "repeat"
    BURST = "burst"


class KeyGuard:
    """Tells hands from machines."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=BURST_KEYS + 1)
        self._last = ("", float("-inf"))
        self._burst_at = float("-inf")

    def judge(self, stroke: Stroke) -> Verdict:
        """Judge `stroke` by the ones before it; call once for each."""
        self._times.append(stroke.at)
        if len(self._times) > BURST_KEYS and stroke.at - self._times[0] <= BURST_SECONDS:
            self._burst_at = stroke.at
        name, at = self._last
        self._last = (stroke.name, stroke.at)
        if name == stroke.name and stroke.at - at < REPEAT_SECONDS:
            # Also inside a burst: two letters of a pasted word are not the two taps of a hand.
            return Verdict.REPEAT
        if stroke.at - self._burst_at < BURST_QUIET:
            return Verdict.BURST
        return Verdict.SINGLE


class Debounce:
    """Keeps one press from acting twice: the same action on the same stock needs a pause."""

    def __init__(self) -> None:
        self._acted: dict[tuple[str, int], float] = {}

    def too_soon(self, action: Action, row: int, at: float) -> bool:
        """Whether `action` acted on `row` a moment ago."""
        wait = PAUSES.get(action.id, PAUSE_OF[action.kind])
        return at - self._acted.get((action.id, row), float("-inf")) < wait

    def acted(self, action: Action, row: int, at: float) -> None:
        """`action` acts on `row` now."""
        self._acted[action.id, row] = at
