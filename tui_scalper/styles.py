"""Styles of a terminal's cells, and the shortest way from one to the next.

Textual sends every run of text with its whole style and a reset behind it. On a slow link
colours are most of a frame, and neighbours share most of theirs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

LONG: Final = {"5": 3, "2": 5}
"""How many numbers a colour takes by its kind: an index, or red, green and blue."""
ENDS: Final = {
    "1": "22",
    "2": "22",
    "3": "23",
    "4": "24",
    "5": "25",
    "7": "27",
    "8": "28",
    "9": "29",
    "21": "24",
}
"""What takes a mark back; bold and dim have one between them."""
ON_BLANKS: Final = frozenset({"4", "5", "7", "8", "9", "21", "53"})
"""Marks that show where there is no letter, or make the ink show."""


class Style(NamedTuple):
    """What a style sequence sets, counted from a reset."""

    ink: str = "39"
    ground: str = "49"
    marks: frozenset[str] = frozenset()
    """Bold, dim, reverse and the like, as their numbers."""


PLAIN: Final = Style()


@lru_cache(maxsize=2_048)
def layered(below: Style, codes: str) -> Style:
    """`below` after a style sequence with these numbers."""
    style, numbers = below, codes.split(";") if codes else [""]
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
            style = PLAIN
        elif len(head) >= 2 and head[-2] in "39":
            style = style._replace(ink=head)
        elif len(head) >= 2 and head[-2] in "40":
            style = style._replace(ground=head)
        else:
            style = style._replace(marks=style.marks | {head})
    return style


@lru_cache(maxsize=4_096)
def blank(style: Style) -> Style:
    """What of `style` shows where there is no letter."""
    return style if style.marks & ON_BLANKS else Style(ground=style.ground)


@lru_cache(maxsize=2_048)
def change(old: Style, new: Style) -> str:
    """The shortest sequence from one style to another; empty where they are one."""
    if old == new:
        return ""
    if new == PLAIN:
        return "\x1b[0m"
    gone = old.marks - new.marks
    fresh = ["0", *sorted(new.marks)]
    fresh += [new.ink] * (new.ink != PLAIN.ink) + [new.ground] * (new.ground != PLAIN.ground)
    if not gone <= ENDS.keys():
        return f"\x1b[{';'.join(fresh)}m"
    ended = sorted({ENDS[mark] for mark in gone})
    kept = {mark for mark in old.marks if ENDS.get(mark) not in ended}
    codes = ended + sorted(new.marks - kept)
    codes += [new.ink] * (new.ink != old.ink) + [new.ground] * (new.ground != old.ground)
    return min((f"\x1b[{';'.join(one)}m" for one in (codes, fresh)), key=len)
