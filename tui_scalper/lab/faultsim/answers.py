"""What a broker says of requests, in the engine's words."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.orders import OrderReport, ReportStatus

Told = Callable[[int], ev.Event]
"""Makes an event out of the engine's time at which it arrives."""


def cancelled(told: OrderReport) -> OrderReport:
    """The same order, cancelled."""
    return msgspec.structs.replace(told, status=ReportStatus.CANCELLED, text="")


def refusal(effect: ef.OrderRequest, text: str) -> Told:
    """The request was certainly not taken."""
    if isinstance(effect, ef.PlaceOrder):
        tag = effect.tag
        return lambda at: ev.PlaceRefused(at_ns=at, tag=tag, text=text)
    order_id = effect.order_id
    if isinstance(effect, ef.ModifyOrder | ef.ExitStop):
        return lambda at: ev.ModifyRefused(at_ns=at, order_id=order_id, text=text)
    return lambda at: ev.CancelRefused(at_ns=at, order_id=order_id, text=text)


def unknown(effect: ef.OrderRequest, text: str) -> Told:
    """Nobody knows whether the request was taken."""
    if isinstance(effect, ef.PlaceOrder):
        tag = effect.tag
        return lambda at: ev.PlaceUnknown(at_ns=at, tag=tag, text=text)
    order_id = effect.order_id
    return lambda at: ev.ChangeUnknown(at_ns=at, order_id=order_id, text=text)
