"""The help page and the first-run hint: which keys there are, those valid now bright."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Final

from tui_scalper.widgets.lines import EMPTY, Line, LinePanel, fit
from tui_scalper.widgets.palette import Role

KEYS_WIDTH: Final = 9


@dataclass(frozen=True)
class KeyHelp:
    """One action on the help page."""

    group: str
    keys: str
    text: str
    valid: bool


def help_lines(entries: Sequence[KeyHelp], width: int, height: int) -> list[Line]:
    """Title and two columns of grouped keys."""
    half = width // 2
    blocks = [_block(name, list(members), half) for name, members in _groups(entries)]
    total = sum(len(block) for block in blocks)
    left: list[Line] = []
    right: list[Line] = []
    for block in blocks:
        (right if right or 2 * len(left) >= total - len(block) else left).extend(block)
    title = fit(
        ((" KEYS  the bright ones do something now; any key closes this page", Role.PANEL_FOCUS),),
        width,
        Role.PANEL_FOCUS,
    )
    blank = fit(EMPTY, half, Role.TEXT)
    body = [(*(one or blank), *(two or EMPTY)) for one, two in zip_longest(left, right)]
    return [title, *body][:height]


def _groups(entries: Sequence[KeyHelp]) -> list[tuple[str, list[KeyHelp]]]:
    return [(name, list(members)) for name, members in groupby(entries, key=lambda one: one.group)]


def _block(name: str, members: Sequence[KeyHelp], width: int) -> list[Line]:
    lines = [fit(((f" {name.upper()}", Role.INFO),), width, Role.TEXT)]
    for one in members:
        key, words = (Role.KEY, Role.STRONG) if one.valid else (Role.DIM, Role.DIM)
        lines.append(
            fit(
                ((f" {one.keys[:KEYS_WIDTH]:>{KEYS_WIDTH}} ", key), (one.text, words)),
                width,
                Role.TEXT,
            )
        )
    return lines


class HelpPanel(LinePanel):
    """The page over everything but the banner and the last line."""

    def draw(self, entries: Sequence[KeyHelp]) -> None:
        """Show the keys."""
        width, height = self.extent
        lines = help_lines(entries, width, height)
        blank = fit(EMPTY, width, Role.TEXT)
        self.show([*lines, *[blank] * (height - len(lines))])


class HintPanel(LinePanel):
    """Four lines for the first minute; gone with the first key."""

    def draw(self, lines: Sequence[str]) -> None:
        """Show `lines` in a box of the strip's colour."""
        width = self.extent.width
        self.show([fit(((f"  {line}", Role.STRIP),), width, Role.STRIP) for line in lines])
