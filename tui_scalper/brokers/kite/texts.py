"""Text frames of Kite's market data socket: order updates and the broker's own messages."""

from __future__ import annotations

from typing import Final

import msgspec

from tui_scalper.brokers.kite.reports import OrderReader, UnreadableOrderError
from tui_scalper.brokers.kite.words import one_line
from tui_scalper.core.events import Event, FaultsSeen, FeedFault, OrderReported


class _Text(msgspec.Struct, frozen=True):
    type: str
    data: msgspec.Raw = msgspec.Raw(b"null")


_TEXT: Final = msgspec.json.Decoder(_Text)


def _fault(fault: FeedFault, detail: str, at_ns: int) -> FaultsSeen:
    return FaultsSeen(at_ns=at_ns, fault=fault, count=1, detail=one_line(detail))


class TextReader:
    """Turns text frames into events; `messages` counts broker messages nobody needs to act on."""

    def __init__(self, orders: OrderReader) -> None:
        self._orders = orders
        self.messages = 0

    def read(self, text: str, at_ns: int) -> Event | None:
        """The event `text` stands for, None for a broker message; unreadable text is a fault."""
        try:
            frame = _TEXT.decode(text)
            if frame.type == "order":
                return OrderReported(at_ns=at_ns, report=self._orders.read(frame.data))
        except (
            msgspec.DecodeError,
            UnreadableOrderError,
            UnicodeEncodeError,
            RecursionError,
        ) as error:
            return _fault(FeedFault.BAD_TEXT, str(error), at_ns)
        if frame.type == "error":
            return _fault(FeedFault.BROKER_ERROR, bytes(frame.data).decode().strip('"'), at_ns)
        if frame.type == "message":
            self.messages += 1
            return None
        return _fault(FeedFault.BAD_TEXT, f"unknown type of text frame {frame.type!r}", at_ns)
