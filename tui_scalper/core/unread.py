"""Entries of the broker's order book that nobody can read: what they forbid, and what not.

What can be read of a book is used as ever, and what is held is guarded. Of an entry that
makes no sense nobody knows what it is, what it traded, or whether it will:

- No entry leaves in its stock, in none where the stock cannot be told either.
- An order of ours that the entry is by its number stays what our books say of it, and is asked
  for alone. An order without a number, of a stock the entry may be of, is not proven absent.
- A position with an exit order in our books, known or UNKNOWN, counts as guarded by it, and so
  does one whose stock and exit tag the entry bears: nothing is put beside that order. Every
  other is naked and gets its stop at once. Our requests are written down before they leave, so
  an order of ours that no book of ours has was lost with a disk's last moment, or is somebody
  else's; two stops close too much at the most, which is known when it happens and traded back,
  while a position without one has no bound to its loss.
- What an entry of ours traded unread is taken from what is held; see core.unread_fills.
"""

from __future__ import annotations

from tui_scalper.core import events as ev
from tui_scalper.core.effects import PollOrder, PollPositions
from tui_scalper.core.floor import Floor
from tui_scalper.core.orders import UnreadableOrder
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.trading import Trading
from tui_scalper.core.units import FOREVER
from tui_scalper.core.unread_fills import UnreadFills
from tui_scalper.core.unseen import NewestBook

NAMED_AT_ONCE = 3
"""Entries an alarm names each; of more their number is said."""
ASKED_AT_ONCE = 3
"""Orders asked for alone after one order book."""


class Unread:
    """Says what of the last order book cannot be read, and keeps asking until it can."""

    def __init__(self, floor: Floor, trading: Trading, book: NewestBook) -> None:
        self._floor = floor
        self._fills = UnreadFills(floor, trading, book)
        self.held = self._fills.held
        self.ask_ns = FOREVER
        """When the order book is asked for again on their account."""

    def book_seen(self, event: ev.OrderBookReported) -> None:
        """An order book arrived."""
        floor = self._floor
        doubts = floor.desk.doubts
        before, doubts.unreadable = doubts.unreadable, event.unreadable
        known = set(before)
        new = [entry for entry in event.unreadable if entry not in known]
        for entry in new[:NAMED_AT_ONCE]:
            floor.say(Severity.ALARM, _alarm(entry))
        if len(new) > NAMED_AT_ONCE:
            more = len(new) - NAMED_AT_ONCE
            floor.say(Severity.ALARM, f"order book: {more} more entries of it cannot be read")
        if before and not event.unreadable:
            floor.say(Severity.GOOD, "every entry of the broker's order book can be read again")
        ours = [one.order_id for one in event.unreadable if self._is_live(one)]
        for order_id in ours[:ASKED_AT_ONCE]:
            floor.send(PollOrder(order_id=order_id))
        every = floor.config.polls.orders_ns
        self.ask_ns = floor.now_ns + every if event.unreadable else FOREVER
        if self._fills.waits():
            self.ask_ns = floor.now_ns + floor.config.polls.doubt_ns
            floor.send(PollPositions())

    def ask(self) -> None:
        """Ask for the order book again."""
        self.ask_ns = FOREVER
        self._floor.desk.poll(self._floor.now_ns)

    def _is_live(self, entry: UnreadableOrder) -> bool:
        order = self._floor.desk.blotter.by_id(entry.order_id)
        return order is not None and order.live


def _alarm(entry: UnreadableOrder) -> str:
    order = f"order {entry.order_id}" if entry.order_id else "an order without a readable number"
    stock = entry.symbol or "a stock that cannot be read"
    stopped = f"no entry in {entry.symbol}" if entry.symbol else "no entry in any stock"
    return (
        f"order book: {order} of {stock} cannot be read ({entry.text}); {stopped} until it can; "
        "what is held stays guarded. Look at the broker's own screen"
    )
