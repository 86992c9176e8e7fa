"""Every rule of the trading state: whether entries may leave at all.

A run begins STARTING and becomes ACTIVE when the broker's books agree with ours. A limit that
was reached, or an emergency, makes it REDUCING (exits only), damage makes it HALTED
(cancellations and reductions only, until a person looks). Both are latched: only a person
resets them, to where the run would be without them: STARTING while the books are not compared.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from tui_scalper.core.snapshot import TradingState
from tui_scalper.core.tables import IGNORED, Table


class TradingInput(StrEnum):
    """What moves the trading state; the value is the reason shown."""

    RECONCILED = "books agree with the broker"
    DAILY_LOSS = "daily loss limit reached"
    DRAWDOWN = "drawdown limit reached"
    LOSS_STREAK = "loss streak limit reached"
    JOURNAL_LOST = "the journal takes no more records"
    JOURNAL_DAMAGED = "the journal was damaged; the broker's books are the truth"
    ENGINE_ERROR = "internal errors"
    MISMATCH = "books do not agree with the broker"
    FEED_LOST = "market data lost"
    SESSION_REFUSED = "the broker refuses our session"
    PATH_LOST = "the broker does not answer"
    CLOCK_SKEW = "a clock is wrong"
    UI_LOST = "the screen was gone"
    RESET = "reset by the operator"
    RESET_EARLY = "reset by the operator before the books are compared"


_S = TradingState
_I = TradingInput

LIMITS: Final = (_I.DAILY_LOSS, _I.DRAWDOWN, _I.LOSS_STREAK)
EMERGENCIES: Final = (
    _I.FEED_LOST,
    _I.SESSION_REFUSED,
    _I.PATH_LOST,
    _I.CLOCK_SKEW,
    _I.UI_LOST,
)
DAMAGE: Final = (_I.JOURNAL_LOST, _I.JOURNAL_DAMAGED, _I.ENGINE_ERROR, _I.MISMATCH)

TRADING_TABLE: Final[Table[TradingState, TradingInput]] = {
    _S.STARTING: {
        _I.RECONCILED: _S.ACTIVE,
        _I.RESET: IGNORED,
        _I.RESET_EARLY: IGNORED,
        **dict.fromkeys((*LIMITS, *EMERGENCIES), _S.REDUCING),
        **dict.fromkeys(DAMAGE, _S.HALTED),
    },
    _S.ACTIVE: {
        _I.RECONCILED: IGNORED,
        _I.RESET: IGNORED,
        _I.RESET_EARLY: IGNORED,
        **dict.fromkeys((*LIMITS, *EMERGENCIES), _S.REDUCING),
        **dict.fromkeys(DAMAGE, _S.HALTED),
    },
    _S.REDUCING: {
        _I.RECONCILED: IGNORED,
        _I.RESET: _S.ACTIVE,
        _I.RESET_EARLY: _S.STARTING,
        **dict.fromkeys((*LIMITS, *EMERGENCIES), IGNORED),
        **dict.fromkeys(DAMAGE, _S.HALTED),
    },
    _S.HALTED: {
        _I.RECONCILED: IGNORED,
        _I.RESET: _S.ACTIVE,
        _I.RESET_EARLY: _S.STARTING,
        **dict.fromkeys((*LIMITS, *EMERGENCIES), IGNORED),
        **dict.fromkeys(DAMAGE, IGNORED),
    },
}
