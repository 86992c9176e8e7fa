"""The controls an entry must pass, as one table: what each is called and when it refuses.

Every check is a pure question about a proposal, the standing of the account and the row of
the market table; core.risk asks them in the order of the table.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.circuit import is_cramped
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.depth import best_price
from tui_scalper.core.gates import Gate
from tui_scalper.core.instruments import Instrument
from tui_scalper.core.pacing import Span
from tui_scalper.core.prices import Pricing, collared
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.room import has_room
from tui_scalper.core.sent import Entries
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import BP, Side


class Sender(StrEnum):
    """Who wants an entry sent."""

    PERSON = "person"
    ENGINE = "engine"


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """An entry somebody wants: `quantity` shares of `row`, no worse than `limit` paise."""

    row: int
    side: Side
    quantity: int
    limit: int
    sender: Sender = Sender.PERSON
    pricing: Pricing = Pricing.TAKE

    @property
    def notional(self) -> int:
        """Most it can cost, paise."""
        return self.quantity * self.limit


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where the account stands when a proposal is judged. Money in paise.

    Orders in an unknown state count as if they were live and would fill.
    """

    now_ns: int
    instrument: Instrument
    """The proposed stock."""
    link_live: bool
    session_open: bool
    funds: int | None
    reserved: int
    """Notional of entries the reported funds may not know of yet."""
    trades: int
    orders: int
    """New orders sent today."""
    entries: Entries | None
    """Today's entries of the proposed stock."""
    positions: int
    open_orders: int
    exposure: int
    """Notional of the proposed stock, held or still able to fill."""
    gross: int
    """The same of all stocks, whoever traded them."""
    day_result: int
    """Realised plus open profit after costs."""
    held: bool
    """A position or a live order in the proposed stock exists."""
    unknown: bool
    """An order in the proposed stock is in an unknown state."""
    calm_ns: int
    """No entry in any stock before this time: too many were in trouble at once."""
    full: Span | None
    """The order rate window an entry must wait for; None when it need not."""
    sector: int = 0
    """The same of all stocks of the proposed one's industry; 0 where that is unknown."""
    unreadable: bool = False
    """An order the broker lists, which may be of the proposed stock, cannot be read."""
    trades_differ: bool = False
    """By the broker's trades an order of the proposed stock filled otherwise."""
    skipped: bool = False
    """The operator wants nobody to enter the proposed stock today."""
    by_hand_only: bool = False
    """The operator wants the engine not to enter it by itself."""


Row = NDArray[np.int64]
Check = Callable[[EngineConfig, Proposal, Standing, Row], bool]

BOOK_GATES: Final = int(
    Gate.NO_DATA | Gate.EMPTY_SIDE | Gate.CROSSED | Gate.LTP_RANGE | Gate.SESSION
)
"""Gates that make a book unfit for any entry, signal or not."""
STALE: Final = int(Gate.STALE)


def _stale(config: EngineConfig, _: Proposal, at: Standing, row: Row) -> bool:
    late = bool(int(row[c.BLOCKERS]) & STALE)
    return late or at.now_ns - int(row[c.RECEIVED_NS]) > config.signals.max_lag_ns


def _not_listed(config: EngineConfig, _p: Proposal, at: Standing, _r: Row) -> bool:
    allowed = config.lists.allow
    return bool(allowed) and at.instrument.symbol not in allowed


def _by_hand_only(_: EngineConfig, proposal: Proposal, at: Standing, _r: Row) -> bool:
    return at.by_hand_only and proposal.sender is Sender.ENGINE


def _repeated(config: EngineConfig, proposal: Proposal, at: Standing, _: Row) -> bool:
    if proposal.sender is Sender.PERSON or at.entries is None:
        return False
    return at.entries.count >= config.risk.auto_entries


def _duplicate(config: EngineConfig, proposal: Proposal, at: Standing, _: Row) -> bool:
    last = at.entries
    if last is None or (last.side, last.quantity) != (proposal.side, proposal.quantity):
        return False
    return at.now_ns - last.sent_ns < config.risk.duplicate_ns


def _sector_full(config: EngineConfig, proposal: Proposal, at: Standing, _: Row) -> bool:
    known = at.instrument.industry != ""
    return known and at.sector + proposal.notional > config.risk.max_sector_notional


def _off_tick(_c: EngineConfig, proposal: Proposal, at: Standing, _r: Row) -> bool:
    return proposal.limit % at.instrument.tick != 0


def _no_room(config: EngineConfig, proposal: Proposal, at: Standing, row: Row) -> bool:
    """Whether it may fill at a price so low that its stop or target has none."""
    lowest = min(proposal.limit, best_price(row, proposal.side) or proposal.limit)
    return not has_room(lowest, proposal.side, config.protection, at.instrument.tick)


def _beyond_collar(config: EngineConfig, proposal: Proposal, at: Standing, row: Row) -> bool:
    best = best_price(row, proposal.side)
    edge = collared(best, proposal.side, config.entry.collar_bp, at.instrument.tick)
    return (proposal.limit - edge) * proposal.side > 0


