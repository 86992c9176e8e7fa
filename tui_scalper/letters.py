"""Plain letters for terminals that show no others: each glyph of the screen has one of ASCII."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
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
    "–─╌": "-",
    "‖▏▎▍▌▕": "|",
    "…": "~",
    "‼": "!",
    "↑▲↗": "^",
    "→": ">",
    "↓▼↘": "v",
    "∞": "8",
    "≡▬━╸": "=",
    "├┤┼": "+",
    "▁▂": "_",
    "▃▄▅▆▇█▉▊▋▐": "#",
    "■": "#",
    "○": "o",
    "□": "-",
    "◇": "~",
    "◆": "*",
    "●": "@",
    "◐": "c",
    "✓": "+",
}
"""Glyphs of the screen, and the letter that stands for them."""
UPPER, LOWER = 0x1B, 0xE4
"""Dots of the two upper and of the two lower rows of a braille glyph."""
DOTS: Final = {
    chr(0x2800 + dots): {(True, False): "'", (False, True): ".", (True, True): ":"}[
        bool(dots & UPPER), bool(dots & LOWER)
    ]
    for dots in range(1, 256)
}
ASCII: Final = str.maketrans(
    {**{glyph: letter for glyphs, letter in ALIKE.items() for glyph in glyphs}, **DOTS}
)

LOCALE: Final = ("LC_ALL", "LC_CTYPE", "LANG")
"""What names the locale of letters; the first that is set counts."""


def in_ascii(text: str) -> str:
    """`text` in plain letters, as many as before; what has no likeness is a question mark."""
    return text.translate(ASCII).encode("ascii", "replace").decode("ascii")


def needs_ascii(glyphs: Glyphs) -> bool:
    """Whether the screen must be drawn in plain letters."""
    if glyphs is not Glyphs.AUTO:
        return glyphs is Glyphs.ASCII
    if is_plain(environment_at_start()):
        return True
    # Textual writes to the stream of errors.
    encoding = getattr(sys.__stderr__, "encoding", None) or "ascii"
    return codecs.lookup(encoding).name != "utf-8"


def is_plain(environment: Mapping[str, str]) -> bool:
    """Whether the locale that `environment` names is C: ASCII and nothing more.

    Python itself writes UTF-8 in that locale (PEP 538, PEP 540), so its streams do not tell. An
    environment that names no locale says nothing of its terminal.
    """
    named = next((environment[one] for one in LOCALE if environment.get(one)), "")
    return named in ("C", "POSIX")


def environment_at_start() -> Mapping[str, str]:
    """The environment as the process was given it: PEP 538 rewrites LC_CTYPE before we run."""
    try:
        block = Path("/proc/self/environ").read_bytes()
    except OSError:
        return os.environ
    pairs = (os.fsdecode(entry).partition("=") for entry in block.split(b"\0"))
    return {name: value for name, _, value in pairs}
