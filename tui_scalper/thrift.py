"""Fewer bytes for the same picture: styles are sent as what changes from one run to the next.

Textual sends every run of text with its whole style and a reset behind it. On a slow link
colours are most of a frame, and neighbours share most of theirs.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from textual.driver import Driver

from tui_scalper.letters import in_ascii

STYLE: Final = re.compile(r"\x1b\[([0-9;]*)m")
MOVES: Final = re.compile(r"(?:\x1b\[[0-9;]*H|\n)*")
"""What moves the cursor and paints nothing, whatever style is in force."""
SYNC: Final = re.compile(r"\x1b\[\?2026[hl]")
"""Begin and end of an update that the terminal should show as one."""
PLAIN: Final = ""
LONG: Final = {"5": 3, "2": 5}
"""How many numbers a colour takes by its kind: an index, or red, green and blue."""


class Style(NamedTuple):
    """What a style sequence sets, counted from a reset."""

    ink: str = "39"
    ground: str = "49"
    marks: frozenset[str] = frozenset()
    """Bold, dim, reverse and the like, as their numbers."""


@lru_cache(maxsize=4_096)
def parsed(codes: str) -> Style:
    """The style of a sequence that follows a reset."""
    style, numbers = Style(), codes.split(";") if codes else []
    while numbers:
        head = numbers[0]
        if head in ("38", "48"):
            length = LONG[numbers[1]]
            colour, numbers = ";".join(numbers[:length]), numbers[length:]
            ink = head == "38"
            style = style._replace(ink=colour) if ink else style._replace(ground=colour)
            continue
        del numbers[0]
        if head in ("", "0"):
            style = Style()
        elif len(head) >= 2 and head[-2] in "39":
            style = style._replace(ink=head)
        elif len(head) >= 2 and head[-2] in "40":
            style = style._replace(ground=head)
        else:
            style = style._replace(marks=style.marks | {head})
    return style


@lru_cache(maxsize=16_384)
def change(before: str, after: str) -> str:
    """The shortest sequence from the style of one sequence to that of another."""
    if after == PLAIN:
        return "\x1b[0m"
    old, new = parsed(before), parsed(after)
    if old.marks - new.marks:
        return f"\x1b[0;{after}m"
    codes = sorted(new.marks - old.marks)
    codes += [new.ink] * (new.ink != old.ink) + [new.ground] * (new.ground != old.ground)
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def thrifty(data: str) -> str:
    """`data` with the same effect on a terminal in its plain style, and plain again after it."""
    if "\x1b[" not in data:
        return data
    out: list[str] = []
    current = wanted = PLAIN
    # Text and the numbers of the style sequences stand in turn.
    for at, piece in enumerate(STYLE.split(data)):
        if at % 2:
            plain = piece in ("", "0")
            wanted = PLAIN if plain else f"{wanted};{piece}" if wanted else piece
        elif piece:
            if wanted != current and not MOVES.fullmatch(piece):
                out.append(change(current, wanted))
                current = wanted
            out.append(piece)
    if current != PLAIN:
        out.append("\x1b[0m")
    return "".join(out)


def thrifty_driver(kind: type[Driver], *, sync: bool, ascii_only: bool) -> type[Driver]:
    """A driver that sends as `kind` does, with fewer bytes.

    Without `sync` no update is marked; `ascii_only` draws in plain letters.
    """

    class Thrifty(kind):  # type: ignore[misc, valid-type]
        """Sparing with bytes."""

        def write(self, data: str) -> None:
            """Send `data`."""
            sent = thrifty(data if sync else SYNC.sub("", data))
            super().write(in_ascii(sent) if ascii_only else sent)

    return Thrifty
