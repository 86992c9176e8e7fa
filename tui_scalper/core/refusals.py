"""Refusals: every named reason why the engine does not do what was asked or proposed."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """Names are stable: analytics and documents count by them."""

    STARTING = "starting"
    REDUCING = "reducing"
    HALTED = "halted"
    DISARMED = "disarmed"
    KILLED = "killed"
    PAUSED = "paused"
    OLD_KEY = "old_key"
    WRONG_WORD = "wrong_word"
    NOT_STAGED = "not_staged"
    NO_SIGNAL = "no_signal"
    UNKNOWN_STOCK = "unknown_stock"
    LINK_DOWN = "link_down"
    STALE_BOOK = "stale_book"
    BAD_BOOK = "bad_book"
    SESSION = "session"
    PRICE_MOVED = "price_moved"
    DAILY_TRADES = "daily_trades"
    DAILY_LOSS = "daily_loss"
    MAX_POSITIONS = "max_positions"
    HELD = "held"
    ORDER_UNKNOWN = "order_unknown"
    FUNDS_UNKNOWN = "funds_unknown"
    TOO_SMALL = "too_small"
    MAX_NOTIONAL = "max_notional"
    GROSS_NOTIONAL = "gross_notional"
    FUNDS = "funds"
    THIN_BOOK = "thin_book"
    SLIPPAGE = "slippage"
    TIGHT_STOP = "tight_stop"
    ORDER_RATE = "order_rate"
    NO_POSITION = "no_position"
    NOT_POSSIBLE = "not_possible"
    BROKER = "broker"


REFUSAL_TEXT: dict[Refusal, str] = {
    Refusal.STARTING: "the broker's books are not compared with ours yet",
    Refusal.REDUCING: "a loss limit was reached: exits only until it is reset",
    Refusal.HALTED: "trading is halted: exits only until it is reset",
    Refusal.DISARMED: "console is disarmed; arm it first",
    Refusal.KILLED: "kill latch is set; reset it first",
    Refusal.PAUSED: "entries are paused; resume first",
    Refusal.OLD_KEY: "the key grew old on the way; press it again",
    Refusal.WRONG_WORD: "the typed word does not match",
    Refusal.NOT_STAGED: "nothing is staged, or not this one any more",
    Refusal.NO_SIGNAL: "no signal to trade",
    Refusal.UNKNOWN_STOCK: "no such stock in the universe",
    Refusal.LINK_DOWN: "market data is not live",
    Refusal.STALE_BOOK: "the book is stale",
    Refusal.BAD_BOOK: "the book is empty, crossed or not in session",
    Refusal.SESSION: "the session takes no entries now",
    Refusal.PRICE_MOVED: "the price moved away since staging",
    Refusal.DAILY_TRADES: "daily trade limit reached",
    Refusal.DAILY_LOSS: "daily loss limit reached",
    Refusal.MAX_POSITIONS: "as many positions as allowed",
    Refusal.HELD: "a position or an order in this stock exists",
    Refusal.ORDER_UNKNOWN: "an order of this stock is in an unknown state",
    Refusal.FUNDS_UNKNOWN: "the broker has not reported funds yet",
    Refusal.TOO_SMALL: "the capital share buys less than one lot",
    Refusal.MAX_NOTIONAL: "order value above the limit",
    Refusal.GROSS_NOTIONAL: "total exposure above the limit",
    Refusal.FUNDS: "not enough funds for this order",
    Refusal.THIN_BOOK: "the visible book cannot fill it inside the collar",
    Refusal.SLIPPAGE: "expected slippage above the limit",
    Refusal.TIGHT_STOP: "the stop would stand inside the spread",
    Refusal.ORDER_RATE: "order rate limit; wait a moment",
    Refusal.NO_POSITION: "no position there",
    Refusal.NOT_POSSIBLE: "not possible at this price",
    Refusal.BROKER: "the broker refused it",
}
"""A short text for each refusal, as the console shows it."""
