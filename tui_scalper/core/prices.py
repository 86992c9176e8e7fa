"""Prices of entries, stops, targets and exits: integer paise on the exchange's tick.

No price is ever below one tick: exchanges take none, and a 0 would say that there is no price.
Where that leaves an entry without a place for its stop or target, core.room says so.
"""

from __future__ import annotations

from enum import StrEnum

from tui_scalper.core.units import BP, Side, ceil_div, ceil_to_tick, floor_div, floor_to_tick


class Pricing(StrEnum):
    """How the limit price of an entry comes about."""

    TAKE = "take"
    """Through the best of the other side, as far as the collar: it trades at once or goes."""
    JOIN = "join"
    """At the best of its own side, wherever that is until it is sent: it waits in the queue."""
    LIMIT = "limit"
    """As the operator set it."""


def collared(best: int, side: Side, collar_bp: int, tick: int) -> int:
    """Limit price of a marketable order: `best` of the other side plus a collar.

    On the tick, and never short of `best`; beyond the collar only where no tick lies inside.
    """
    if side is Side.BUY:
        edge = floor_to_tick(floor_div(best * (BP + collar_bp), BP), tick)
        return max(edge, ceil_to_tick(best, tick))
    edge = ceil_to_tick(ceil_div(best * (BP - collar_bp), BP), tick)
    return min(edge, floor_to_tick(best, tick))


def nearer(one: int, other: int, side: Side) -> int:
    """Of two limit prices of an order on `side` the one that gives away less."""
    return min(one, other) if side is Side.BUY else max(one, other)


def stop_trigger(value: int, quantity: int, side: Side, stop_bp: int, tick: int) -> int:
    """Trigger of the stop of a position that paid `value` paise for `quantity` shares.

    Rounded towards the entry, so that the stop never risks more than `stop_bp`, and at
    least one tick away from the average entry price.
    """
    if side is Side.BUY:
        exact = ceil_div(value * (BP - stop_bp), quantity * BP)
        return max(min(ceil_to_tick(exact, tick), _last_below(value, quantity, tick)), tick)
    exact = floor_div(value * (BP + stop_bp), quantity * BP)
    return max(floor_to_tick(exact, tick), _first_above(value, quantity, tick))


def trailed_stop(value: int, quantity: int, side: Side, gained_bp: int, tick: int) -> int:
    """Trigger of a stop that secures `gained_bp` of the average entry (negative: risks them).

    Rounded away from the market, so that it never stands closer than asked.
    """
    exact = value * (BP + side * gained_bp)
    if side is Side.BUY:
        return max(floor_to_tick(floor_div(exact, quantity * BP), tick), tick)
    return max(ceil_to_tick(ceil_div(exact, quantity * BP), tick), tick)


def target_price(value: int, quantity: int, side: Side, target_bp: int, tick: int) -> int:
    """Target of a position, rounded away from the entry: never less than `target_bp`."""
    if side is Side.BUY:
        return ceil_to_tick(ceil_div(value * (BP + target_bp), quantity * BP), tick)
    return max(floor_to_tick(floor_div(value * (BP - target_bp), quantity * BP), tick), tick)


def stop_limit(trigger: int, side: Side, gap_bp: int, tick: int) -> int:
    """Limit price of the exit order of a position on `side` whose stop triggers at `trigger`.

    On the fill side of the trigger, at least one tick beyond it where there is one.
    """
    gap = max(ceil_to_tick(ceil_div(trigger * gap_bp, BP), tick), tick)
    return max(trigger - side * gap, tick)


def _last_below(value: int, quantity: int, tick: int) -> int:
    return floor_to_tick(ceil_div(value, quantity) - 1, tick)


def _first_above(value: int, quantity: int, tick: int) -> int:
    return ceil_to_tick(floor_div(value, quantity) + 1, tick)
