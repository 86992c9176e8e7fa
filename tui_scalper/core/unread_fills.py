"""What our entries traded that nobody can read, told from what is held.

Such an entry can fill unseen, and what it bought has no stop. What the broker holds is another
book than that of its orders: where it holds more of the stock than we do, by no more than the
entry could trade, and no other order of ours can have changed that unseen, the entry traded it.
It counts so when the holdings say the same again with an order book between, which would show
what a person traded in the stock; then a stop rests for it. The broker's last word on the entry
replaces what was told from holdings. What is held and cannot be explained so halts.

An entry that carries its stop and has no number yet is left alone: its stop rests at the broker,
and could not be told from another's.
"""

from __future__ import annotations

import msgspec

from tui_scalper.core import events as ev
from tui_scalper.core.blotter import Order
from tui_scalper.core.effects import NoteFilled
from tui_scalper.core.floor import Floor
from tui_scalper.core.orders import Holding, Leg, Purpose
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.trading import Trading
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.unseen import NewestBook, Traded, traded_by


class Unexplained(msgspec.Struct, frozen=True):
    """Shares of a stock the broker holds beyond what we do, while an entry of ours is unread."""

    tag: str
    theirs: int
    ours: int


class UnreadFills:
    """Watches what is held of stocks with an entry of ours that nobody can read."""

    def __init__(self, floor: Floor, trading: Trading, book: NewestBook) -> None:
        self._floor = floor
        self._trading = trading
        self._book = book
        self._suspected: dict[Unexplained, int] = {}
        """Since when, by the time of asking, what is held says so."""

    def waits(self) -> bool:
        """Whether what is held must be asked for on account of the newest order book."""
        return bool(self._entries())

    def held(self, event: ev.PositionsReported) -> None:
        """What the broker holds, no order having moved since it was asked."""
        theirs = {one.row: one for one in event.holdings}
        before, self._suspected = self._suspected, {}
        for order in self._entries():
            held = theirs.get(order.row)
            quantity = held.quantity if held is not None else 0
            one = Unexplained(order.tag, quantity, self._floor.desk.believed(order.row))
            if one.theirs == one.ours or self._book.hidden_beside(order):
                continue
            since_ns = self._suspected[one] = before.get(one, event.asked_ns)
            if since_ns < min(self._book.asked_ns, event.asked_ns):
                self._judge(order, one, held, event.asked_ns - since_ns)

    def _judge(self, order: Order, one: Unexplained, held: Holding | None, lasted_ns: int) -> None:
        """The order traded it, or nobody knows why it is held: then trading halts."""
        traded = traded_by(order, held, one.ours)
        if traded is not None and one.theirs * order.side > 0:
            self._suppose(order, traded)
        elif lasted_ns >= self._floor.config.risk.absent_ns:
            self._puzzled(order, one)

    def _entries(self) -> list[Order]:
        """Live entries of ours that the newest book lists and nobody can read."""
        live = self._floor.desk.blotter.live() if self._floor.desk.doubts.unreadable else ()
        return [one for one in live if one.purpose is Purpose.ENTRY and self._is_unread(one)]

    def _is_unread(self, order: Order) -> bool:
        unread, blotter = self._floor.desk.doubts.unreadable, self._floor.desk.blotter
        if order.order_id:
            return any(one.order_id == order.order_id for one in unread)
        return order.leg is Leg.PLAIN and any(blotter.may_be(order, one) for one in unread)

    def _suppose(self, order: Order, traded: Traded) -> None:
        floor = self._floor
        floor.send(NoteFilled(tag=order.tag, filled=traded.filled, value=traded.value))
        floor.say(
            Severity.ALARM,
            f"{order.symbol}: entry {order.order_id or order.tag} cannot be read, and by what is "
            f"held it traded {traded.unseen} shares; they are guarded as filled",
        )
        floor.desk.suppose(order, traded.filled, traded.value, floor.now_ns)

    def _puzzled(self, order: Order, one: Unexplained) -> None:
        if self._trading.give(TradingInput.MISMATCH):
            self._floor.say(
                Severity.ALARM,
                f"{order.symbol}: we hold {one.ours}, the broker says {one.theirs}, and entry "
                f"{order.order_id or order.tag} cannot be read; look at the broker's own screen, "
                "square what differs there, then reset",
            )
