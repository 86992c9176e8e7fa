"""Every rule of the session of a group of stocks: which phase may follow which.

The calendar says what begins; a day starts CLOSED at midnight. Continuous trading ends in a
square-off and in nothing else, so that no hours, however odd, end over open positions.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from tui_scalper.core.tables import IGNORED, Table
from tui_scalper.core.venues import Phase


class PhaseInput(StrEnum):
    """What the calendar says begins now."""

    PRE_OPENS = "pre-open begins"
    OPENS = "entries begin"
    HOLDS = "entries end for now"
    SQUARES_OFF = "square-off begins"
    BREAKS = "break begins"
    AUCTIONS = "auction begins"
    CLOSES = "trading closes"


_S = Phase
_I = PhaseInput

BEGINS: Final = {
    _S.PRE_OPEN: _I.PRE_OPENS,
    _S.OPEN: _I.OPENS,
    _S.HOLD: _I.HOLDS,
    _S.SQUARE_OFF: _I.SQUARES_OFF,
    _S.BREAK: _I.BREAKS,
    _S.AUCTION: _I.AUCTIONS,
    _S.CLOSED: _I.CLOSES,
}
"""The input of a phase that begins."""

TRADING_BEGINS: Final = {
    _I.OPENS: _S.OPEN,
    _I.HOLDS: _S.HOLD,
    _I.SQUARES_OFF: _S.SQUARE_OFF,
}

PHASE_TABLE: Final[Table[Phase, PhaseInput]] = {
    _S.CLOSED: {_I.PRE_OPENS: _S.PRE_OPEN, **TRADING_BEGINS, _I.CLOSES: IGNORED},
    _S.PRE_OPEN: {_I.PRE_OPENS: IGNORED, **TRADING_BEGINS, _I.CLOSES: _S.CLOSED},
    _S.OPEN: {
        _I.OPENS: IGNORED,
        _I.HOLDS: _S.HOLD,
        _I.SQUARES_OFF: _S.SQUARE_OFF,
        _I.BREAKS: _S.BREAK,
    },
    _S.HOLD: {
        _I.OPENS: _S.OPEN,
        _I.HOLDS: IGNORED,
        _I.SQUARES_OFF: _S.SQUARE_OFF,
        _I.BREAKS: _S.BREAK,
    },
    _S.BREAK: {**TRADING_BEGINS, _I.BREAKS: IGNORED},
    _S.SQUARE_OFF: {
        _I.PRE_OPENS: _S.PRE_OPEN,
        _I.SQUARES_OFF: IGNORED,
        _I.AUCTIONS: _S.AUCTION,
        _I.CLOSES: _S.CLOSED,
    },
    _S.AUCTION: {_I.PRE_OPENS: _S.PRE_OPEN, _I.AUCTIONS: IGNORED, _I.CLOSES: _S.CLOSED},
}
