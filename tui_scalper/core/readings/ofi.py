"""Order flow imbalance between two books in a row: what buyers added less what sellers did.

Three rules, because an update may hold many events of which only the outcome is seen:
`best_quotes` compares the best quotes, `price_aligned` what rests at the prices that both
books show, `hybrid` does the latter only over the prices that a best quote crossed. While
the best price of a side stands, the first and the last are the change of its queue.
Source: R. Cont, A. Kukanov and S. Stoikov, The price impact of order book events (2014),
section 2.1; levels: K. Xu, M. Gould and S. Howison, Multi-level order-flow imbalance in a
limit order book (2018). Shares; an empty side is worse than any price.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core.config import FlowRule
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells
from tui_scalper.core.rules import FLOW_RULES

BEST_QUOTES: Final = FLOW_RULES.index(FlowRule.BEST_QUOTES)
PRICE_ALIGNED: Final = FLOW_RULES.index(FlowRule.PRICE_ALIGNED)

BIDS: Final = 1
ASKS: Final = -1
NOWHERE: Final = -(1 << 40)
"""How good a price that is not there is: worse than any."""
_LAST: Final = c.LEVELS - 1


@kernel
def merit(price: int, side: int) -> int:
    """How good `price` is for those who wait at it to be traded with; more is better."""
    return price * side if price > 0 else NOWHERE


@kernel
def level_flow(row: Cells, memory: Cells, level: int) -> int:
    """Flow at the `level`-th price of each side (0 the best), both comparisons non-strict.

    A side adds its quantity now when its price is as good or better, and takes away its
    quantity before when its price is as good or worse.
    """
    bid, past_bid = row[c.BID_QUANTITY + level], memory[m.PAST_BID_QUANTITY + level]
    ask, past_ask = row[c.ASK_QUANTITY + level], memory[m.PAST_ASK_QUANTITY + level]
    now = merit(row[c.BID_PRICE + level], BIDS)
    before = merit(memory[m.PAST_BID_PRICE + level], BIDS)
    flow = (bid if now >= before else 0) - (past_bid if now <= before else 0)
    now = merit(row[c.ASK_PRICE + level], ASKS)
    before = merit(memory[m.PAST_ASK_PRICE + level], ASKS)
    return int(flow - (ask if now >= before else 0) + (past_ask if now <= before else 0))


@kernel
def resting(array: Cells, prices: int, quantities: int, side: int, floor: int) -> int:
    """Quantity that rests at prices with at least the merit `floor`."""
    total = 0
    for level in range(c.LEVELS):
        held = array[quantities + level]
        total += held if merit(array[prices + level], side) >= floor else 0
    return total


@kernel
def seen_floor(now: int, before: int, side: int) -> int:
    """Least merit that both books show, by their fifth prices; less than five show all."""
    return max(merit(now, side), merit(before, side))


@kernel
def price_aligned(row: Cells, memory: Cells) -> int:
    """Change of what rests at the prices of each side that both books show."""
    floor = seen_floor(row[c.BID_PRICE + _LAST], memory[m.PAST_BID_PRICE + _LAST], BIDS)
    flow = resting(row, c.BID_PRICE, c.BID_QUANTITY, BIDS, floor)
    flow -= resting(memory, m.PAST_BID_PRICE, m.PAST_BID_QUANTITY, BIDS, floor)
    floor = seen_floor(row[c.ASK_PRICE + _LAST], memory[m.PAST_ASK_PRICE + _LAST], ASKS)
    flow -= resting(row, c.ASK_PRICE, c.ASK_QUANTITY, ASKS, floor)
    flow += resting(memory, m.PAST_ASK_PRICE, m.PAST_ASK_QUANTITY, ASKS, floor)
    return flow


@kernel
def crossed_floor(now: int, before: int, side: int) -> int:
    """The lesser merit of two best prices: everything from it on was crossed, or stood."""
    return min(merit(now, side), merit(before, side))


@kernel
def hybrid(row: Cells, memory: Cells) -> int:
    """The same, only from one best price to the other, both included."""
    floor = max(
        seen_floor(row[c.BID_PRICE + _LAST], memory[m.PAST_BID_PRICE + _LAST], BIDS),
        crossed_floor(row[c.BID_PRICE], memory[m.PAST_BID_PRICE], BIDS),
    )
    flow = resting(row, c.BID_PRICE, c.BID_QUANTITY, BIDS, floor)
    flow -= resting(memory, m.PAST_BID_PRICE, m.PAST_BID_QUANTITY, BIDS, floor)
    floor = max(
        seen_floor(row[c.ASK_PRICE + _LAST], memory[m.PAST_ASK_PRICE + _LAST], ASKS),
        crossed_floor(row[c.ASK_PRICE], memory[m.PAST_ASK_PRICE], ASKS),
    )
    flow -= resting(row, c.ASK_PRICE, c.ASK_QUANTITY, ASKS, floor)
    flow += resting(memory, m.PAST_ASK_PRICE, m.PAST_ASK_QUANTITY, ASKS, floor)
    return flow


@kernel
def order_flow(row: Cells, memory: Cells, rule: int) -> int:
    """Flow of this update by the rule in force, an index of core.rules.FLOW_RULES."""
    if rule == BEST_QUOTES:
        return level_flow(row, memory, 0)
    if rule == PRICE_ALIGNED:
        return price_aligned(row, memory)
    return hybrid(row, memory)
