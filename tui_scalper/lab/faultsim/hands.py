"""What others do in the same account: a person with the broker's own app, or the broker itself."""

from __future__ import annotations

from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core.units import BP, Side, floor_to_tick
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import LIVE, NewOrder, OrderRefused, Validity
from tui_scalper.lab.faultsim.cross import trade_with
from tui_scalper.lab.faultsim.ledger import Ledger
from tui_scalper.lab.faultsim.script import Fault
from tui_scalper.lab.faultsim.walk import UNIVERSE

REACH_BP: Final = 200
"""How far beyond the last price a hand is willing to trade."""


def trade_by_hand(exchange: Exchange, fault: Fault, now_ns: int) -> bool:
    """Buy or sell what is there at once; False when the exchange refuses."""
    stock = UNIVERSE[fault.row]
    side = Side.BUY if fault.amount > 0 else Side.SELL
    last = int(exchange.cells[fault.row, c.LTP])
    order = NewOrder(
        symbol=stock.symbol,
        side=side,
        quantity=abs(fault.amount),
        price=floor_to_tick(last + side * last * REACH_BP // BP, stock.tick),
        validity=Validity.IOC,
    )
    try:
        exchange.place(order, now_ns)
    except OrderRefused:
        return False
    return True


def forget(exchange: Exchange, ledger: Ledger, fault: Fault, now_ns: int) -> bool:
    """The broker loses our live exits of a stock; False when there are none."""
    found = [one for one in ledger.exits[fault.row].values() if not one.parent_id]
    for order in found:
        ledger.forgotten.add(order.order_id)
        if fault.amount:
            trade_with(exchange, order, now_ns)
        if exchange.history(order.order_id)[-1].status in LIVE:
            exchange.cancel(order.order_id, now_ns)
    return bool(found)


def cancel_by_hand(exchange: Exchange, ledger: Ledger, fault: Fault, now_ns: int) -> bool:
    """Cancel our live exits of a stock; False when there are none."""
    return _cancelled(exchange, list(ledger.exits[fault.row]), now_ns)


def take_stop_away(exchange: Exchange, ledger: Ledger, fault: Fault, now_ns: int) -> bool:
    """The broker takes back the stops it holds in a stock; False when it holds none."""
    held = [one.order_id for one in ledger.exits[fault.row].values() if one.parent_id]
    return _cancelled(exchange, held, now_ns)


def _cancelled(exchange: Exchange, order_ids: list[str], now_ns: int) -> bool:
    """Cancel what still works of these; False when nothing does.

    One may have ended in this very moment, by the market or with the session.
    """
    done = False
    for order_id in order_ids:
        try:
            exchange.cancel(order_id, now_ns)
        except OrderRefused:
            continue
        done = True
    return done
