"""Stored pictures of the screen: text, and how it is styled, compared line by line.

`make pictures` draws them anew and says which changed; nothing else does. It refuses where
nobody would look at them (under CI), and with another Textual than the locked one.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from string import ascii_letters, digits

from rich.style import Style
from textual.strip import Strip

ROOT = Path(__file__).parent.parent
PICTURES = Path(__file__).parent / "pictures"
ASKED = "UPDATE_PICTURES"
CODES = ascii_letters + digits
"""A letter for each style of a picture, in the order they appear."""
DIFFERENCES_SHOWN = 24
REDRAWN: list[str] = []
"""Pictures written in this run."""


def refusal(environment: dict[str, str], textual: str) -> str:
    """Why pictures may not be drawn anew here; empty when they may."""
    locked = re.search(r"^textual==(\S+)$", (ROOT / "requirements.lock").read_text(), re.M)
    if environment.get("CI"):
        return "pictures are drawn anew by hand, never under CI"
    if locked is None or locked[1] != textual:
        return f"pictures are drawn with the locked Textual, not with {textual}: make .venv/.ready"
    return ""


def compare(name: str, shown: str) -> None:
    """Assert that `shown` is the stored picture `name`, or store it when asked to."""
    path = PICTURES / f"{name}.txt"
    stored = path.read_text(encoding="utf-8") if path.exists() else ""
    if shown == stored:
        return
    if os.environ.get(ASKED):
        assert not (why := refusal(dict(os.environ), version("textual"))), why
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(shown, encoding="utf-8")
        REDRAWN.append(f"{name}: {len(_differences(stored, shown))} lines differ")
        return
    lines = _differences(stored, shown)[:DIFFERENCES_SHOWN]
    raise AssertionError(
        f"the screen is not picture {name}; if that is meant: make pictures, and look at the "
        "change before it is committed\n" + "\n".join(lines)
    )


def _differences(stored: str, shown: str) -> list[str]:
    lines = difflib.unified_diff(stored.splitlines(), shown.splitlines(), "stored", "shown", n=0)
    return [line for line in lines if not line.startswith("@@")]


class Styles:
    """The styles of one picture, each named by a letter."""

    def __init__(self) -> None:
        self._codes: dict[Style, str] = {}

    def runs(self, strip: Strip) -> str:
        """One line as lengths of equally styled text: ``9a71b``."""
        styled = ((segment.style or Style(), len(segment.text)) for segment in strip)
        return "".join(
            f"{sum(length for _, length in same)}{self._code(style)}"
            for style, same in groupby(styled, key=lambda one: one[0])
        )

    def _code(self, style: Style) -> str:
        return self._codes.setdefault(style, CODES[len(self._codes)])

    def legend(self) -> list[str]:
        """What each letter stands for."""
        return [f"{code} {style}" for style, code in self._codes.items()]


def style_page(screens: Iterable[tuple[str, Sequence[Strip]]]) -> str:
    """Style runs of several screens; ``=`` is a line styled as in the first of them."""
    styles, first, lines = Styles(), (), []
    for name, strips in screens:
        runs = tuple(styles.runs(strip) for strip in strips)
        lines.append(f"== {name}")
        if first:
            runs_shown = (
                "=" if at < len(first) and run == first[at] else run for at, run in enumerate(runs)
            )
        else:
            first, runs_shown = runs, runs
        lines += [f"{run} x{len(list(same))}" for run, same in groupby(runs_shown)]
    return "\n".join([*styles.legend(), *lines]) + "\n"
