"""Columns of the market table: one int64 row an instrument.

Prices are paise, quantities shares, times nanoseconds UTC, 0 where nothing is known.
The five levels of a side stand together, best first: ``BID_PRICE + level``.

Three writers, each with columns of its own: the wire decoder writes what the exchange
said, the evaluation kernel what follows from it, the engine what it wants to be woken for.
"""

from __future__ import annotations

from typing import Final

LEVELS: Final = 5

# What the exchange said.
LTP: Final = 0
LTQ: Final = 1
AVERAGE: Final = 2
VOLUME: Final = 3
TOTAL_BUY: Final = 4
TOTAL_SELL: Final = 5
OPEN: Final = 6
HIGH: Final = 7
LOW: Final = 8
CLOSE: Final = 9
TRADED_NS: Final = 10
EXCHANGE_NS: Final = 11
RECEIVED_NS: Final = 12
UPDATES: Final = 13
BID_PRICE: Final = 14
BID_QUANTITY: Final = 19
BID_ORDERS: Final = 24
ASK_PRICE: Final = 29
ASK_QUANTITY: Final = 34
ASK_ORDERS: Final = 39
MARKET_END: Final = 44
"""Columns below this one are the decoder's."""

# What follows from it.
BLOCKERS: Final = 44
"""Bit set of core.gates.Gate; 0 means the row is a signal."""
LEAN: Final = 45
"""+1 when the book leans to buyers, -1 to sellers, 0 when undefined."""
DOMINANCE: Final = 46
"""|2P - 1| in parts per million, P = total buy / (total buy + total sell)."""
BID_DEPTH: Final = 47
ASK_DEPTH: Final = 48
SIGNAL_NS: Final = 49
"""When the present signal began; 0 when there is none."""

SPAN_NS: Final = 50
"""When the span of last prices under way began; 0 before the first price."""
SPAN_LOW: Final = 51
SPAN_HIGH: Final = 52
"""Range of the last prices of the span under way."""
PAST_LOW: Final = 53
PAST_HIGH: Final = 54
"""Range of the span before it; 0 when there was none."""
CALM_NS: Final = 55
"""No entry before this time: the last price moved too far too fast."""

# What the engine wants.
TICK: Final = 56
HOLD_UNTIL_NS: Final = 57
"""No proposal from this row before this time (cooldown after a trade or a refusal)."""
WAKE_BID_HIGH: Final = 58
"""Wake the engine when the best bid is at or above this price."""
WAKE_ASK_LOW: Final = 59
"""Wake the engine when the best ask is at or below this price."""
WAKE_LTP_LOW: Final = 60
WAKE_LTP_HIGH: Final = 61
COLUMNS: Final = 62
