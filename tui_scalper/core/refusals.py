"""Refusals: every named reason why the engine does not do what was asked or proposed."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """Names are stable: analytics and documents count by them."""

    STARTING = "starting"
    REDUCING = "reducing"
    HALTED = "halted"
    DAY_OVER = "day_over"
    DISARMED = "disarmed"
    KILLED = "killed"
    PAUSED = "paused"
    OLD_KEY = "old_key"
    OLD_SCREEN = "old_screen"
    WRONG_WORD = "wrong_word"
    NOT_STAGED = "not_staged"
    NO_SIGNAL = "no_signal"
    UNKNOWN_STOCK = "unknown_stock"
    LINK_DOWN = "link_down"
    STALE_BOOK = "stale_book"
    BAD_BOOK = "bad_book"
    SESSION = "session"
    PRICE_MOVED = "price_moved"
    NOT_LISTED = "not_listed"
    DENIED = "denied"
    RESTRICTED = "restricted"
    SPIKE = "spike"
    REGIME = "regime"
    DAILY_TRADES = "daily_trades"
    DAILY_ORDERS = "daily_orders"
    REPEATED = "repeated"
    SKIPPED = "skipped"
    BY_HAND_ONLY = "by_hand_only"
    DUPLICATE = "duplicate"
    OPEN_ORDERS = "open_orders"
    DAILY_LOSS = "daily_loss"
    MAX_POSITIONS = "max_positions"
    HELD = "held"
    ORDER_UNKNOWN = "order_unknown"
    ORDER_UNREADABLE = "order_unreadable"
    TRADES_DIFFER = "trades_differ"
    FUNDS_UNKNOWN = "funds_unknown"
    TOO_SMALL = "too_small"
    MOST = "most"
    ODD_LOT = "odd_lot"
    TEST_LOT = "test_lot"
    MAX_QUANTITY = "max_quantity"
    MAX_NOTIONAL = "max_notional"
    STOCK_NOTIONAL = "stock_notional"
    SECTOR_NOTIONAL = "sector_notional"
    GROSS_NOTIONAL = "gross_notional"
    FUNDS = "funds"
    OFF_TICK = "off_tick"
    PRICE_COLLAR = "price_collar"
    PRICE_AWAY = "price_away"
    DAY_RANGE = "day_range"
    CIRCUIT = "circuit"
    SHALLOW_BOOK = "shallow_book"
    THIN_BOOK = "thin_book"
    SLIPPAGE = "slippage"
    TIGHT_STOP = "tight_stop"
    COARSE_TICK = "coarse_tick"
    ORDER_RATE = "order_rate"
    MINUTE_RATE = "minute_rate"
    DAY_RATE = "day_rate"
    NO_POSITION = "no_position"
    REVERSE_OFF = "reverse_off"
    NOT_POSSIBLE = "not_possible"
    BROKER = "broker"


REFUSAL_TEXT: dict[Refusal, str] = {
    Refusal.STARTING: "the broker's books are not compared with ours yet",
    Refusal.REDUCING: "a loss limit was reached: exits only until it is reset",
    Refusal.HALTED: "trading is halted: exits only until it is reset",
    Refusal.DAY_OVER: "the day of this run is over: log in and start the console again",
    Refusal.DISARMED: "console is disarmed; arm it first",
    Refusal.KILLED: "kill latch is set; reset it first",
    Refusal.PAUSED: "entries are paused; resume first",
    Refusal.OLD_KEY: "the key grew old on the way; press it again",
    Refusal.OLD_SCREEN: "the screen the key was pressed by is too old; look again",
    Refusal.WRONG_WORD: "the typed word does not match",
    Refusal.NOT_STAGED: "nothing is staged, or not this one any more",
    Refusal.NO_SIGNAL: "no signal to trade",
    Refusal.UNKNOWN_STOCK: "no such stock in the universe",
    Refusal.LINK_DOWN: "market data is not live",
    Refusal.STALE_BOOK: "the book is stale",
    Refusal.BAD_BOOK: "the book is empty, crossed or not in session",
    Refusal.SESSION: "the session takes no entries now",
    Refusal.PRICE_MOVED: "the price moved away since staging",
    Refusal.NOT_LISTED: "not on the list of stocks allowed",
    Refusal.DENIED: "on the list of stocks never entered",
    Refusal.RESTRICTED: "on the list of stocks restricted today",
    Refusal.SPIKE: "the price moved too fast; the stock rests",
    Refusal.REGIME: "many stocks jump at once; every stock rests",
    Refusal.DAILY_TRADES: "daily trade limit reached",
    Refusal.DAILY_ORDERS: "daily order limit reached",
    Refusal.REPEATED: "entered often enough today; only a person may again",
    Refusal.SKIPPED: "skipped for today by the operator",
    Refusal.BY_HAND_ONLY: "auto is off for this stock; only a person may enter it",
    Refusal.DUPLICATE: "the same entry left a moment ago",
    Refusal.OPEN_ORDERS: "as many open orders as allowed",
    Refusal.DAILY_LOSS: "daily loss limit reached",
    Refusal.MAX_POSITIONS: "as many positions as allowed",
    Refusal.HELD: "a position or an order in this stock exists",
    Refusal.ORDER_UNKNOWN: "an order of this stock is in an unknown state",
    Refusal.ORDER_UNREADABLE: "an order that may be of this stock cannot be read in the book",
    Refusal.TRADES_DIFFER: "orders and trades of the broker say different fills of this stock",
    Refusal.FUNDS_UNKNOWN: "the broker has not reported funds yet",
    Refusal.TOO_SMALL: "the capital share buys less than one lot",
    Refusal.MOST: "no fewer than a lot, no more than the capital share buys",
    Refusal.ODD_LOT: "not a whole number of lots",
    Refusal.TEST_LOT: "TEST takes exactly one lot",
    Refusal.MAX_QUANTITY: "order quantity above the limit",
    Refusal.MAX_NOTIONAL: "order value above the limit",
    Refusal.STOCK_NOTIONAL: "exposure in this stock above the limit",
    Refusal.SECTOR_NOTIONAL: "exposure in this industry above the limit",
    Refusal.GROSS_NOTIONAL: "total exposure above the limit",
    Refusal.FUNDS: "not enough funds for this order",
    Refusal.OFF_TICK: "the price is not on the stock's tick",
    Refusal.PRICE_COLLAR: "the price is beyond the collar around the best",
    Refusal.PRICE_AWAY: "the price is too far from the last one",
    Refusal.DAY_RANGE: "the price is too far outside the day's range",
    Refusal.CIRCUIT: "too near a circuit limit of the day, or its stop would lie beyond one",
    Refusal.SHALLOW_BOOK: "the five levels hold too little for this quantity",
    Refusal.THIN_BOOK: "the visible book cannot fill it inside the collar",
    Refusal.SLIPPAGE: "expected slippage above the limit",
    Refusal.TIGHT_STOP: "the stop would stand inside the spread",
    Refusal.COARSE_TICK: "the tick leaves no price for its stop or target",
    Refusal.ORDER_RATE: "order rate limit; wait a moment",
    Refusal.MINUTE_RATE: "order limit of a minute; wait a while",
    Refusal.DAY_RATE: "order limit of the day; exits only",
    Refusal.NO_POSITION: "no position there",
    Refusal.REVERSE_OFF: "reversing is off (operator.reverse = true turns it on)",
    Refusal.NOT_POSSIBLE: "not possible at this price",
    Refusal.BROKER: "the broker refused it",
}
"""A short text for each refusal, as the console shows it."""
