"""Between the exchange's words and the engine's: for a replay without a socket."""

from __future__ import annotations

from typing import Final

from tui_scalper.core.effects import ExitStop, ModifyOrder, PlaceOrder
from tui_scalper.core.orders import (
    Holding,
    Leg,
    OrderKind,
    OrderReport,
    OrderTerms,
    OrderTrades,
    ReportStatus,
    by_order,
)
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import Change, NewOrder, Order, OrderType, Status, Variety

TYPES: Final = {
    OrderKind.LIMIT: OrderType.LIMIT,
    OrderKind.STOP_LIMIT: OrderType.STOP_LIMIT,
}
VARIETIES: Final = {Leg.PLAIN: Variety.REGULAR, Leg.GUARDED: Variety.COVER}
KINDS: Final = {
    OrderType.LIMIT: OrderKind.LIMIT,
    OrderType.MARKET: OrderKind.LIMIT,
    OrderType.STOP_LIMIT: OrderKind.STOP_LIMIT,
    OrderType.STOP_MARKET: OrderKind.STOP_LIMIT,
}
REPORTED: Final = {
    Status.OPEN: ReportStatus.OPEN,
    Status.TRIGGER_PENDING: ReportStatus.TRIGGER_PENDING,
    Status.COMPLETE: ReportStatus.COMPLETE,
    Status.CANCELLED: ReportStatus.CANCELLED,
    Status.REJECTED: ReportStatus.REJECTED,
}
"""States not named here are on their way: pending."""


def new_order(effect: PlaceOrder) -> NewOrder:
    """The order an effect of the engine asks for."""
    return NewOrder(
        symbol=effect.symbol,
        exchange=effect.exchange,
        side=effect.side,
        type=TYPES[effect.terms.kind],
        quantity=effect.terms.quantity,
        price=effect.terms.price,
        trigger=effect.guard or effect.terms.trigger,
        tag=effect.tag,
        variety=VARIETIES[effect.leg].value,
    )


def change(terms: OrderTerms, leg: Leg = Leg.PLAIN) -> Change:
    """The change that brings a live order to these terms, or to what of them can be asked."""
    if leg is Leg.STOP:
        return Change(trigger=terms.trigger)
    if leg is Leg.GUARDED:
        return Change(price=terms.price, quantity=terms.quantity)
    return Change(
        type=TYPES[terms.kind],
        quantity=terms.quantity,
        price=terms.price,
        trigger=terms.trigger,
    )


def report(order: Order) -> OrderReport:
    """What the engine would hear of this order."""
    asked = order.asked
    return OrderReport(
        order_id=order.order_id,
        tag=asked.tag,
        row=order.row,
        symbol=asked.symbol,
        side=asked.side,
        terms=OrderTerms(
            kind=KINDS[asked.type],
            quantity=asked.quantity,
            price=asked.price,
            trigger=asked.trigger,
        ),
        status=REPORTED.get(order.status, ReportStatus.PENDING),
        filled=order.filled,
        filled_value=order.filled_value,
        text=order.text,
        exchange_ns=order.exchange_ns,
        leg=leg_of(order),
        parent_id=order.parent_id,
    )


def leg_of(order: Order) -> Leg:
    """What an order is to a stop that the broker holds."""
    if order.parent_id:
        return Leg.STOP
    return Leg.GUARDED if order.variety == Variety.COVER else Leg.PLAIN


def carry_change(exchange: Exchange, effect: ModifyOrder | ExitStop, now_ns: int) -> None:
    """Ask the exchange for a change. Raises OrderRefused."""
    if isinstance(effect, ExitStop):
        exchange.exit(effect.order_id, effect.parent_id, now_ns)
    else:
        exchange.modify(effect.order_id, change(effect.terms, effect.leg), now_ns)


def holdings_of(exchange: Exchange) -> tuple[Holding, ...]:
    """What the engine would hear is held, flat positions left out."""
    return tuple(
        Holding(row=one.row, symbol=one.symbol, quantity=one.quantity, value=abs(one.cost))
        for one in exchange.positions()
        if one.quantity
    )


def trades_of(exchange: Exchange) -> tuple[OrderTrades, ...]:
    """What the engine would hear each order traded."""
    return by_order(
        OrderTrades(order_id=one.order_id, quantity=one.quantity, value=one.price * one.quantity)
        for one in exchange.trades()
    )
