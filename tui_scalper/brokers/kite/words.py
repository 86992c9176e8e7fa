"""The broker's words as one line of bounded length, fit for a log line or a status bar."""

from __future__ import annotations

from typing import Final

_LONGEST: Final = 300


def one_line(text: str) -> str:
    """`text` without line breaks and control characters, cut at 300 characters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * _LONGEST])
    return " ".join(printable.split())[:_LONGEST]
