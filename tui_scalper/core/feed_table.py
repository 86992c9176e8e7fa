"""Every rule of the market data connection: what the feed says, and what follows from silence.

The adapter reports what happened to its sockets, the worst of them where there are several;
so a frame alone proves nothing. LOST is the engine's own finding: not live for longer than the
settings allow.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from tui_scalper.core.events import Link
from tui_scalper.core.tables import IGNORED, Table


class FeedInput(StrEnum):
    """What can happen to the feed."""

    CONNECTING = "connecting"
    OPENED = "opened"
    """Connected, subscribed, and the first frame is there."""
    SILENT = "silent too long"
    """The socket is open and no frame came for the adapter's limit."""
    CLOSED = "closed"
    REFUSED = "refused"
    """The broker refuses the token; only a new login helps."""
    LOST = "not live too long"


_S = Link
_I = FeedInput

NEWS: Final = {
    _I.CONNECTING: _S.CONNECTING,
    _I.OPENED: _S.LIVE,
    _I.SILENT: _S.STALLED,
    _I.CLOSED: _S.DOWN,
    _I.REFUSED: _S.REFUSED,
}
"""What the adapter says is believed, in any order: one socket may recover as another fails."""

FEED_TABLE: Final[Table[Link, FeedInput]] = {
    _S.DOWN: {**NEWS, _I.LOST: _S.LOST},
    _S.CONNECTING: {**NEWS, _I.LOST: _S.LOST},
    _S.LIVE: {**NEWS, _I.OPENED: IGNORED},
    _S.STALLED: {**NEWS, _I.LOST: _S.LOST},
    _S.REFUSED: {
        _I.CONNECTING: _S.CONNECTING,
        _I.SILENT: _S.STALLED,
        _I.CLOSED: _S.DOWN,
        _I.REFUSED: _S.REFUSED,
        _I.LOST: _S.LOST,
    },
    _S.LOST: {**dict.fromkeys(NEWS, IGNORED), _I.OPENED: _S.LIVE, _I.LOST: IGNORED},
}

REPORTED: Final = {
    Link.CONNECTING: FeedInput.CONNECTING,
    Link.LIVE: FeedInput.OPENED,
    Link.STALLED: FeedInput.SILENT,
    Link.DOWN: FeedInput.CLOSED,
    Link.REFUSED: FeedInput.REFUSED,
}
"""What it means that an adapter reports a link; LOST is not an adapter's to say."""
