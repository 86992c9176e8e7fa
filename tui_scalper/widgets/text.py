"""Numbers as a trader reads them: prices, quantities, ages, clocks, bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from tui_scalper.core.units import NS, PPM, Side, rupees

EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
SIDE_TEXT: Final = {Side.BUY: "▲ BUY", Side.SELL: "▼ SELL"}
DAY_SECONDS: Final = 86_400


@lru_cache(maxsize=2048)
def price(paise: int) -> str:
    """A price with two places, e.g. ``1567.20``."""
    return rupees(paise)


@lru_cache(maxsize=4096)
def grouped(number: int, *, indian: bool) -> str:
    """A whole number in groups: ``1,88,064`` the Indian way, ``188,064`` otherwise."""
    if not indian:
        return f"{number:,}"
    sign, digits = ("-" if number < 0 else ""), str(abs(number))
    head, tail = digits[:-3], digits[-3:]
    groups: list[str] = []
    while head:
        groups.append(head[-2:])
        head = head[:-2]
    return sign + ",".join([*reversed(groups), tail])


def counted(number: int, what: str) -> str:
    """So many of something, e.g. ``1 price``, ``2 prices``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def money(paise: int, currency: str) -> str:
    """Whole currency units, grouped; the sign stands in front."""
    whole = abs(paise) // 100
    return grouped(-whole if paise < 0 else whole, indian=currency == "INR")


def signed(paise: int) -> str:
    """Profit or loss with its sign always shown, e.g. ``+120.50``."""
    return f"+{rupees(paise)}" if paise > 0 else rupees(paise)


@lru_cache(maxsize=2048)
def quantity(shares: int) -> str:
    """At most five characters: ``950``, ``12345``, ``1.23M``."""
    if shares < 100_000:
        return str(shares)
    if shares < 1_000_000:
        return f"{shares // 1000}k"
    if shares < 10_000_000:
        return f"{shares // 10_000 / 100:.2f}M"
    if shares < 1_000_000_000:
        return f"{shares // 1_000_000}M"
    return f"{shares // 1_000_000_000}G"


@lru_cache(maxsize=4096)
def change(shares: int) -> str:
    """A change of quantity with its sign, at most six characters; empty for none."""
    if not shares:
        return ""
    return f"{'+' if shares > 0 else '-'}{quantity(abs(shares))}"


def cut(words: str, width: int) -> str:
    """At most `width` characters; an ellipsis says that some are missing."""
    return words if len(words) <= width else f"{words[: max(width - 1, 0)]}…"


LEAST_PLACE: Final = 0.0005
LEAST_TOLD: Final = 1e-9


def reading(value: float | None) -> str:
    """A reading below 10^13 in at most six characters; a dash when it is not known.

    One that three places would round to nothing is told by its power of ten, from 10^-9 on.
    """
    if value is None:
        return "-"
    size = abs(value)
    if size >= 10_000:
        many = "∞" if math.isinf(value) else quantity(int(size))
        return f"-{many}" if value < 0 else many
    if value == int(value) or size >= 1_000:
        return f"{value:.0f}"
    if size < LEAST_PLACE:
        return f"{value:.0e}" if size >= LEAST_TOLD else "0"
    return f"{value:.{3 if size < 1 else 2 if size < 10 else 1 if size < 100 else 0}f}"


SPARKS: Final = "▁▂▃▄▅▆▇█"


def spark(values: Sequence[float], width: int) -> str:
    """The last `width` values as blocks between their least and their greatest."""
    shown = values[-width:]
    if not shown:
        return " " * width
    low, high = min(shown), max(shown)
    span = (high - low) or 1
    top = len(SPARKS) - 1
    blocks = "".join(SPARKS[round((value - low) / span * top)] for value in shown)
    return blocks.rjust(width)


def orders(count: int) -> str:
    """At most three characters: ``12``, ``950``, ``65k``."""
    return str(count) if count < 1000 else f"{min(count // 1000, 99)}k"


