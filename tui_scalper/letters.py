"""Plain letters for terminals that show no others: each glyph of the screen has one of ASCII."""

from __future__ import annotations

import codecs
import sys
from enum import StrEnum
from typing import Final


class Glyphs(StrEnum):
    """Which letters the screen is drawn with."""

    AUTO = "auto"
    """Those that the terminal's locale can show."""
    UNICODE = "unicode"
    ASCII = "ascii"


ALIKE: Final = {
    "·•◌": ".",
    "»▸▶": ">",
    "◂←": "<",
    "×✖✗": "x",
    "Σ": "S",
    "–─━╌╸": "-",
    "‖▏▎▍▌▕": "|",
    "…": "~",
    "‼": "!",
    "↑▲↗": "^",
    "→": ">",
    "↓▼↘": "v",
    "∞": "8",
    "≡≤≥▬": "=",
    "├┤┼": "+",
    "▁▂": "_",
    "▃▄▅▆▇█▉▊▋▐": "#",
    "■": "#",
    "□○◇": "o",
    "◆": "*",
    "●": "@",
    "◐": "c",
    "✓": "+",
}
"""Glyphs of the screen, and the letter that stands for them."""
ASCII: Final = str.maketrans(
    {glyph: letter for glyphs, letter in ALIKE.items() for glyph in glyphs}
)


def in_ascii(text: str) -> str:
    """`text` in plain letters, as many as before; what has no likeness is a question mark."""
    return text.translate(ASCII).encode("ascii", "replace").decode("ascii")


def needs_ascii(glyphs: Glyphs) -> bool:
    """Whether the screen must be drawn in plain letters."""
    if glyphs is not Glyphs.AUTO:
        return glyphs is Glyphs.ASCII
    # Textual writes to the stream of errors.
    encoding = getattr(sys.__stderr__, "encoding", None) or "ascii"
    return codecs.lookup(encoding).name != "utf-8"
