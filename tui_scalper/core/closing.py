"""A position is over: it becomes a trade of the day, or only an entry that came to nothing."""

from __future__ import annotations

from tui_scalper.core.costs import Charges, order_costs
from tui_scalper.core.effects import PollFunds
from tui_scalper.core.ledger import Ledger, Surroundings
from tui_scalper.core.positions import Position
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.trades import ClosedTrade, day_result
from tui_scalper.core.units import FOREVER, rupees


def closed_trade(position: Position, charges: Charges, exit_ns: int) -> ClosedTrade:
    """What `position`, flat since `exit_ns`, came to."""
    costs = order_costs(charges, position.side, position.entry.value)
    costs += sum(order_costs(charges, order.side, order.value) for order in position.exits)
    return ClosedTrade(
        row=position.row,
        symbol=position.instrument.symbol,
        side=position.side,
        quantity=position.bought,
        entry_value=position.entry.value,
        exit_value=position.exit_value,
        entry_ns=position.filled_ns,
        exit_ns=exit_ns,
        reason=position.reason,
        pnl=position.side * (position.exit_value - position.entry.value),
        costs=costs,
    )


class Closing:
    """Takes positions that are done out of the books, and back in."""

    def __init__(self, around: Surroundings, ledger: Ledger) -> None:
        self._around = around
        self._ledger = ledger

    def close(self, position: Position, now_ns: int) -> None:
        """`position` is flat and nothing of it can trade any more."""
        config, table, _, chronicle, emit = self._around
        del self._ledger.positions[position.row]
        table.clear_wake(position.row)
        if position.bought == 0:
            table.hold(position.row, now_ns + config.risk.refusal_cooldown_ns)
            chronicle.say(
                now_ns,
                Severity.WARN,
                f"{position.instrument.symbol} entry {position.entry.state.value}, nothing "
                f"filled {position.entry.text}".rstrip(),
            )
            return
        trade = self._enter(position, now_ns)
        self._ledger.day.add(trade)
        table.hold(position.row, now_ns + config.risk.cooldown_ns)
        chronicle.say(
            now_ns,
            Severity.GOOD if trade.won else Severity.WARN,
            f"{trade.symbol} closed ({trade.reason}): {rupees(trade.pnl)} before, "
            f"{rupees(trade.pnl - trade.costs)} after costs",
        )
        emit(PollFunds())

    def _enter(self, position: Position, exit_ns: int) -> ClosedTrade:
        position.trade = trade = closed_trade(position, self._around.charges, exit_ns)
        self._ledger.trades.append(trade)
        return trade

    def reopen(self, position: Position) -> None:
        """A closed position is open after all, and its trade is none."""
        ledger = self._ledger
        ledger.positions[position.row] = position
        self._around.table.hold(position.row, FOREVER)
        if position.trade is not None:
            ledger.trades.remove(position.trade)
            ledger.day = day_result(ledger.trades)
            position.trade = None

    def settle(self, now_ns: int) -> None:
        """Work out anew what is open, what was earned and what was traded."""
        ledger, table = self._ledger, self._around.table
        ledger.trades.clear()
        ledger.positions.clear()
        ledger.entered = sum(one.bought > 0 for one in ledger.owned())
        for position in ledger.owned():
            if not position.done:
                ledger.positions[position.row] = position
                table.hold(position.row, FOREVER)
                continue
            table.hold(position.row, now_ns + self._around.config.risk.cooldown_ns)
            if position.bought:
                self._enter(position, position.over_ns)
        ledger.trades.sort(key=lambda trade: trade.exit_ns)
        ledger.day = day_result(ledger.trades)
