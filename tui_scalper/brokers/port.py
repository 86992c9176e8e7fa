"""The small port every broker adapter fits: a feed, a gateway, and where they report to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tui_scalper.core.effects import Effect
from tui_scalper.core.events import Event

Sink = Callable[[Event], None]
"""Takes an event at once, on the loop's thread; never blocks, never raises."""

Now = Callable[[], int]
"""Reads the engine's clock: nanoseconds UTC."""


class Feed(Protocol):
    """Market data and order updates; what it says is lost, whoever takes its events forgets."""

    async def run(self) -> None:
        """Connect, subscribe, decode, reconnect; until cancelled."""


class Gateway(Protocol):
    """Orders and questions over HTTP."""

    async def open(self) -> None:
        """Check the credentials. Raises brokers.port.BrokerError with words a user can act on."""

    def carry_out(self, effect: Effect) -> None:
        """Start the request and return; the outcome reaches the sink as events."""

    async def close(self) -> None:
        """Wait briefly for requests under way, then close the connections."""


class BrokerError(Exception):
    """The broker cannot be used: what, where, why, what to do, in one line."""