def _far_from_last(config: EngineConfig, proposal: Proposal, _: Standing, row: Row) -> bool:
    last = int(row[c.LTP])
    return abs(proposal.limit - last) * BP > config.entry.max_from_last_bp * last


def _outside_range(config: EngineConfig, proposal: Proposal, _: Standing, row: Row) -> bool:
    """The bound that is known of every stock, whether its circuit limits are told or not."""
    low, high = int(row[c.LOW]), int(row[c.HIGH])
    if high <= 0:
        return False
    beyond = config.entry.max_beyond_range_bp
    above = (proposal.limit - high) * BP > beyond * high
    below = (low - proposal.limit) * BP > beyond * low
    return above or below


CHECKS: Final[tuple[tuple[Refusal, Check], ...]] = (
    (Refusal.LINK_DOWN, lambda _c, _p, at, _r: not at.link_live),
    (Refusal.SESSION, lambda _c, _p, at, _r: not at.session_open),
    (Refusal.STALE_BOOK, _stale),
    (Refusal.BAD_BOOK, lambda _c, _p, _a, row: bool(int(row[c.BLOCKERS]) & BOOK_GATES)),
    (Refusal.SPIKE, lambda _c, _p, at, row: at.now_ns < int(row[c.CALM_NS])),
    (Refusal.REGIME, lambda _c, _p, at, _r: at.now_ns < at.calm_ns),
    (Refusal.DENIED, lambda cf, _p, at, _r: at.instrument.symbol in cf.lists.deny),
    (Refusal.NOT_LISTED, _not_listed),
    (Refusal.RESTRICTED, lambda _c, _p, at, _r: at.instrument.restricted != ""),
    (Refusal.SKIPPED, lambda _c, _p, at, _r: at.skipped),
    (Refusal.BY_HAND_ONLY, _by_hand_only),
    (Refusal.ORDER_UNKNOWN, lambda _c, _p, at, _r: at.unknown),
    (Refusal.ORDER_UNREADABLE, lambda _c, _p, at, _r: at.unreadable),
    (Refusal.TRADES_DIFFER, lambda _c, _p, at, _r: at.trades_differ),
    (Refusal.HELD, lambda _c, _p, at, _r: at.held),
    (Refusal.DUPLICATE, _duplicate),
    (Refusal.REPEATED, _repeated),
    (Refusal.DAILY_TRADES, lambda cf, _p, at, _r: at.trades >= cf.risk.daily_trades),
    (Refusal.DAILY_ORDERS, lambda cf, _p, at, _r: at.orders >= cf.risk.daily_orders),
    (Refusal.DAILY_LOSS, lambda cf, _p, at, _r: at.day_result <= -cf.risk.daily_loss),
    (Refusal.MAX_POSITIONS, lambda cf, _p, at, _r: at.positions >= cf.risk.max_positions),
    (Refusal.OPEN_ORDERS, lambda cf, _p, at, _r: at.open_orders >= cf.risk.max_open_orders),
    (Refusal.FUNDS_UNKNOWN, lambda _c, _p, at, _r: at.funds is None),
    (Refusal.TOO_SMALL, lambda _c, p, _a, _r: p.quantity <= 0 or p.limit <= 0),
    (Refusal.ODD_LOT, lambda _c, p, at, _r: p.quantity % at.instrument.lot != 0),
    (
        Refusal.TEST_LOT,
        lambda cf, p, at, _r: cf.mode is Mode.TEST and p.quantity != at.instrument.lot,
    ),
    (Refusal.MAX_QUANTITY, lambda cf, p, _a, _r: p.quantity > cf.sizing.max_quantity),
    (Refusal.MAX_NOTIONAL, lambda cf, p, _a, _r: p.notional > cf.sizing.max_notional),
    (
        Refusal.STOCK_NOTIONAL,
        lambda cf, p, at, _r: at.exposure + p.notional > cf.risk.max_stock_notional,
    ),
    (Refusal.SECTOR_NOTIONAL, _sector_full),
    (
        Refusal.GROSS_NOTIONAL,
        lambda cf, p, at, _r: at.gross + p.notional > cf.risk.max_gross_notional,
    ),
    (Refusal.FUNDS, lambda _c, p, at, _r: p.notional > (at.funds or 0) - at.reserved),
    (Refusal.OFF_TICK, _off_tick),
    (Refusal.COARSE_TICK, _no_room),
    (Refusal.PRICE_COLLAR, _beyond_collar),
    (Refusal.PRICE_AWAY, _far_from_last),
    (Refusal.DAY_RANGE, _outside_range),
    (
        Refusal.CIRCUIT,
        lambda cf, p, at, row: is_cramped(cf, p.limit, p.side, row, at.instrument.tick),
    ),
    (Refusal.DAY_RATE, lambda _c, _p, at, _r: at.full is Span.DAY),
    (Refusal.MINUTE_RATE, lambda _c, _p, at, _r: at.full is Span.MINUTE),
    (Refusal.ORDER_RATE, lambda _c, _p, at, _r: at.full is Span.SECOND),
)
"""Controls in the order they are asked; each is True when it refuses."""
