"""Meters: how much of every limit is used, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui_scalper.core.snapshot import Limit, LimitUnit
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, LinePanel, fit
from tui_scalper.widgets.palette import Role

NEAR: Final = 80
"""Percent of a limit from which on its meter warns."""
NAME_WIDTH: Final = 11
FIGURES_WIDTH: Final = 17
LEAST_BAR: Final = 4


def percent_used(limit: Limit) -> int:
    """Whole percent of a limit that is used; a limit of nothing is always full."""
    return limit.used * 100 // limit.allowed if limit.allowed > 0 else 100


def figures(limit: Limit, currency: str) -> str:
    """Used over allowed, as the limit counts."""
    if limit.unit is LimitUnit.MONEY:
        return f"{text.money(limit.used, currency)}/{text.money(limit.allowed, currency)}"
    if limit.unit is LimitUnit.HUNDREDTHS:
        return f"{limit.used / 100:.1f}/{limit.allowed / 100:.0f}"
    return f"{limit.used:,}/{limit.allowed:,}"


def meter_line(limit: Limit, width: int, currency: str) -> Line:
    """Name, bar, figures; a full limit says so in a word."""
    used = percent_used(limit)
    mark, role = (" ", Role.TEXT) if used < NEAR else ("!", Role.WARN)
    words = figures(limit, currency)
    if used >= 100:
        mark, role = "‼", Role.ALARM
        words = f"FULL {words}"
    cells = max(width - NAME_WIDTH - 2 - max(len(words), FIGURES_WIDTH) - 2, LEAST_BAR)
    bar = text.rule(text.halves(limit.used, limit.allowed, cells))
    return fit(
        (
            (f"{mark}{limit.name[:NAME_WIDTH]:<{NAME_WIDTH}} ", role if used >= NEAR else Role.DIM),
            (bar, role if used >= NEAR else Role.GOOD),
            ("─" * (cells - len(bar)), role if used >= 100 else Role.DIM),
            (f" {words:>{FIGURES_WIDTH}} ", role),
        ),
        width,
        Role.TEXT,
    )


def risk_lines(
    limits: Sequence[Limit], *, width: int, height: int, currency: str, focus: bool
) -> list[Line]:
    """Header and as many meters as fit, in a fixed order.

    A meter that warns and has no line takes the last one.
    """
    role = Role.PANEL_FOCUS if focus else Role.PANEL
    room = max(height - 1, 0)
    shown = list(limits[:room])
    fullest = max(limits[room:], key=percent_used, default=None)
    if shown and fullest is not None and percent_used(fullest) >= NEAR:
        shown[-1] = max(shown[-1], fullest, key=percent_used)
    title = " RISK   used/allowed"
    return [fit(((title, role),), width, role), *(meter_line(x, width, currency) for x in shown)]


class RiskPanel(LinePanel):
    """The meters on the screen."""

    def draw(self, limits: Sequence[Limit], *, currency: str, focus: bool) -> None:
        """Show how far each limit is used."""
        width, height = self.extent
        self.show(risk_lines(limits, width=width, height=height, currency=currency, focus=focus))
