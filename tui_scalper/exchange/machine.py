"""The exchange and its broker as one pure machine: orders in, updates out, time passed in.

It knows no clock, thread or socket. A Market behind it matches. What is asked and refused is in
`requests`, the life of an order in `life`, stops the broker holds in `second_legs`, the books in
`back_office`; here time passes, and questions are answered.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core.events import Rows
from tui_scalper.core.instruments import Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.venues import Phase
from tui_scalper.exchange.account import Account, Margins, Position
from tui_scalper.exchange.back_office import BackOffice
from tui_scalper.exchange.life import Life
from tui_scalper.exchange.market import ASLEEP, Market, Wakes
from tui_scalper.exchange.orders import Change, NewOrder, Order, OrderUpdate, Trade
from tui_scalper.exchange.requests import Requests
from tui_scalper.exchange.second_legs import SecondLegs

DEFAULT_CASH: Final = 100_000_000
"""Rs 10,00,000.00 in paise."""


class ExchangeState(msgspec.Struct, frozen=True, kw_only=True):
    """The account side of an exchange at one moment; msgspec can write and read it."""

    opening: int
    leverage: int
    histories: tuple[tuple[Order, ...], ...]
    trades: tuple[Trade, ...]
    positions: tuple[Position, ...]


class Exchange:
    """One account at one exchange. Money is paise; `leverage` applies to MIS only.

    Every method that takes `now_ns` (UTC) lets time pass up to it first; a time before the
    newest one seen counts as that one.
    """

    def __init__(
        self,
        universe: Universe,
        market: Market,
        *,
        opening_cash: int = DEFAULT_CASH,
        leverage: int = 1,
    ) -> None:
        self.universe = universe
        self.market = market
        self._office = office = BackOffice(universe, market, Account(opening_cash, leverage))
        self.faults = office.faults
        self._life = life = Life(office)
        self._second_legs = SecondLegs(office, life)
        life.cover = self._second_legs.cover
        self._requests = Requests(office, life)
        self._touched: set[int] = set()
        self._boundary_ns = 0

    # -- time and market --------------------------------------------------------------------

    @property
    def cells(self) -> Cells:
        """The market in the layout of core.columns."""
        return self.market.cells

    @property
    def now_ns(self) -> int:
        """The newest time this machine was told."""
        return self._office.now_ns

    def advance(self, now_ns: int) -> Rows:
        """Let time pass; the rows of `cells` that changed since the last call."""
        self._pass(now_ns)
        rows = np.array(sorted(self._touched), dtype=np.int64)
        self._touched.clear()
        return rows

    def match(self, rows: Rows, now_ns: int) -> None:
        """The owner of the cells changed `rows`: see whether our orders trade."""
        if now_ns >= self._boundary_ns:
            self._pass(now_ns)
        self._office.now_ns = max(self._office.now_ns, now_ns)
        self.market.match(rows, self._office.now_ns)
        self._life.digest()

    def wakes(self, row: int) -> Wakes:
        """Prices outside which nothing can happen to our live orders on `row`."""
        return self.market.wakes(row) if self._office.blotter.live else ASLEEP

    def _pass(self, now_ns: int) -> None:
        now_ns = max(now_ns, self._office.now_ns)
        venue = self.universe.venue
        if not self._boundary_ns:
            self._boundary_ns = venue.next_change(now_ns)
        while self._boundary_ns <= now_ns:
            self._run(self._boundary_ns)
            phase = venue.phase(self._boundary_ns)
            if phase is Phase.CLOSED:
                self._lapse()
            elif phase is Phase.PRE_OPEN:
                self._start_day()
            self._boundary_ns = venue.next_change(self._boundary_ns)
        self._run(now_ns)

    def _run(self, until_ns: int) -> None:
        self._office.now_ns = until_ns
        self._touched.update(self.market.advance(until_ns).tolist())
        self._life.digest()

    def _lapse(self) -> None:
        for order in tuple(self._office.blotter.live.values()):
            self._life.withdraw(order, "Order cancelled: the trading session is over.")

    def _start_day(self) -> None:
        """Yesterday's orders and trades are gone from the books; open positions stay."""
        self._office.blotter.restore(())
        self._office.trades.clear()
        self._office.account.roll()

    # -- requests ---------------------------------------------------------------------------

    def place(self, new: NewOrder, now_ns: int) -> str:
        """Take a new order and return its id; what the risk desk rejects has an id too.

        Raises OrderRefused when the request is malformed or the market does not trade.
        """
        self._pass(now_ns)
        return self._requests.place(new)

    def modify(self, order_id: str, change: Change, now_ns: int) -> None:
        """Change a live order. A new price or more shares cost it its turn.

        Raises OrderRefused; the order then stands as it was.
        """
        self._pass(now_ns)
        self._requests.modify(order_id, change)

    def exit(self, order_id: str, parent_id: str, now_ns: int) -> None:
        """Turn the second leg of the cover order `parent_id` into a protected market order.

        Raises OrderRefused; the leg then stands as it was.
        """
        self._pass(now_ns)
        self._requests.exit(order_id, parent_id)

    def cancel(self, order_id: str, now_ns: int) -> None:
        """Take a live order back. Raises OrderRefused when it is not live any more.

        Without its second leg a cover order guards nothing; without its entry the leg stays.
        """
        self._pass(now_ns)
        self._requests.cancel(order_id)

    def withhold_stop(self, tag: str) -> None:
        """A fault: the cover order with this tag gets no second leg before `make_stop`."""
        self._second_legs.withhold(tag)

    def make_stop(self, tag: str, now_ns: int) -> None:
        """The second leg withheld from the cover order with this tag is made at last."""
        self._pass(now_ns)
        self._second_legs.make(tag)

    # -- questions --------------------------------------------------------------------------

    def drain_updates(self) -> list[OrderUpdate]:
        """What happened to orders since the last call, oldest first."""
        return self._office.blotter.drain()

    @property
    def version(self) -> int:
        """Grows with every change of an order."""
        return self._office.blotter.version

    def orders(self) -> list[Order]:
        """Every order of the account as it stands, oldest first."""
        return self._office.blotter.orders()

    def live_orders(self) -> list[Order]:
        """Orders that work at the exchange, oldest first; costs what lives, not what ever was."""
        return list(self._office.blotter.live.values())

    def history(self, order_id: str) -> list[Order]:
        """All states an order went through. Raises OrderRefused for an unknown id."""
        return self._office.blotter.history(order_id)

    def trades(self, order_id: str | None = None) -> list[Trade]:
        """Trades of one order, or all of them, oldest first."""
        return [one for one in self._office.trades if order_id in (None, one.order_id)]

    def positions(self) -> list[Position]:
        """Every position of the day, closed ones too."""
        return list(self._office.account.positions.values())

    def margins(self) -> Margins:
        """Funds as they stand."""
        return Margins(
            opening=self._office.account.opening,
            realised=self._office.account.realised(),
            blocked=self._office.account.blocked(self._office.blotter.live.values()),
            unrealised=sum(self.unrealised(one) for one in self.positions()),
        )

    def unrealised(self, position: Position) -> int:
        """Open profit of a position at the last price."""
        return position.quantity * int(self.cells[position.row, c.LTP]) - position.cost

    # -- across a restart -------------------------------------------------------------------

    def state(self) -> ExchangeState:
        """The account side as it stands."""
        return ExchangeState(
            opening=self._office.account.opening,
            leverage=self._office.account.leverage,
            histories=self._office.blotter.histories(),
            trades=tuple(self._office.trades),
            positions=tuple(self.positions()),
        )

    def restore(self, state: ExchangeState, now_ns: int) -> None:
        """Take over the account of `state`; its live orders enter the market anew, in turn."""
        self._pass(now_ns)
        for order in self._office.blotter.live.values():
            self.market.withdraw(order.row, order.number, self._office.now_ns)
        self.market.drain()
        self._office.account = Account(state.opening, state.leverage)
        self._office.account.positions = {(one.row, one.product): one for one in state.positions}
        self._office.blotter.restore(state.histories)
        self._office.blotter.drain()
        self._office.trades = list(state.trades)
        for order in tuple(self._office.blotter.live.values()):
            self._life.enter(order)
