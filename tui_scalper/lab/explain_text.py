"""An explanation of a stock as aligned lines to read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from tui_scalper.core.explanation import (
    BoundSaid,
    Explanation,
    LearningSaid,
    RaceSaid,
    ReadingSaid,
    Stand,
    WitnessSaid,
)
from tui_scalper.core.units import MS, NS, Side, rupees
from tui_scalper.core.witnesses import Role
from tui_scalper.lab.day_text import UNKNOWN, clock

SMALL: Final = 1.0
"""Below this, a number shows its leading digits; from it on, three decimals."""


def explain_text(said: Explanation, utc_offset: int) -> str:
    """Everything `said`, one idea a paragraph; times by the venue's clock."""
    parts = (
        _head(said, utc_offset),
        _titled("blocked by", [(one.name, one.text) for one in said.blockers]),
        _around(said),
        _entry(said),
        _titled("the entry would be refused", [(one.name, one.text) for one in said.refusals]),
        _titled(_thresholds(said.learning), [_bound(one) for one in said.bounds]),
        _titled("witnesses", [_witness(one) for one in said.witnesses]),
        _titled("readings", [_reading(one) for one in said.readings]),
    )
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _thresholds(learning: LearningSaid | None) -> str:
    """The title of the thresholds: whose they are, where they adapt."""
    if learning is None:
        return "thresholds"
    if learning.learnt:
        return "thresholds of this stock"
    return (
        f"thresholds of the settings, until {learning.needed} samples of this stock; "
        f"{learning.samples} so far"
    )


def number(value: float | None) -> str:
    """A reading as a person reads it; a dash when it is not known."""
    if value is None:
        return UNKNOWN
    if math.isinf(value):
        return "endless"
    if value == int(value):
        return f"{int(value):,}"
    if abs(value) < SMALL:
        return f"{value:.4g}"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells under each other, two blanks in front and between; numbers to the right."""
    widths = (
        [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    )
    right = [all(_is_number(row[column]) for row in rows) for column in range(len(widths))]
    return [
        "".join(
            f"  {cell:>{width}}" if to_right else f"  {cell:<{width}}"
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


def _is_number(cell: str) -> bool:
    return cell in ("", UNKNOWN, "endless") or cell.lstrip("-").replace(",", "")[:1].isdigit()


def _titled(title: str, rows: Iterable[Sequence[str]]) -> list[str]:
    lines = table(list(rows))
    return [title, *lines] if lines else []


def seconds(ns: int) -> str:
    """A span of time in seconds."""
    return f"{ns / NS:,.1f} s"


def side_word(side: Side | None) -> str:
    """Whom a reading speaks for."""
    return "" if side is None else "buyers" if side is Side.BUY else "sellers"


# -- paragraphs --------------------------------------------------------------------------------


def _head(said: Explanation, utc_offset: int) -> list[str]:
    at = f"{clock(said.at_ns, utc_offset, date=True)}.{said.at_ns // MS % 1000:03}"
    age = f"book {seconds(said.age_ns)} old" if said.age_ns >= 0 else _no_book(said)
    stream = f"{said.stream.stream} {said.stream.place}".rstrip()
    lines = [
        f"{said.symbol} at {at}: last {rupees(said.ltp)}, {said.updates:,} updates, {age}, "
        f"streamed: {stream}"
    ]
    leaning = (
        "the book leans nowhere"
        if said.side is None
        else f"the book leans to {side_word(said.side)}"
    )
    since = f" for {seconds(said.signal_age_ns)}" if said.signal_age_ns >= 0 else ""
    state = f"a signal{since}" if said.is_signal else "no signal"
    need = f", {said.needed} needed" if said.needed else ", none needed"
    return [*lines, f"{state}; {leaning}; {said.confirmed} confirmations{need}"]


def _no_book(said: Explanation) -> str:
    """A last price outlives the book it came with."""
    return "its book was lost" if said.ltp > 0 else "no book yet"


def _around(said: Explanation) -> list[str]:
    regime = said.regime
    rests = f"rests {seconds(regime.rests_ns)} more after a jump" if regime.rests_ns else "calm"
    market = (
        f"all rest {seconds(regime.market_rests_ns)} more" if regime.market_rests_ns else "calm"
    )
    rows = [
        ("race", _race(said.race)),
        ("stock", rests),
        ("market", f"{market}; {regime.troubles} in trouble, {regime.troubles_pause} pause all"),
        ("cooldown", f"{seconds(said.hold_ns)} more" if said.hold_ns else "none"),
        ("held back", said.held or "no"),
    ]
    return ["around it", *table(rows)]


def _race(race: RaceSaid) -> str:
    if not race.leader:
        return f"nobody leads; {race.signals} signals"
    mine = f"place {race.place}" if race.place else "not in the race"
    behind = f", behind another for {seconds(race.behind_ns)}" if race.behind_ns else ""
    leads = "this one leads" if race.leads else f"{race.leader} leads"
    return f"{leads}{behind}; {mine} of {race.signals} signals"


def _entry(said: Explanation) -> list[str]:
    entry = said.entry
    if entry is None:
        return []
    rows = [
        ("value", rupees(entry.notional)),
        ("stop", rupees(entry.stop)),
        ("target", rupees(entry.target)),
        ("most lost", rupees(entry.max_loss)),
    ]
    order = f"{entry.side.name} {entry.quantity:,} at {rupees(entry.limit)} or better"
    return [f"the entry would be {order}", *table(rows)]


def _bound(one: BoundSaid) -> tuple[str, ...]:
    moved = f"settings: {number(one.configured)}" if one.configured != one.limit else ""
    state = "open" if one.open else f"closed: {one.gate}"
    return (one.name, number(one.value), one.relation, number(one.limit), one.unit, state, moved)


def _witness(one: WitnessSaid) -> tuple[str, ...]:
    moved = f"settings: {number(one.configured)}" if one.configured != one.limit else ""
    agrees = one.stand is Stand.CONFIRMS and one.role != Role.CONFIRM
    stand = "agrees" if agrees else f"{one.stand.value}{', blocks' if one.blocks else ''}"
    return (
        one.name,
        one.role,
        number(one.value),
        one.relation,
        number(one.limit),
        one.unit,
        stand,
        moved,
    )


def _reading(one: ReadingSaid) -> tuple[str, ...]:
    window = f"{one.window} {one.window_ns / NS:g} s" if one.window_ns else one.window
    return (one.name, number(one.value), one.unit, window, side_word(one.side))
