"""What became of an order request: taken, refused for certain, or nobody knows."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import msgspec

from tui_scalper.brokers.kite.rest import NOT_SENT, Answer
from tui_scalper.brokers.kite.words import one_line
from tui_scalper.core.events import (
    CancelAccepted,
    CancelRefused,
    ChangeUnknown,
    Event,
    ModifyAccepted,
    ModifyRefused,
    Placed,
    PlaceRefused,
    PlaceUnknown,
)

REFUSALS: Final = frozenset(
    {
        "InputException",
        "OrderException",
        "MarginException",
        "TokenException",
        "PermissionException",
    }
)
"""Kite's exception names which say that the request was looked at and not taken."""
_REFUSING_STATUS: Final = frozenset({400, 403, 429})


class Fate(Enum):
    """What became of a request that changes something."""

    TAKEN = auto()
    REFUSED = auto()
    UNKNOWN = auto()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Fate, the broker's number of the order where it was taken, and words where it was not."""

    fate: Fate
    order_id: str = ""
    text: str = ""


class _Receipt(msgspec.Struct, frozen=True):
    order_id: str


class _Taken(msgspec.Struct, frozen=True):
    data: _Receipt


_TAKEN: Final = msgspec.json.Decoder(_Taken)


def outcome_of(answer: Answer) -> Outcome:
    """What an answer to an order request means."""
    if answer.error.error_type in REFUSALS or answer.status in _REFUSING_STATUS:
        return Outcome(fate=Fate.REFUSED, text=answer.text())
    if not answer.good:
        return Outcome(fate=Fate.UNKNOWN, text=answer.text())
    try:
        order_id = _TAKEN.decode(answer.body).data.order_id
    except msgspec.DecodeError as error:
        return Outcome(fate=Fate.UNKNOWN, text=one_line(f"unreadable answer: {error}"))
    if not order_id:
        return Outcome(fate=Fate.UNKNOWN, text="the answer carries no order number")
    return Outcome(fate=Fate.TAKEN, order_id=order_id)


def outcome_of_failure(error: BaseException) -> Outcome:
    """What it means that there is no answer."""
    words = failure_text(error)
    fate = Fate.REFUSED if isinstance(error, NOT_SENT) else Fate.UNKNOWN
    return Outcome(fate=fate, text=words)


def failure_text(error: BaseException) -> str:
    """One line about a request without an answer."""
    if isinstance(error, NOT_SENT):
        return one_line(f"cannot reach the broker: {error}")
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return one_line(str(error)) or type(error).__name__


def placing_event(tag: str, outcome: Outcome, at_ns: int) -> Event:
    """The event for a new order with our `tag`."""
    if outcome.fate is Fate.TAKEN:
        return Placed(at_ns=at_ns, tag=tag, order_id=outcome.order_id)
    kind = PlaceRefused if outcome.fate is Fate.REFUSED else PlaceUnknown
    return kind(at_ns=at_ns, tag=tag, text=outcome.text)


def modifying_event(order_id: str, outcome: Outcome, at_ns: int) -> Event:
    """The event for a change of the order `order_id`."""
    if outcome.fate is Fate.TAKEN:
        return ModifyAccepted(at_ns=at_ns, order_id=order_id)
    kind = ModifyRefused if outcome.fate is Fate.REFUSED else ChangeUnknown
    return kind(at_ns=at_ns, order_id=order_id, text=outcome.text)


def cancelling_event(order_id: str, outcome: Outcome, at_ns: int) -> Event:
    """The event for a cancellation of the order `order_id`."""
    if outcome.fate is Fate.TAKEN:
        return CancelAccepted(at_ns=at_ns, order_id=order_id)
    kind = CancelRefused if outcome.fate is Fate.REFUSED else ChangeUnknown
    return kind(at_ns=at_ns, order_id=order_id, text=outcome.text)
