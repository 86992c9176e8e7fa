"""What the session has counted: input, signals, and everything that was held back or refused."""

from __future__ import annotations

from collections.abc import Sequence

from tui_scalper.core.snapshot import Tally
from tui_scalper.widgets.lines import Line, LinePanel, fit
from tui_scalper.widgets.palette import Role


def counts(pairs: Sequence[tuple[str, int]], width: int) -> str:
    """Names and counts, the largest first, as many as fit `width`."""
    return counted(sorted(pairs, key=lambda pair: -pair[1]), width) or "none"


def counted(pairs: Sequence[tuple[str, int]], width: int) -> str:
    """Names and counts, as many of the first as fit `width`."""
    words: list[str] = []
    for name, count in pairs:
        word = f"{name.replace('_', ' ')} {count:,}"
        if len("  ".join([*words, word])) > width:
            break
        words.append(word)
    return "  ".join(words)


def day_lines(tally: Tally, width: int) -> list[Line]:
    """Header and four lines."""
    fed = (("signals", tally.signals), ("updates", tally.updates), ("frames", tally.frames))
    head = f" DAY  {counted(fed, width - 6)}"
    rows = (
        ("held back", tally.blocked, Role.TEXT),
        ("refused", tally.refused, Role.TEXT),
        ("bad input", tally.faults, Role.WARN),
    )
    lines: list[Line] = [fit(((head, Role.PANEL),), width, Role.PANEL)]
    for name, pairs, role in rows:
        words = counts(pairs, width - 12)
        lines.append(
            fit(
                ((f" {name:<10} ", Role.DIM), (words, role if pairs else Role.DIM)),
                width,
                Role.TEXT,
            )
        )
    return lines


class DayPanel(LinePanel):
    """The session's counts on a wide screen."""

    def draw(self, tally: Tally) -> None:
        """Show the counts."""
        self.show(day_lines(tally, self.extent.width))
