"""What the engine wants done. The runtime carries effects out, in order."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tui_scalper.core.emergency_table import Policy, Trigger
from tui_scalper.core.orders import Leg, OrderTerms, Purpose
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.units import Side


class Effect(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of all effects."""


class PlaceOrder(Effect, frozen=True, kw_only=True):
    """Send a new order. Only core.risk builds these, out of an Approved order."""

    tag: str
    row: int
    symbol: str
    exchange: str
    side: Side
    terms: OrderTerms
    purpose: Purpose = Purpose.ENTRY
    guard: int = 0
    """Trigger of the stop the broker is to hold from the first fill on, paise; 0: it holds none."""

    @property
    def leg(self) -> Leg:
        """What it is to a stop of the broker's."""
        return Leg.GUARDED if self.guard else Leg.PLAIN


class ModifyOrder(Effect, frozen=True, kw_only=True):
    """Change a live order to these terms; of a stop the broker holds only the trigger is ours."""

    order_id: str
    terms: OrderTerms
    leg: Leg = Leg.PLAIN
    parent_id: str = ""
    """The entry a stop of the broker's belongs to."""


class ExitStop(Effect, frozen=True, kw_only=True):
    """Have the broker turn the stop it holds into an exit at the market, at its own price.

    The answers are those of a change.
    """

    order_id: str
    parent_id: str
    terms: OrderTerms
    """What is expected of it: a limit order at the best."""


class CancelOrder(Effect, frozen=True, kw_only=True):
    """Take a live order back. Taken back, a stop of the broker's guards no more."""

    order_id: str
    leg: Leg = Leg.PLAIN


OrderRequest = PlaceOrder | ModifyOrder | ExitStop | CancelOrder
"""What counts in the order rate: everything that asks for an order or a change of one."""


class PollOrderBook(Effect, frozen=True, kw_only=True):
    """Ask the broker for its order book."""


class PollOrder(Effect, frozen=True, kw_only=True):
    """Ask the broker for one order by its number."""

    order_id: str


class PollFunds(Effect, frozen=True, kw_only=True):
    """Ask the broker for available funds."""


class PollPositions(Effect, frozen=True, kw_only=True):
    """Ask the broker what is held."""


class PollTrades(Effect, frozen=True, kw_only=True):
    """Ask the broker what was traded today."""


class SetLatch(Effect, frozen=True, kw_only=True):
    """Keep the kill latch, or its release, where a restart finds it."""

    killed: bool


class OnRecord(Effect, frozen=True, kw_only=True):
    """Base of what is only to be kept in the journal, where the next start finds it."""


class NoteLatch(OnRecord, frozen=True, kw_only=True):
    """What latched the trading state, or that a person reset it: it outlives the process."""

    given: TradingInput


class NoteBest(OnRecord, frozen=True, kw_only=True):
    """The day's best result, paise: the drawdown counts from it after a restart, too."""

    result: int


class NotePause(OnRecord, frozen=True, kw_only=True):
    """Entries pause, or may go on: that outlives the process, too."""

    paused: bool


class StockSwitch(StrEnum):
    """What a person can decide of one stock."""

    BY_HAND_ONLY = "only a person enters it"
    SKIPPED = "nobody enters it"


class NoteSwitch(OnRecord, frozen=True, kw_only=True):
    """That a person decided so of a stock, or took it back."""

    symbol: str
    switch: StockSwitch
    on: bool


class NoteEmergency(OnRecord, frozen=True, kw_only=True):
    """That a policy acted: what it latched outlives the process."""

    trigger: Trigger
    policy: Policy
    why: str


class NoteOver(OnRecord, frozen=True, kw_only=True):
    """That an order the broker does not know is over: what it traded in all, by what is held."""

    tag: str
    filled: int
    value: int


class NoteFilled(OnRecord, frozen=True, kw_only=True):
    """What an order that nobody can read traded so far, in all, by what is held."""

    tag: str
    filled: int
    value: int


class NoteHolding(OnRecord, frozen=True, kw_only=True):
    """That shares nobody explained were taken over as a position under `tag`.

    `quantity` is negative when short; `value` is what they were paid for or sold at, in paise.
    """

    tag: str
    row: int
    symbol: str
    quantity: int
    value: int
