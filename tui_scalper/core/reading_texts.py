"""What each reading of a stock means, in words for a person; core.readings has the formulas.

Keys are the names of core.reading_table without the window, the level or the side.
"""

from __future__ import annotations

from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core.reading_table import FLOWS, Reading

MEANINGS: Final[dict[str, str]] = {
    "pressure": "Total buy quantity over total buy and sell quantity.",
    "lean": "The side with more of the total quantity: 1 buyers, -1 sellers, 0 undefined.",
    "dominance": "Twice the distance of the pressure from one half; what signals are ranked by.",
    "depth": "Shares of the five levels of the side together.",
    "depth ratio": "Bids of five levels over asks of five levels.",
    "agreeing levels": "How many of the five levels hold more on the side the book leans to.",
    "depth imbalance": "Bids less asks over both, of five levels, where a level counts less the "
    "further it is from the best (exp(-k (level - 1)), k = signals.depth_decay).",
    "queue imbalance": "Bids less asks over both, at the best prices alone.",
    "mid": "Half way between best bid and best ask; unknown while a side is empty or they cross.",
    "spread": "Best ask less best bid, rounded up to whole ticks.",
    "micro-price": "The mid moved towards the side with the shorter best queue (each price "
    "weighted by the quantity opposite), less the mid.",
    "adjusted mid": "The same of all five levels, less the mid.",
    "flow step": "Order flow of this update: what buyers added to the book less what sellers "
    "did, by the rule signals.flow_rule (Cont, Kukanov and Stoikov).",
    "flow": "Sum of the flow steps over the window.",
    "flow rate": "The flow of the window over the usual depth of the best level; unknown until "
    "the window is full.",
    "level flow": "Order flow of one level of the book over the window, the best level first.",
    "levels rate": "Mean over five levels of level flow over usual depth.",
    "level usual depth": "Running mean of half of bid and ask quantity of the level.",
    "traded": "Rise of the day's volume since the update before.",
    "trade sign": "1 when the last trades took from the asks, -1 when from the bids: last price "
    "against the mid before them, at the mid the direction of its last change.",
    "volume delta": "Sum of trade sign times traded over the window.",
    "pressure slope": "Slope of the line through the pressures of the window, a second.",
    "pressure t": "How many standard errors that slope is from none.",
    "imbalance slope": "Slope of the line through the depth imbalances of the window, a second.",
    "imbalance t": "How many standard errors that slope is from none.",
    "steadiness": "Part of the window during which the book leaned to the side it leans to now.",
    "usual order size": "Running median of the average order size of a level, in powers of two: "
    "10 octaves are 1,024 shares.",
    "order size spread": "Running median of the distance from it; an octave is twice or half.",
    "footprint": "Robust z of the largest average order size of a level of the side, against "
    "what is usual for the stock.",
    "wall": "Largest quantity of a level of the side that is one single order.",
    "wall size": "Robust z of that order, against what is usual for the stock.",
    "refills": "How often more came back to the best price than traded away there, since that "
    "price last changed: the trace of an iceberg.",
    "refilled": "How many shares came back so; a lower bound of what is hidden.",
    "slow delta": "Sum of trade sign times traded over the window.",
    "slow volume": "Shares traded in the window.",
    "slow move": "By how much the mid changed over the window.",
    "accumulated": "Slow delta while the mid moved less than signals.still_ticks, otherwise 0.",
    "accumulation t": "Slow delta over the root of the sum of its squared parts: how far it is "
    "from what signs drawn by lot would add up to.",
    "volatility": "Root of the sum of squared returns of the mid over the window.",
    "update rate": "Updates a second over the window.",
    "gap": "Time from the update before to this one.",
    "probe": "The quantity whose cost is asked: signals.cost_notional at the mid.",
    "cost": "Average price of the probe through the visible levels, against the mid.",
    "beyond five": "Shares of the probe that five levels do not hold.",
    "room": "How far the last price is from the day's circuit limit in that direction.",
}


WITHOUT: Final = frozenset(
    (
        *FLOWS,
        *(str(1 + level) for level in range(c.LEVELS)),
        *("bid", "ask", "of", "buying", "selling", "up", "down"),
    )
)
"""Words of a name that tell readings of one idea apart."""


def meaning_of(reading: Reading) -> str:
    """What `reading` means. KeyError where nobody wrote it down."""
    return MEANINGS[key_of(reading.name)]


def key_of(name: str) -> str:
    """The name of a reading without window, level, side and direction."""
    return " ".join(word for word in name.replace(",", "").split() if word not in WITHOUT)
