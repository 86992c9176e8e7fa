"""The last line: keys that do something now, or a short answer to the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from tui_scalper.widgets.lines import Line, LinePanel, fit
from tui_scalper.widgets.palette import Role


class Tone(Enum):
    """What a notice is: what was done, or what was not done and why."""

    DONE = ("·", Role.TEXT)
    REFUSED = ("!", Role.WARN)


@dataclass(frozen=True)
class Notice:
    """A short answer of the console itself, shown until `until` (seconds, monotonic)."""

    text: str
    until: float
    tone: Tone = Tone.REFUSED


def footer_line(keys: Sequence[tuple[str, str]], notice: Notice | None, width: int) -> Line:
    """Pairs of key and meaning, as many as fit; a notice takes their place."""
    if notice is not None:
        mark, role = notice.tone.value
        return fit(((f" {mark} {notice.text}", role),), width, Role.PANEL)
    spans: list[tuple[str, Role]] = []
    room = width
    for key, meaning in keys:
        room -= len(key) + len(meaning) + 3
        if room < 0:
            break
        spans += [(f" {key}", Role.KEY), (f" {meaning} ", Role.DIM)]
    return fit(tuple(spans), width, Role.TEXT)


class FooterPanel(LinePanel):
    """The last line of the screen."""

    def draw(self, keys: Sequence[tuple[str, str]], notice: Notice | None) -> None:
        """Show `notice` if there is one, else `keys`."""
        self.show((footer_line(keys, notice, self.extent.width),))
