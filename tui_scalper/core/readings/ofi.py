"""Order flow imbalance between two books in a row: what buyers added less what sellers did.

Three rules, because an update may hold many events of which only the outcome is seen:
`best_quotes` compares the best quotes, `price_aligned` what rests at the prices that both
books show, `hybrid` does the latter only over the prices that a best quote crossed. While
the best price of a side stands, the first and the last are the change of its queue.
Source: R. Cont, A. Kukanov and S. Stoikov, The price impact of order book events (2014),
section 2.1; levels: K. Xu, M. Gould and S. Howison, Multi-level order-flow imbalance in a
limit order book (2018). Shares; an empty side is worse than any price. Between a book and none
(both sides empty, as in a bare quote) there is no flow (core.readings.past).
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core.config import FlowRule
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells
from tui_scalper.core.readings.levels import gained, merit, resting_change
from tui_scalper.core.rules import FLOW_RULES

BEST_QUOTES: Final = FLOW_RULES.index(FlowRule.BEST_QUOTES)
PRICE_ALIGNED: Final = FLOW_RULES.index(FlowRule.PRICE_ALIGNED)

BIDS: Final = 1
ASKS: Final = -1
_LAST: Final = c.LEVELS - 1


@kernel
def best_flow(row: Cells, memory: Cells) -> int:
    """Flow at the best price of each side, both comparisons non-strict."""
    bids = gained(
        merit(row[c.BID_PRICE], BIDS),
        row[c.BID_QUANTITY],
        merit(memory[m.PAST_BID_PRICE], BIDS),
        memory[m.PAST_BID_QUANTITY],
    )
    asks = gained(
        merit(row[c.ASK_PRICE], ASKS),
        row[c.ASK_QUANTITY],
        merit(memory[m.PAST_ASK_PRICE], ASKS),
        memory[m.PAST_ASK_QUANTITY],
    )
    return bids - asks


@kernel
def seen_floor(now: int, before: int, side: int) -> int:
    """Least merit that both books show, by their fifth prices; less than five show all."""
    return max(merit(now, side), merit(before, side))


@kernel
def price_aligned(row: Cells, memory: Cells) -> int:
    """Change of what rests at the prices of each side that both books show."""
    return resting_change(
        row,
        memory,
        seen_floor(row[c.BID_PRICE + _LAST], memory[m.PAST_BID_PRICE + _LAST], BIDS),
        seen_floor(row[c.ASK_PRICE + _LAST], memory[m.PAST_ASK_PRICE + _LAST], ASKS),
    )


@kernel
def crossed_floor(now: int, before: int, side: int) -> int:
    """The lesser merit of two best prices: everything from it on was crossed, or stood."""
    return min(merit(now, side), merit(before, side))


@kernel
def hybrid(row: Cells, memory: Cells) -> int:
    """The same, only from one best price to the other, both included."""
    bids = max(
        seen_floor(row[c.BID_PRICE + _LAST], memory[m.PAST_BID_PRICE + _LAST], BIDS),
        crossed_floor(row[c.BID_PRICE], memory[m.PAST_BID_PRICE], BIDS),
    )
    asks = max(
        seen_floor(row[c.ASK_PRICE + _LAST], memory[m.PAST_ASK_PRICE + _LAST], ASKS),
        crossed_floor(row[c.ASK_PRICE], memory[m.PAST_ASK_PRICE], ASKS),
    )
    return resting_change(row, memory, bids, asks)


@kernel
def order_flow(row: Cells, memory: Cells, rule: int) -> int:
    """Flow of this update by the rule in force, an index of core.rules.FLOW_RULES."""
    if rule == BEST_QUOTES:
        return best_flow(row, memory)
    if rule == PRICE_ALIGNED:
        return price_aligned(row, memory)
    return hybrid(row, memory)
