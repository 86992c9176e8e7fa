"""Order tags: our own names for our orders, found again in the broker's book.

A tag is the run's id and a counter in base 36, letters and digits only, at most 20
characters (Kite's limit). The id begins with the letter of the run's mode, so that the broker's
own screen tells a test from the real thing. A tag is a label, not an idempotency key: two posts
with one tag make two orders, so the engine never posts one twice.
"""

from __future__ import annotations

import re
from typing import Final

from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LONGEST: Final = 20
MODES: Final = "".join(mode.value[0] for mode in Mode)
OURS: Final = re.compile(rf"[{MODES}][789][0-9A-Z]{{6}}[EX][0-9A-Z]{{1,4}}")
"""A tag of a run that began between 2018 and 2038."""


def base36(number: int) -> str:
    """`number` >= 0 in base 36."""
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
        if number == 0:
            return text


def moment_id(clock_ns: int) -> str:
    """Seven letters and digits for a tenth of a second; they come again after 248 years."""
    return base36(clock_ns // (NS // 10))[-7:]


def run_id(mode: Mode, clock_ns: int) -> str:
    """A short id: order tags of two runs never meet, unless they began in one tenth of a second."""
    return mode.value[0] + moment_id(clock_ns)


def made_here(tag: str) -> bool:
    """Whether `tag` looks like one of this program, whichever run of it."""
    return OURS.fullmatch(tag) is not None


class TagMaker:
    """Hands out tags ``<run><purpose><counter>``; purpose E for entries, X for exits."""

    def __init__(self, run_id: str) -> None:
        if not run_id.isalnum() or len(run_id) > 8:
            raise ValueError(f"run id {run_id!r}: letters and digits only, at most 8")
        self._run_id = run_id
        self._count = 0

    def next(self, purpose: str) -> str:
        """The next tag, unique in this run."""
        self._count += 1
        tag = f"{self._run_id}{purpose}{base36(self._count)}"
        assert len(tag) <= LONGEST
        return tag
