"""A stock's explanation in blocks of lines: verdict, entry, thresholds, witnesses, readings.

A line is one column wide; each begins with a glyph that says how it stands, so that the
blocks can be read without colour.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from tui_scalper.core.explanation import (
    BoundSaid,
    Explanation,
    ReadingSaid,
    Stand,
    WitnessSaid,
    WouldEnter,
)
from tui_scalper.core.units import Side
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, Span, fit
from tui_scalper.widgets.palette import Role

SIGN: Final = {"at least": ">=", "at most": "<=", "above": ">", "below": "<"}
STAND_FACE: Final = {
    Stand.CONFIRMS: ("✓", Role.GOOD),
    Stand.AGAINST: ("✗", Role.TEXT),
    Stand.SILENT: ("·", Role.DIM),
}
SPEAKS: Final = {Side.BUY: ("▲", Role.BID), Side.SELL: ("▼", Role.ASK), None: ("·", Role.DIM)}
ROLE_LETTER: Final = {"inform": "i", "confirm": "c", "block": "b"}
REFUSALS_SHOWN: Final = 4
NUMBER: Final = 6
LEAST_WORDS: Final = 8
LIMIT: Final = 11
"""Cells of a limit and its unit."""
UNIT: Final = 8


def verdict(said: Explanation, currency: str, width: int) -> Iterator[Line]:
    """Whether it is a signal, what stops it and what that would need, and the race."""
    if said.is_signal:
        yield (("✓ ", Role.GOOD), (f"a signal for {text.age(said.signal_age_ns)}", Role.GOOD))
    needs = {one.gate: one for one in said.bounds} | {one.name: one for one in said.witnesses}
    for blocker in said.blockers:
        yield from _worded(("✗ ", Role.WARN), blocker.text, Role.STRONG, width)
        if need := needs.get(blocker.name):
            yield ((f"    is {_needed(need)}", Role.TEXT),)
    yield from _worded(("≡ ", Role.INFO), _race(said), Role.TEXT, width)
    yield from _rests(said)
    for refusal in said.refusals[:REFUSALS_SHOWN]:
        yield from _worded(("‖ ", Role.WARN), refusal.text, Role.TEXT, width)
    if (more := len(said.refusals) - REFUSALS_SHOWN) > 0:
        yield ((f"‖ and {more} controls more", Role.TEXT),)
    if said.entry is not None:
        yield from _entry(said.entry, currency)


def _worded(sign: Span, words: str, role: Role, width: int) -> Iterator[Line]:
    """A sign and words, on as many lines as they take."""
    parts = wrap(words, max(width - len(sign[0]), LEAST_WORDS))
    for part in parts:
        yield (sign if part is parts[0] else (" " * len(sign[0]), role), (part, role))


def _needed(one: BoundSaid | WitnessSaid) -> str:
    limit = f"{SIGN.get(one.relation, one.relation)} {text.reading(one.limit)} {one.unit}".rstrip()
    return f"{text.reading(one.value)}, needs {limit}"


def _race(said: Explanation) -> str:
    race = said.race
    if not race.leader:
        return "nobody leads"
    leads = "leads" if race.leads else f"{race.leader} leads"
    place = f"place {race.place}" if race.place else "not in the race"
    return f"{leads}, {place} of {race.signals}"


def _rests(said: Explanation) -> Iterator[Line]:
    for ns, words in (
        (said.regime.rests_ns, "rests after a jump"),
        (said.regime.market_rests_ns, "all stocks rest"),
        (said.hold_ns, "cools down"),
    ):
        if ns:
            yield (("‖ ", Role.WARN), (f"{words}, {text.tenths(ns)} more", Role.TEXT))


def _entry(entry: WouldEnter, currency: str) -> Iterator[Line]:
    role = Role.BID_BEST if entry.side is Side.BUY else Role.ASK_BEST
    yield (
        (f"{text.SIDE_TEXT[entry.side]} {entry.quantity}", role),
        (f" @ {text.price(entry.limit)} = {text.money(entry.notional, currency)}", Role.TEXT),
    )
    yield (
        (f"  stop {text.price(entry.stop)} target {text.price(entry.target)}", Role.TEXT),
        (f" loss {text.money(entry.max_loss, currency)}", Role.TEXT),
    )


def thresholds(said: Explanation, width: int) -> list[Line]:
    """One line a gate that has a threshold."""
    return [
        _line(("✓", Role.GOOD) if one.open else ("✗", Role.WARN), one.name, one, width)
        for one in said.bounds
    ]


def witnesses(said: Explanation, width: int) -> list[Line]:
    """One line a witness; those that count stand first."""
    counting = sorted(said.witnesses, key=lambda one: one.role == "inform")
    return [_line(_stand(one), _named(one), one, width) for one in counting]


def _stand(one: WitnessSaid) -> tuple[str, Role]:
    return ("✗", Role.WARN) if one.blocks else STAND_FACE[one.stand]


def _named(one: WitnessSaid) -> str:
    return f"{ROLE_LETTER.get(one.role, one.role[:1])} {one.name}"


def _line(face: tuple[str, Role], name: str, one: BoundSaid | WitnessSaid, width: int) -> Line:
    glyph, role = face
    room = max(width - NUMBER - LIMIT - 7, 4)
    sign = SIGN.get(one.relation, one.relation[:1])
    limit = text.cut(f"{text.reading(one.limit)} {one.unit}", LIMIT)
    shown = Role.DIM if one.value is None else Role.TEXT
    return fit(
        (
            (f"{glyph} ", role),
            (f"{text.cut(name, room):<{room}}", role if role is Role.WARN else shown),
            (f" {text.reading(one.value):>{NUMBER}} {sign:>2} {limit}", shown),
        ),
        width,
        Role.TEXT,
    )


def readings(said: Explanation, width: int) -> list[Line]:
    """One line a reading, with the side it speaks for."""
    return [_reading(one, width) for one in said.readings]


def _reading(one: ReadingSaid, width: int) -> Line:
    room = max(width - 2 - NUMBER - UNIT - 2, 4)
    name, unit = text.cut(one.name, room), text.cut(one.unit, UNIT)
    words = f"{name:<{room}} {text.reading(one.value):>{NUMBER}} {unit}"
    glyph, role = SPEAKS[one.side]
    shown = Role.DIM if one.value is None else Role.TEXT
    return fit(((f"{glyph} ", role), (words, shown)), width, Role.TEXT)
