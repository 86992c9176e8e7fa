"""Every rule of the order path: whether the broker answers, and whether it knows us.

Answers are those that only the broker gives: an order number, a change taken, an order
book, holdings, funds. A refusal proves nothing, some are made on this side of the wire.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from tui_scalper.core.tables import IGNORED, Table


class Path(StrEnum):
    """How requests to the broker fare."""

    OPEN = "open"
    TROUBLED = "troubled"
    """Something was not answered, and nothing was since."""
    LOST = "lost"
    """Troubled for longer than emergency.path_lost."""
    REFUSED = "refused"
    """The broker answers that our session is not valid."""


class PathInput(StrEnum):
    """What can happen to it."""

    ANSWERED = "answered"
    UNANSWERED = "not answered"
    LOST = "not answered too long"
    REFUSED = "session refused"


_S = Path
_I = PathInput

PATH_TABLE: Final[Table[Path, PathInput]] = {
    _S.OPEN: {
        _I.ANSWERED: IGNORED,
        _I.UNANSWERED: _S.TROUBLED,
        _I.REFUSED: _S.REFUSED,
    },
    _S.TROUBLED: {
        _I.ANSWERED: _S.OPEN,
        _I.UNANSWERED: IGNORED,
        _I.LOST: _S.LOST,
        _I.REFUSED: _S.REFUSED,
    },
    _S.LOST: {
        _I.ANSWERED: _S.OPEN,
        _I.UNANSWERED: IGNORED,
        _I.LOST: IGNORED,
        _I.REFUSED: _S.REFUSED,
    },
    _S.REFUSED: {
        _I.ANSWERED: _S.OPEN,
        _I.UNANSWERED: IGNORED,
        _I.REFUSED: IGNORED,
    },
}

USABLE: Final = frozenset({Path.OPEN, Path.TROUBLED})
"""States in which it is worth asking for something to be changed."""
