"""Key hygiene: a held key is one key, a flood of keys is not a hand.

Times are the seconds at which the terminal's bytes were read, not when they are handled.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

REPEAT_SECONDS: Final = 0.06
"""The same key again sooner than this is the keyboard repeating it."""
BURST_KEYS: Final = 3
BURST_SECONDS: Final = 0.02
"""More keys than `BURST_KEYS` in this time come from a paste or a stalled link."""
BURST_QUIET: Final = 0.25
"""A burst is over after this long without one."""


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
        if stroke.at - self._burst_at < BURST_QUIET:
            return Verdict.BURST
        if name == stroke.name and stroke.at - at < REPEAT_SECONDS:
            return Verdict.REPEAT
        return Verdict.SINGLE
