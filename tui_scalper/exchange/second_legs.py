"""Second legs of cover orders: the broker makes them, and lets them grow; see exchange.cover."""

from __future__ import annotations

import msgspec

from tui_scalper.exchange.back_office import BackOffice
from tui_scalper.exchange.cover import live_leg, second_leg, unguarded
from tui_scalper.exchange.life import Life
from tui_scalper.exchange.orders import News, Order, Status
from tui_scalper.exchange.rules import check_desk, covers


class SecondLegs:
    """Makes them as their parents trade."""

    def __init__(self, office: BackOffice, life: Life) -> None:
        self._office = office
        self._life = life
        self._withheld: set[str] = set()
        """Tags of cover orders whose second leg is not made."""

    def withhold(self, tag: str) -> None:
        """A fault: the cover order with this tag gets no second leg before `make`."""
        self._withheld.add(tag)

    def make(self, tag: str) -> None:
        """The second leg withheld from the cover order with this tag is made at last."""
        self._withheld.discard(tag)
        for order in self._office.blotter.orders():
            if order.asked.tag == tag and covers(order.asked):
                self.cover(order)

    def cover(self, parent: Order) -> None:
        """A cover order filled: its second leg covers that too."""
        if parent.asked.tag in self._withheld:
            return
        legs = self._office.blotter.legs(parent.order_id)
        bare = unguarded(parent, legs)
        if not bare:
            return
        leg = live_leg(legs)
        if leg is None:
            self._place_leg(parent, bare)
            return
        asked = msgspec.structs.replace(leg.asked, quantity=leg.asked.quantity + bare)
        grown = msgspec.structs.replace(leg, asked=asked)
        self._office.record(grown, News.CHANGED, exchange_ns=self._office.now_ns)
        self._life.enter(self._office.blotter.live[leg.number])

    def _place_leg(self, parent: Order, quantity: int) -> None:
        desk = self._office.desk(parent.row, parent.asked)
        new = second_leg(parent, quantity, desk)
        leg = self._office.blotter.register(
            new, parent.row, parent.token, self._office.now_ns, parent_id=parent.order_id
        )
        text = check_desk(new, desk) or self._office.told_to_reject(new)
        if text:
            self._office.record(leg, News.DONE, status=Status.REJECTED, text=text, raw_text=text)
        else:
            self._life.open(leg)
