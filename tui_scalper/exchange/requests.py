"""What a client may ask: place, modify, exit, cancel; and what is refused of it."""

from __future__ import annotations

from typing import Final

import msgspec

from tui_scalper.core.venues import Phase
from tui_scalper.exchange.back_office import BackOffice
from tui_scalper.exchange.changes import changed_terms, protected
from tui_scalper.exchange.cover import EXIT, moved_leg
from tui_scalper.exchange.life import Life
from tui_scalper.exchange.orders import (
    Change,
    NewOrder,
    News,
    Order,
    OrderRefused,
    Refusal,
    Status,
)
from tui_scalper.exchange.rules import check_desk, check_form

ORDERS_A_DAY: Final = 5_000
MODIFICATIONS_AN_ORDER: Final = 25
CONTINUOUS: Final = frozenset({Phase.OPEN, Phase.SQUARE_OFF})


class Requests:
    """Judges what is asked, by the form, the session, the risk desk and the funds."""

    def __init__(self, office: BackOffice, life: Life) -> None:
        self._office = office
        self._life = life

    def place(self, new: NewOrder) -> str:
        """Take a new order and return its id; what the risk desk rejects has an id too.

        Raises OrderRefused when the request is malformed or the market does not trade.
        """
        row = self._row(new)
        objection = check_form(new, self._office.universe[row])
        if objection is not None:
            raise OrderRefused(*objection)
        self._require_session()
        if len(self._office.blotter) >= ORDERS_A_DAY:
            raise OrderRefused(Refusal.ORDER, f"Maximum of {ORDERS_A_DAY} orders a day reached.")
        order = self._office.blotter.register(
            new, row, self._office.universe[row].token, self._office.now_ns
        )
        desk = self._office.desk(row, new)
        new = protected(new, desk)
        order = msgspec.structs.replace(order, asked=new)
        text = (
            check_desk(new, desk)
            or self._office.short_of_funds(order)
            or self._office.told_to_reject(new)
        )
        if text:
            self._office.record(order, News.DONE, status=Status.REJECTED, text=text, raw_text=text)
        else:
            self._life.open(order)
        return order.order_id

    def modify(self, order_id: str, change: Change) -> None:
        """Change a live order. A new price or more shares cost it its turn.

        Raises OrderRefused; the order then stands as it was.
        """
        order = self._office.blotter.live_order(order_id)
        if order.parent_id:
            change = moved_leg(order, change, self._office.desk(order.row, order.asked))
        self._change(order, change)

    def exit(self, order_id: str, parent_id: str) -> None:
        """Turn the second leg of the cover order `parent_id` into a protected market order.

        Raises OrderRefused; the leg then stands as it was.
        """
        leg = self._office.blotter.live_order(order_id)
        if not leg.parent_id or leg.parent_id != parent_id:
            raise OrderRefused(
                Refusal.INPUT, f"Order is not the second leg of a cover order {parent_id[:32]!r}."
            )
        self._change(leg, EXIT)

    def _change(self, order: Order, change: Change) -> None:
        self._require_session()
        if order.modifications >= MODIFICATIONS_AN_ORDER:
            raise OrderRefused(Refusal.ORDER, "Maximum allowed order modifications exceeded.")
        asked = changed_terms(order, change, self._office.desk(order.row, order.asked))
        changed = msgspec.structs.replace(order, asked=asked, modifications=order.modifications + 1)
        text = self._office.short_of_funds(changed)
        if text:
            raise OrderRefused(Refusal.MARGIN, text)
        self._life.apply_change(order, changed)

    def cancel(self, order_id: str) -> None:
        """Take a live order back. Raises OrderRefused when it is not live any more.

        Without its second leg a cover order guards nothing; without its entry the leg stays.
        """
        self._life.withdraw(self._office.blotter.live_order(order_id), "")

    def _row(self, new: NewOrder) -> int:
        row = self._office.universe.row_of_symbol(new.symbol)
        if row is None or self._office.universe[row].exchange != new.exchange:
            raise OrderRefused(
                Refusal.INPUT, f"Unknown instrument {new.exchange}:{new.symbol}; see /instruments."
            )
        return row

    def _require_session(self) -> None:
        phase = self._office.universe.venue.phase(self._office.now_ns)
        if phase not in CONTINUOUS:
            raise OrderRefused(
                Refusal.ORDER,
                f"Markets are closed right now ({phase.value}). "
                "Orders are taken in continuous trading only.",
            )
