"""Faults the servers can be told to show, for tests of whoever talks to them."""

from __future__ import annotations

import msgspec


class Faults(msgspec.Struct, kw_only=True):
    """Counters of faults still to come; each showing takes one away. Set in-process only.

    `silent_feed` is a switch: while it is on, sockets stay open and say nothing.
    """

    lose_answers: int = 0
    """Order requests that are carried out and never answered."""
    refuse_orders: int = 0
    """New orders refused with an OrderException."""
    reject_stops: int = 0
    """Stop orders that get a number and are rejected by the risk desk."""
    drop_updates: int = 0
    """Order updates that are not sent."""
    double_updates: int = 0
    """Order updates that are sent twice."""
    answer_429: int = 0
    """Requests answered 429, not carried out."""
    answer_503: int = 0
    """Requests answered 503, not carried out."""
    cut_feeds: int = 0
    """Market data connections that are cut without a word."""
    silent_feed: bool = False

    def take(self, name: str) -> bool:
        """Use up one of the counter `name`; False when it is at zero."""
        left: int = getattr(self, name)
        if left <= 0:
            return False
        setattr(self, name, left - 1)
        return True
