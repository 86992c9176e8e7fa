"""How often alarms came lately: which of them chatter, and whether they come as a flood.

Source: ISA-18.2 and EEMUA 191: an alarm that comes and goes several times a minute
chatters; more than ten in ten minutes are a flood nobody can attend to one by one.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from tui_scalper.core.units import NS

CHATTER: Final = 4
CHATTER_NS: Final = 60 * NS
"""An alarm that came so often within so long chatters."""
FLOOD: Final = 10
FLOOD_NS: Final = 600 * NS
"""More alarms than this within so long are a flood."""
KEPT: Final = 500


class Risings:
    """The newest comings of alarms, and which of them the operator knew."""

    def __init__(self) -> None:
        self._newest: deque[tuple[int, str]] = deque(maxlen=KEPT)
        self._known: set[str] = set()

    def came(self, key: str, at_ns: int) -> None:
        """Alarm `key` came."""
        if not self._chatters(key, at_ns):
            self._known.discard(key)
        self._newest.append((at_ns, key))

    def knows(self, key: str) -> None:
        """The operator acknowledged alarm `key`."""
        self._known.add(key)

    def quiet(self, key: str, at_ns: int) -> bool:
        """Whether `key` only chatters on after it was acknowledged."""
        return key in self._known and self._chatters(key, at_ns)

    def flood(self, at_ns: int) -> int:
        """How many alarms came of late, when they are a flood; 0 when they are none."""
        many = sum(at_ns - at < FLOOD_NS for at, _ in self._newest)
        return many if many > FLOOD else 0

    def _chatters(self, key: str, at_ns: int) -> bool:
        times = (at for at, one in self._newest if one == key and at_ns - at < CHATTER_NS)
        return sum(1 for _ in times) >= CHATTER
