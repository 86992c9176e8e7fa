"""Every order of an account with its history, the live ones at hand, and news of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec

from tui_scalper.core.units import NS
from tui_scalper.core.venues import Venue
from tui_scalper.exchange.orders import (
    LIVE,
    NewOrder,
    News,
    Order,
    OrderRefused,
    OrderUpdate,
    Refusal,
    Status,
)

UPDATES_KEPT: Final = 20_000
"""Updates nobody drained beyond this many are lost, oldest first, as on the real wire."""


class Blotter:
    """Orders by number (from 1) and by id. `live` holds what works at the exchange."""

    def __init__(self, venue: Venue) -> None:
        self.live: dict[int, Order] = {}
        self.version = 0
        """Grows with every change of an order."""
        self._venue = venue
        self._histories: list[list[Order]] = []
        self._numbers: dict[str, int] = {}
        self._legs: dict[str, list[int]] = {}
        """Numbers of the second legs of a cover order, by its id."""
        self._updates: deque[OrderUpdate] = deque(maxlen=UPDATES_KEPT)

    def __len__(self) -> int:
        return len(self._histories)

    def register(
        self, new: NewOrder, row: int, token: int, now_ns: int, parent_id: str = ""
    ) -> Order:
        """Give a new order its number and id; it is being validated then."""
        number = len(self._histories) + 1
        local_day = datetime.fromtimestamp((now_ns + self._venue.utc_offset) // NS, UTC)
        received = Order(
            number=number,
            order_id=f"{local_day:%y%m%d}{number:09d}",
            exchange_order_id="",
            row=row,
            token=token,
            asked=new,
            status=Status.RECEIVED,
            placed_ns=now_ns,
            updated_ns=now_ns,
            parent_id=parent_id,
        )
        validating = msgspec.structs.replace(received, status=Status.VALIDATING)
        self._histories.append([received, validating])
        self.version += 1
        self._numbers[received.order_id] = number
        if parent_id:
            self._legs.setdefault(parent_id, []).append(number)
        return validating

    def record(self, order: Order, news: News | None = None) -> None:
        """Take note of an order as it stands now; a new status is a new line of its history."""
        self.version += 1
        history = self._histories[order.number - 1]
        if order.status is history[-1].status:
            history[-1] = order
        else:
            history.append(order)
        if order.status in LIVE:
            self.live[order.number] = order
        elif news is News.DONE:
            self.live.pop(order.number, None)
        if news is not None:
            self._updates.append(OrderUpdate(order, news))

    def history(self, order_id: str) -> list[Order]:
        """All states an order went through. Raises OrderRefused for an unknown id."""
        number = self._numbers.get(order_id)
        if number is None:
            raise OrderRefused(Refusal.ORDER, f"Couldn't find that order_id: {order_id[:32]!r}.")
        return list(self._histories[number - 1])

    def live_order(self, order_id: str) -> Order:
        """An order that can still be changed. Raises OrderRefused."""
        order = self.history(order_id)[-1]
        if order.number not in self.live:
            raise OrderRefused(
                Refusal.ORDER,
                f"Order cannot be changed: it is already {order.status.value.lower()}.",
            )
        return order

    def legs(self, parent_id: str) -> list[Order]:
        """The second legs a cover order has had, oldest first."""
        return [self._histories[number - 1][-1] for number in self._legs.get(parent_id, ())]

    def orders(self) -> list[Order]:
        """Every order as it stands, oldest first."""
        return [history[-1] for history in self._histories]

    def histories(self) -> tuple[tuple[Order, ...], ...]:
        """Every order with all its states, oldest first."""
        return tuple(tuple(history) for history in self._histories)

    def drain(self) -> list[OrderUpdate]:
        """What happened to orders since the last call, oldest first."""
        updates = list(self._updates)
        self._updates.clear()
        return updates

    def restore(self, histories: Iterable[Iterable[Order]]) -> None:
        """Replace every order by those of `histories`; that itself is no news."""
        self._histories = [list(history) for history in histories]
        self.version += 1
        self._numbers = {order.order_id: order.number for order in self.orders()}
        self.live = {order.number: order for order in self.orders() if order.status in LIVE}
        self._legs = {}
        for order in self.orders():
            if order.parent_id:
                self._legs.setdefault(order.parent_id, []).append(order.number)
