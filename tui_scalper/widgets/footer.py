"""The last line: keys that do something now, or a short answer to the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_scalper.widgets.lines import Line, LinePanel, fit
from tui_scalper.widgets.palette import Role


@dataclass(frozen=True)
class Notice:
    """A short answer of the console itself, shown until `until` (seconds, monotonic)."""

    text: str
    until: float


def footer_line(keys: Sequence[tuple[str, str]], notice: str, width: int) -> Line:
    """Pairs of key and meaning, as many as fit; a notice takes their place."""
    if notice:
        return fit(((f" ! {notice}", Role.WARN),), width, Role.PANEL)
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

    def draw(self, keys: Sequence[tuple[str, str]], notice: str) -> None:
        """Show `notice` if there is one, else `keys`."""
        self.show((footer_line(keys, notice, self.extent.width),))
