"""What the parts of the machine share: the market, the books of the account, and the time."""

from __future__ import annotations

import msgspec

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Universe
from tui_scalper.exchange.account import Account
from tui_scalper.exchange.blotter import Blotter
from tui_scalper.exchange.faults import Faults
from tui_scalper.exchange.market import Market
from tui_scalper.exchange.orders import NewOrder, News, Order, Trade
from tui_scalper.exchange.rules import STOPS, Desk, insufficient


class BackOffice:
    """One account at one exchange. `now_ns` is the newest time the machine was told."""

    def __init__(self, universe: Universe, market: Market, account: Account) -> None:
        self.universe = universe
        self.market = market
        self.account = account
        self.blotter = Blotter(universe.venue)
        self.trades: list[Trade] = []
        self.faults = Faults()
        self.now_ns = 0

    def record(self, order: Order, news: News | None, **fields: object) -> None:
        """Take note of `order` as it stands now, with these fields."""
        self.blotter.record(msgspec.structs.replace(order, updated_ns=self.now_ns, **fields), news)

    def desk(self, row: int, new: NewOrder) -> Desk:
        """What the risk desk sees when it judges `new`."""
        low, high = self.market.band(row)
        return Desk(
            stock=self.universe[row],
            ltp=int(self.market.cells[row, c.LTP]),
            low=low,
            high=high,
            held=self.account.held(row, new.product),
        )

    def told_to_reject(self, new: NewOrder) -> str:
        """Text of a rejection that a fault asked for, "" without one."""
        stop = new.type in STOPS and self.faults.take("reject_stops")
        return "RMS: stop orders are blocked for this scrip." if stop else ""

    def short_of_funds(self, order: Order) -> str:
        """Text of the margin refusal of `order` as it would stand, "" when funds suffice."""
        live = self.blotter.live.values()
        others = [one for one in live if one.number != order.number]
        before = self.account.blocked(live)
        after = self.account.blocked((*others, order))
        cash = self.account.opening + self.account.realised()
        if after <= max(cash, before):
            return ""
        return insufficient(after - before, cash - before)
