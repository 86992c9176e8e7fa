"""What the account has at stake: profit so far, exposure, losing streak. Paise throughout."""

from __future__ import annotations

from tui_scalper.core import columns as c
from tui_scalper.core.ledger import Ledger
from tui_scalper.core.market import MarketTable
from tui_scalper.core.orders import Purpose
from tui_scalper.core.positions import Position
from tui_scalper.core.trades import losses_in_a_row


class Stake:
    """Sums over the books at the present prices."""

    def __init__(self, ledger: Ledger, table: MarketTable) -> None:
        self._ledger = ledger
        self._table = table
        self._forgiven_ns = 0
        """A person looked then: trades up to it count in no streak."""

    def open_pnl(self) -> int:
        """Open profit of all positions at the last prices, before costs."""
        return sum(
            position.open_pnl(self.mark(position))
            for position in self._ledger.positions.values()
            if position.bought
        )

    def mark(self, position: Position) -> int:
        """Price a position is valued at: the last price, its entry while there is none."""
        ltp = int(self._table.cells[position.row, c.LTP])
        return ltp or position.entry.value // max(position.bought, 1)

    def gross(self) -> int:
        """Notional of all stocks: held, traded by hand, and what entries may still fill."""
        return sum(self.exposure(row) for row in self._touched())

    def sector(self, row: int) -> int:
        """The same of the stocks of the industry of `row`; 0 where that is unknown."""
        universe = self._table.universe
        industry = universe[row].industry
        if not industry:
            return 0
        return sum(
            self.exposure(one) for one in self._touched() if universe[one].industry == industry
        )

    def _touched(self) -> set[int]:
        """Rows in which anything is held or may still fill."""
        working = {one.row for one in self._ledger.blotter.live() if one.purpose is Purpose.ENTRY}
        by_hand = {row for row, net in self._ledger.strangers.net.items() if net}
        return working | by_hand | set(self._ledger.positions)

    def exposure(self, row: int) -> int:
        """Notional of one stock: held, traded by hand, and what any entry may still fill."""
        position = self._ledger.positions.get(row)
        held = abs(position.held) * self.mark(position) if position is not None else 0
        stranger = abs(self._ledger.strangers.net.get(row, 0))
        by_hand = stranger * int(self._table.cells[row, c.LTP]) if stranger else 0
        working = sum(
            order.open_quantity * order.wanted.price
            for order in self._ledger.blotter.live()
            if order.row == row and order.purpose is Purpose.ENTRY
        )
        return held + by_hand + working

    def sent_since(self, at_ns: int) -> int:
        """Notional of open positions whose entry left after `at_ns`."""
        return sum(
            position.entry.wanted.quantity * position.entry.wanted.price
            for position in self._ledger.positions.values()
            if position.entry.sent_ns > at_ns
        )

    def loss_streak(self) -> int:
        """Losing trades in a row up to now, since a person looked at the last streak."""
        trades = self._ledger.trades
        return losses_in_a_row([one for one in trades if one.exit_ns > self._forgiven_ns])

    def forgive_streak(self, at_ns: int) -> None:
        """A person looked at `at_ns`: trades up to then count in no streak."""
        self._forgiven_ns = at_ns
