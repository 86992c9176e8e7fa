"""What can go wrong, and the families of schedules that draw from it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class FaultKind(StrEnum):
    """What can go wrong. `amount` of a fault is nanoseconds unless its kind says otherwise."""

    LOSE_REQUEST = "request lost"
    """Order requests never arrive; after `amount` the gateway says unknown, 0 for never."""
    LOSE_ANSWER = "answer lost"
    """Order requests arrive, their answers do not; `amount` as for LOSE_REQUEST."""
    LATE_REQUEST = "request late"
    LATE_ANSWER = "answer late"
    DOUBLE_ANSWER = "answer doubled"
    REFUSE = "requests refused"
    """429 or 403: the broker certainly did not take it."""
    EXPIRED = "token expired"
    """Requests and polls are refused, the feed is cut, until somebody logs in again."""
    HALF_OPEN = "half-open socket"
    """What is sent vanishes without a word, both ways; the feed stays open and silent."""
    REJECT_STOP = "stop rejected"
    """Stop orders get a number and are rejected by the broker's risk desk."""
    NO_STOP = "stop not made"
    """The broker makes no stop of a cover order that fills; `amount` later it does, 0 for never."""
    STOP_GONE = "stop taken away"
    """The broker takes the stop it holds in `row` back by itself."""
    TRADE_FIRST = "fill beats cancel"
    """The market trades with an order in the moment its cancellation arrives."""
    DOUBLE_ORDER = "order doubled"
    """A request becomes a second order under the same tag `amount` later."""
    EARLY_CANCEL_NEWS = "cancelled too early"
    """The broker reports an order cancelled `amount` before the exchange takes it out."""
    LOSE_UPDATE = "update lost"
    LATE_UPDATE = "update late"
    """Each update is late by its own share of `amount`, so they overtake one another."""
    DOUBLE_UPDATE = "update doubled"
    STALE_BOOK = "old order book"
    """The broker answers a poll with its order book of `amount` ago."""
    UNREADABLE = "orders unreadable"
    """Nobody can read what the broker says of orders in `row`: no update, no entry of its book;
    `amount` 0: but which order it is, 1: but the stock, 2: nothing at all."""
    LATE_POLL = "poll late"
    FAIL_POLL = "poll failed"
    CIRCUIT = "side empty"
    """No bids (`amount` -1) or no asks (1) in `row`."""
    HALT = "stock halted"
    GAP = "price gap"
    """Every price of `row` moves by `amount` ticks and stays there."""
    STALL = "feed silent"
    CUT = "feed cut"
    OLD_FRAME = "frame older than last"
    """Frames show the book of `amount` ago, with its old time stamp."""
    JUMP = "clock jump"
    """The engine's clock jumps by `amount`, backwards when negative."""
    HAND_ORDER = "traded by hand"
    """Somebody trades `amount` shares of `row` in the broker's own app (negative sells)."""
    HAND_CANCEL = "cancelled by hand"
    """Somebody cancels our live exit of `row` in the broker's own app."""
    FORGET = "order forgotten"
    """The broker loses our live exit of `row` without a word and denies its number from then on:
    it was cancelled (`amount` 0) or traded (1)."""
    KILL = "process killed"
    """The process dies at the record `amount` from now (negative: before what it says is sent)
    and is started again `length_ns` later."""
    POWER_CUT = "power cut"
    """As KILL, and records younger than `amount` never reached the disk."""
    DISK_FULL = "disk full"
    """No record is written; the process is started again when there is space."""
    SYNC_LOST = "sync error"
    """Records are taken and never reach the disk; noticed late, and lost with the process."""
    CLOSE = "held over the close"
    """Trading ends while a position cannot be left; arises by itself."""
    PARTIAL = "partial fill"
    """Arises by itself, as do the next two."""
    RACE = "cancel crossed a fill"
    OVERTAKEN = "news overtaken"
    """Older news of an order arrive after newer ones."""


class Family(StrEnum):
    """Which faults a schedule draws from."""

    CALM = "nothing wrong"
    PATH = "requests and answers"
    DEAF = "order updates"
    POLLS = "polls"
    MARKET = "market and feed"
    CLOCK = "clock jumps in doubt"
    PROCESS = "process and disk"
    CLOSE = "the end of trading"
    """No square-off succeeds before continuous trading ends."""
    SESSION = "a whole session"
    """From before the open to after the close, in bursts with quiet half hours between."""
    ALL = "all of these"
    WILD = "by hand and ghosts"
    """Also what nobody can prevent: trades by hand, orders the broker forgets, requests that
    arrive after their absence was proven, order books older than that proof allows."""
    TWINS = "doubled orders"
    """The broker makes two orders of one request; news of the first come first."""
    AMBIGUOUS = "every submit in doubt"


LOOSE: Final = frozenset({Family.WILD, Family.TWINS})
"""Families in which others trade in the account: what is judged is what is ours alone."""


FEED_DEAD: Final = (FaultKind.STALL, FaultKind.CUT, FaultKind.HALF_OPEN, FaultKind.EXPIRED)
"""The feed says nothing; order updates come over its socket and are lost with it."""
DEAF: Final = (FaultKind.LOSE_UPDATE, FaultKind.LATE_UPDATE, *FEED_DEAD)
REFUSING: Final = (FaultKind.REFUSE, FaultKind.EXPIRED)
UNREACHABLE: Final = (
    *REFUSING,
    FaultKind.LOSE_REQUEST,
    FaultKind.LOSE_ANSWER,
    FaultKind.LATE_REQUEST,
    FaultKind.LATE_ANSWER,
    FaultKind.HALF_OPEN,
    FaultKind.STALE_BOOK,
    FaultKind.LATE_POLL,
    FaultKind.FAIL_POLL,
    FaultKind.EARLY_CANCEL_NEWS,
    FaultKind.NO_STOP,
    FaultKind.FORGET,
)
"""While one of these lasts nobody can promise an exit within a time."""
ENDS_PROCESS: Final = (
    FaultKind.KILL,
    FaultKind.POWER_CUT,
    FaultKind.DISK_FULL,
    FaultKind.SYNC_LOST,
)
ARISING: Final = (FaultKind.CLOSE, FaultKind.PARTIAL, FaultKind.RACE, FaultKind.OVERTAKEN)
"""Never drawn: they follow from the market and from the other faults, and are counted."""
