"""The palette in force as Textual wants it, and the one that comes after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from textual.theme import Theme

from tui_scalper.widgets.palette import Palette, ThemeError, load_palette, theme_files

ANSI_VARIABLES: Final = {
    name: "ansi_default" for name in ("ansi-background", "ansi-foreground", "border-blurred")
}
"""Names Textual's own style sheet wants of a theme that leaves colours to the terminal."""


def textual_theme(palette: Palette) -> Theme:
    """`palette` as a theme of Textual's own, whose grounds are all one."""
    ground = palette.background
    return Theme(
        name=f"scalper-{palette.name}",
        primary=palette.foreground,
        foreground=palette.foreground,
        background=ground,
        surface=ground,
        panel=ground,
        dark=palette.dark,
        ansi=palette.ansi,
        variables=ANSI_VARIABLES if palette.ansi else {},
    )


def next_palette(themes: Sequence[Path], name: str) -> tuple[Palette, str]:
    """The palette after the one of this name, the first after the last, and what is wrong with
    the files that were passed over. Raises ThemeError when none is a theme.
    """
    names = list(theme_files(tuple(themes)))
    at = names.index(name) + 1 if name in names else 0
    wrong: list[str] = []
    for one in (*names[at:], *names[:at]):
        try:
            return load_palette(tuple(themes), one), "; ".join(wrong)
        except ThemeError as error:
            wrong.append(str(error))
    raise ThemeError("; ".join(wrong) or "no theme files")
