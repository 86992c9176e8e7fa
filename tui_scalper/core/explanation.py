"""What the engine knows and thinks of one stock at one moment, as frozen values to show.

Values are in the unit that stands beside them; None where nothing is known. Prices are
paise, times nanoseconds of the engine's clock.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tui_scalper.core.units import Side


class Stand(StrEnum):
    """What a witness says for the side the book leans to."""

    CONFIRMS = "confirms"
    AGAINST = "against"
    SILENT = "silent"
    """Its reading is not known, or the book leans nowhere."""


class ReadingSaid(msgspec.Struct, frozen=True, kw_only=True):
    """One reading (core.reading_table)."""

    name: str
    value: float | None
    unit: str
    window: str
    window_ns: int
    """How long the window is; 0 for one without a length."""
    side: Side | None
    """The side it speaks for; None for neither."""


class BoundSaid(msgspec.Struct, frozen=True, kw_only=True):
    """A gate's threshold in force (core.bounds), and what it is held against."""

    name: str
    gate: str
    value: float | None
    relation: str
    """How the value must stand to the limit: at least, at most, above."""
    limit: float
    configured: float
    """The limit of the settings; another one than `limit` only where it adapts."""
    unit: str
    open: bool
    """Whether the gate is open; what is not known closes none by itself."""


class WitnessSaid(msgspec.Struct, frozen=True, kw_only=True):
    """One witness (core.witnesses)."""

    name: str
    meaning: str
    role: str
    value: float | None
    relation: str
    limit: float
    configured: float
    unit: str
    stand: Stand
    blocks: bool
    """Whether it keeps the stock from being a signal now."""


class BlockerSaid(msgspec.Struct, frozen=True):
    """One closed gate."""

    name: str
    text: str


class RaceSaid(msgspec.Struct, frozen=True, kw_only=True):
    """Where the stock stands among the signals (core.race)."""

    signals: int
    """How many stocks are signals."""
    leader: str
    """Symbol of the one that would be proposed; empty without one."""
    leads: bool
    place: int
    """Place of this stock by strength among the signals that may be proposed; 0: it is none."""
    behind_ns: int
    """How long the leader has been behind somebody; 0 while it is in front."""


class WouldEnter(msgspec.Struct, frozen=True, kw_only=True):
    """The entry that would be proposed for the side the book leans to, and its bracket."""

    side: Side
    quantity: int
    limit: int
    notional: int
    stop: int
    target: int
    max_loss: int


class RefusalSaid(msgspec.Struct, frozen=True):
    """One control that would stop it."""

    name: str
    text: str


class RegimeSaid(msgspec.Struct, frozen=True, kw_only=True):
    """Pauses of this stock and of all of them (core.gating, core.regime)."""

    rests_ns: int
    """How long this stock still takes no entry after a jump; 0 when it may."""
    market_rests_ns: int
    """How long no stock does."""
    troubles: int
    """Stocks in which trouble began lately."""
    troubles_pause: int
    """So many of them pause all."""


class StreamSaid(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the stock the broker streams, and why."""

    stream: str
    """depth, quote or nothing, as subscribed; where nothing subscribes, as the last update was."""
    place: str
    """must, merit or round; empty where it has no place in depth."""


class LearningSaid(msgspec.Struct, frozen=True, kw_only=True):
    """How far the stock's own past is known (core.adapting), where thresholds follow it."""

    samples: int
    needed: int
    """Until so many the thresholds of the settings hold; a start begins with none."""

    @property
    def learnt(self) -> bool:
        """Whether thresholds follow it now."""
        return self.samples >= self.needed


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, of the stock `row` at `at_ns`."""

    at_ns: int
    row: int
    symbol: str
    side: Side | None
    """The side the book leans to."""
    is_signal: bool
    signal_age_ns: int
    """Since the signal began; -1 when there is none."""
    updates: int
    age_ns: int
    """Since its last update; -1 before the first."""
    ltp: int
    readings: tuple[ReadingSaid, ...]
    bounds: tuple[BoundSaid, ...]
    witnesses: tuple[WitnessSaid, ...]
    blockers: tuple[BlockerSaid, ...]
    confirmed: int
    needed: int
    race: RaceSaid
    held: str
    """Why the engine would not trade the signal now; empty when it would, or without one."""
    hold_ns: int
    """How long the stock still rests after a trade or a refusal; 0 when it does not."""
    entry: WouldEnter | None
    """None while the book leans nowhere or has nobody to trade with."""
    refusals: tuple[RefusalSaid, ...]
    """Every control that would stop the entry now; the first is the one that would be said."""
    regime: RegimeSaid
    stream: StreamSaid
    learning: LearningSaid | None
    """None where thresholds are those of the settings."""