def percent(ppm: int) -> str:
    """Whole percent of a share given in parts per million; a dash when undefined."""
    return f"{round(ppm * 100 / PPM)}%" if ppm >= 0 else "-"


def ratio(over: int, under: int) -> str:
    """`over` divided by `under` in at most four characters; a dash when undefined."""
    if under <= 0 or over < 0:
        return "-"
    value = over / under
    if value < 10:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 100 else f"{min(value, 9999):.0f}"


def age(ns: int) -> str:
    """At most four characters: ``<1s``, ``45s``, ``12m``, ``3h``; a dash for never.

    Whole seconds, so that a quiet screen stays quiet.
    """
    if ns < 0:
        return "-"
    seconds = ns // NS
    if seconds < 1:
        return "<1s"
    if seconds < 100:
        return f"{seconds}s"
    return f"{seconds // 60}m" if seconds < 6000 else f"{min(seconds // 3600, 999)}h"


def coarse_age(ns: int) -> str:
    """As `age`, but a young one in steps: ``<.2s``, ``<.5s``, ``<1s``."""
    if 0 <= ns < NS // 2:
        return "<.2s" if ns < NS // 5 else "<.5s"
    return age(ns)


def tenths(ns: int) -> str:
    """Seconds with one place, e.g. ``4.2s``; a dash for never."""
    return f"{ns // (NS // 10) / 10:.1f}s" if ns >= 0 else "-"


def countdown(ns: int) -> str:
    """Minutes and seconds, e.g. ``04:12``; never below zero."""
    seconds = max(ns, 0) // NS
    minutes, rest = divmod(seconds, 60)
    return f"{min(minutes, 99):02d}:{rest:02d}"


def clock(at_ns: int, utc_offset: int) -> str:
    """Time of day at the venue, ``HH:MM:SS``."""
    seconds = (at_ns + utc_offset) // NS % DAY_SECONDS
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def latency(ns: int) -> str:
    """A short duration in its own unit: ``8us``, ``1.2ms``, ``340ms``, ``2.1s``."""
    if ns < 0:
        return "-"
    if ns < 1_000_000:
        return f"{ns // 1000}us"
    if ns < 10_000_000:
        return f"{ns / 1e6:.1f}ms"
    return f"{ns // 1_000_000}ms" if ns < NS else f"{min(ns / NS, 9999):.1f}s"


@lru_cache(maxsize=4096)
def bar(eighths: int, width: int) -> str:
    """A bar growing to the right in eighths of a cell, `width` cells long."""
    full, part = divmod(max(0, min(eighths, width * 8)), 8)
    return ("█" * full + (EIGHTHS[part] if part else "")).ljust(width)


@lru_cache(maxsize=4096)
def left_bar(eighths: int, width: int) -> str:
    """A bar growing to the left; terminals have right-hand glyphs for an eighth and a half."""
    full, part = divmod(max(0, min(eighths, width * 8)), 8)
    tip = "" if part == 0 else "▕" if part < 4 else "▐"
    return (tip + "█" * full).rjust(width)


def halves(used: int, allowed: int, width: int) -> int:
    """Half cells that `used` fills of `width` cells when `allowed` fills them all.

    Anything above zero shows at least one; nothing allowed shows full.
    """
    most = 2 * width
    if allowed <= 0:
        return most
    return min(max(used * most // allowed, 1 if used > 0 else 0), most)


def rule(half_cells: int) -> str:
    """A thin bar of so many halves of a cell."""
    return "━" * (half_cells // 2) + "╸" * (half_cells % 2)


def share_of(value: int, largest: int, width: int) -> int:
    """Eighths of a cell that `value` fills of `width` cells when `largest` fills them all.

    Anything above zero shows at least one eighth.
    """
    if value <= 0 or largest <= 0:
        return 0
    return max(1, value * width * 8 // largest)
