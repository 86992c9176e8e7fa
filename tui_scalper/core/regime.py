"""The regime: when many stocks jump or lose their book at once, no stock takes an entry.

One stock in trouble is that stock's own matter (gates SPIKE, THIN, VOLATILITY). Troubles
that *begin* in many stocks within a short time are the market's. They are counted in spans;
those of the span under way and of the one before it count, so that none falls between two.
Lives in one small int64 array for the whole universe.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import rules as u
from tui_scalper.core.gates import Gate
from tui_scalper.core.jit import kernel

Cells = NDArray[np.int64]

SPAN_NS: Final = 0
"""When the span under way began."""
TROUBLES: Final = 1
"""Stocks in which trouble began in it."""
PAST_TROUBLES: Final = 2
CALM_NS: Final = 3
"""No entry anywhere before this time."""
STOCKS: Final = 4
"""How many stocks there are."""
CELLS: Final = 5

REGIME: Final = int(Gate.REGIME)
TROUBLE: Final = int(Gate.SPIKE | Gate.THIN | Gate.VOLATILITY)
"""Gates that are trouble when they close."""


def calm_regime(instruments: int) -> Cells:
    """The regime of so many stocks, none in trouble."""
    regime = np.zeros(CELLS, dtype=np.int64)
    regime[STOCKS] = instruments
    return regime


@kernel
def regime_blocker(regime: Cells, was: int, blockers: int, rules: Cells, now_ns: int) -> int:
    """The gate of all stocks; counts trouble where one of this stock's gates closes anew.

    `was` and `blockers` are its gates before and now. A stock has one trouble at a time.
    """
    if now_ns - regime[SPAN_NS] >= rules[u.SPIKE_SPAN_NS]:
        missed = now_ns - regime[SPAN_NS] >= 2 * rules[u.SPIKE_SPAN_NS]
        regime[PAST_TROUBLES] = 0 if missed else regime[TROUBLES]
        regime[TROUBLES] = 0
        regime[SPAN_NS] = now_ns
    if blockers & TROUBLE != 0 and was & TROUBLE == 0:
        regime[TROUBLES] += 1
        troubles = regime[TROUBLES] + regime[PAST_TROUBLES]
        many = troubles * 100 >= rules[u.REGIME_PCT] * regime[STOCKS]
        if many and troubles >= rules[u.REGIME_LEAST]:
            regime[CALM_NS] = now_ns + rules[u.SPIKE_REST_NS]
    return REGIME if now_ns < regime[CALM_NS] else 0
