"""A protected position: one entry order, at most one live exit order, and a goal.

What is held, how it is guarded and what it earned all follow from the orders; nothing is
stored twice. `wanted_terms` says what the exit order should be now; the desk asks the
broker for the difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.blotter import Order
from tui_scalper.core.circuit import drawn_in, inside
from tui_scalper.core.config import ProtectionRules
from tui_scalper.core.depth import best_price
from tui_scalper.core.goal_table import GOAL_TABLE, Goal, GoalInput
from tui_scalper.core.instruments import Instrument
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import Leg, OrderKind, OrderTerms
from tui_scalper.core.prices import (
    collared,
    stop_limit,
    stop_trigger,
    target_price,
    trailed_stop,
)
from tui_scalper.core.snapshot import Protection
from tui_scalper.core.tables import Outcome, step
from tui_scalper.core.trades import ClosedTrade
from tui_scalper.core.units import BP, FOREVER, Side, ceil_to_tick, floor_to_tick

Row = NDArray[np.int64]


@dataclass(slots=True)
class Position:
    """One position from its entry order to flat."""

    row: int
    instrument: Instrument
    side: Side
    entry: Order
    opened_ns: int
    exits: list[Order] = field(default_factory=list)
    goal: Goal = Goal.PROTECT
    reason: str = "stop"
    """Why it ends the way its goal says; becomes the exit reason of the trade."""
    deadline_ns: int = FOREVER
    """When the goal is looked at again."""
    exit_price: int = 0
    collared: bool = True
    """A forced exit reaches beyond the best; not after the broker refused one (circuit limits)."""
    entry_ends_ns: int = FOREVER
    """When the unfilled rest of the entry is no longer wanted."""
    edge: int = 0
    """Farthest price the entry may ever ask: the collar of the best it was decided at, paise."""
    chases: int = 0
    """How often its unfilled rest was followed."""
    entry_ended: bool = False
    taken: int = 0
    """Shares somebody else closed in the broker's own app."""
    taken_value: int = 0
    widened: int = 0
    """How often the broker rejected its stop and a wider one was tried."""
    steps: int = 0
    """Steps the trailing stop has made; it never goes back."""
    leave_ns: int = FOREVER
    """When it has been held long enough."""
    manual: bool = False
    """The operator took it over: no target, no trail, no time exit; the stop stays."""
    break_even: int = 0
    """Stop moved by the operator, paise; 0 when it was not."""
    filled_ns: int = 0
    """First fill of the entry."""
    thin_ns: int = FOREVER
    """When a stop of the broker's that covers less than is held is no longer waited for."""
    stranded: bool = False
    """It cannot leave while trading is closed, and that was said."""
    trade: ClosedTrade | None = None
    """What it became when it closed."""

    @property
    def bought(self) -> int:
        """Shares the entry filled."""
        return self.entry.filled

    @property
    def exited(self) -> int:
        """Shares closed, by our exits or by hand; what was traded back counts against it."""
        closing = self.side.opposite
        return self.taken + sum(order.filled * order.side * closing for order in self.exits)

    @property
    def exit_value(self) -> int:
        """Value of what was closed, paise; what was traded back counts against it."""
        closing = self.side.opposite
        return self.taken_value + sum(order.value * order.side * closing for order in self.exits)

    @property
    def held(self) -> int:
        """Shares still held; negative when more was closed than was held."""
        return self.bought - self.exited

    @property
    def holding(self) -> Side:
        """The side of the shares held; the other one when more was closed than was held."""
        return self.side if self.held >= 0 else self.side.opposite

    @property
    def exit(self) -> Order | None:
        """The newest exit order, live or not."""
        return self.exits[-1] if self.exits else None

    @property
    def live_exit(self) -> Order | None:
        """The newest exit order that may still trade, None when there is none."""
        return next((order for order in reversed(self.exits) if order.live), None)

    @property
    def over_ns(self) -> int:
        """When the last of its orders ended; only meant of a position that is done."""
        return max(order.turned_ns for order in (self.entry, *self.exits))

    @property
    def broker_holds(self) -> bool:
        """Whether its exit order is a stop of the broker's."""
        live = self.live_exit
        return live is not None and live.leg is Leg.STOP

    @property
    def awaits_stop(self) -> bool:
        """Whether the broker must hold a stop for what is held, which we know nothing of yet.

        One that ended unfilled is not awaited again: brokers do not replace it.
        """
        if self.entry.leg is not Leg.GUARDED or self.held <= 0 or self.live_exit is not None:
            return False
        last = self.exit
        return last is None or (last.leg is Leg.STOP and last.state is OrderState.FILLED)

    @property
    def broker_covers(self) -> int | None:
        """Shares the stop is for that the broker is seen to hold; None where it holds none."""
        live = self.live_exit
        if live is None or live.leg is not Leg.STOP or not live.seen:
            return None
        return live.terms.quantity - live.filled

    @property
    def thin(self) -> bool:
        """Whether the broker is seen to hold a stop for less than is held."""
        covers = self.broker_covers
        return covers is not None and covers < self.held

    @property
    def done(self) -> bool:
        """Flat, and nothing of it can trade any more."""
        return self.held == 0 and not any(o.live for o in (self.entry, *self.exits))

    def stop(self, rules: ProtectionRules) -> int:
        """Trigger of the stop, paise; 0 while nothing is filled."""
        if self.bought == 0:
            return 0
        tick = self.instrument.tick
        risked = rules.stop_bp + self.widened * rules.stop_gap_bp
        moved = [stop_trigger(self.entry.value, self.bought, self.side, risked, tick)]
        if self.steps:
            gained = self.steps * rules.trail_bp - rules.stop_bp
            moved.append(trailed_stop(self.entry.value, self.bought, self.side, gained, tick))
        if self.break_even:
            moved.append(self.break_even)
        return max(moved) if self.side is Side.BUY else min(moved)

    def even(self) -> int:
        """The average entry price on the tick, rounded to the side that loses nothing, paise."""
        average = self.entry.value // self.bought
        tick = self.instrument.tick
        if self.side is Side.BUY:
            return ceil_to_tick(average, tick)
        return floor_to_tick(average, tick)

    def steps_at(self, best: int, rules: ProtectionRules) -> int:
        """Steps the trailing stop should have made when `best` is what an exit would get."""
        if rules.trail_bp == 0 or self.bought == 0 or best <= 0:
            return 0
        gained = (best * self.bought - self.entry.value) * self.side * BP
        return max(gained // (self.entry.value * rules.trail_bp), 0)

    def next_step(self, rules: ProtectionRules) -> int:
        """Best price at which the trailing stop makes its next step, paise."""
        tick = self.instrument.tick
        gained = (self.steps + 1) * rules.trail_bp
        return target_price(self.entry.value, self.bought, self.side, gained, tick)

    def target(self, rules: ProtectionRules) -> int:
        """Target price, paise; 0 while nothing is filled."""
        if self.bought == 0:
            return 0
        return target_price(
            self.entry.value, self.bought, self.side, rules.target_bp, self.instrument.tick
        )

    def open_pnl(self, ltp: int) -> int:
        """Profit so far at last price `ltp`, realised and open, paise, before costs."""
        return self.side * (self.exit_value + self.held * ltp - self.entry.value)

    def end_entry(self) -> None:
        """What is not filled of the entry is no longer wanted."""
        self.entry_ended = True
        self.entry_ends_ns = FOREVER

    def turn(self, given: GoalInput, deadline_ns: int) -> bool:
        """Move the goal by its table; True when it changed."""
        outcome = step(GOAL_TABLE, self.goal, given)
        if isinstance(outcome, Outcome):
            return False
        self.goal = outcome
        self.deadline_ns = deadline_ns
        self.exit_price = 0
        self.reason = "stop" if outcome is Goal.PROTECT else given.value
        return True

    def stay_at_best(self) -> None:
        """Price forced exits at the best itself from now on, which no circuit limit forbids."""
        self.collared = False
        self.exit_price = 0

    def wanted_stop(self, rules: ProtectionRules) -> OrderTerms:
        """The stop for what is held; `quantity` counts the exit order's fills, as brokers do."""
        live = self.live_exit
        trigger = self.stop(rules)
        gap_bp = rules.stop_gap_bp * (1 + self.widened)
        return OrderTerms(
            kind=OrderKind.STOP_LIMIT,
            quantity=abs(self.held) + (live.filled if live is not None else 0),
            price=stop_limit(trigger, self.side, gap_bp, self.instrument.tick),
            trigger=trigger,
        )

    def wanted_terms(self, row: Row, rules: ProtectionRules) -> OrderTerms:
        """What the exit order should be now; `quantity` counts its own fills as brokers do."""
        exit_order = self.live_exit
        quantity = abs(self.held) + (exit_order.filled if exit_order is not None else 0)
        tick = self.instrument.tick
        if self.goal is Goal.PROTECT:
            return drawn_in(self.wanted_stop(rules), row, tick)
        if self.goal is Goal.TAKE:
            price = inside(self.target(rules), row, tick)
            return OrderTerms(kind=OrderKind.LIMIT, quantity=quantity, price=price)
        if self.exit_price == 0:
            ours = self.collared and not self.broker_holds  # the broker prices its own exits
            collar_bp = rules.exit_collar_bp if ours else 0
            paid = self.entry.value // max(self.bought, 1)
            self.exit_price = exit_limit(row, self.holding, collar_bp, tick, paid=paid)
        return OrderTerms(kind=OrderKind.LIMIT, quantity=quantity, price=self.exit_price)

    def stop_is_passed(self, row: Row, rules: ProtectionRules) -> bool:
        """Whether the last price is at or beyond the stop, so that no stop can rest there."""
        ltp = int(row[c.LTP])
        return ltp > 0 and (ltp - self.stop(rules)) * self.side <= 0

    def stop_is_jumped(self, row: Row) -> bool:
        """Whether the last price is beyond the limit of the stop, which then cannot fill."""
        live = self.live_exit
        ltp = int(row[c.LTP])
        return live is not None and ltp > 0 and (ltp - self.jump_price(live)) * self.side <= 0

    def jump_price(self, stop: Order) -> int:
        """The first price beyond the limit of `stop`; a stop without a limit has none."""
        if stop.terms.price == 0:
            return -1 if self.side is Side.BUY else FOREVER
        return stop.terms.price - self.side

    def protection(self) -> Protection:
        """How the position is guarded, derived from its orders."""
        exit_order = self.live_exit
        if self.done:
            return Protection.CLOSED
        if OrderState.UNKNOWN in {o.state for o in (self.entry, exit_order) if o is not None}:
            return Protection.UNKNOWN
        if self.goal is not Goal.PROTECT:
            return Protection.TAKING if self.goal is Goal.TAKE else Protection.EXITING
        if self.held == 0:
            return Protection.ENTERING
        if exit_order is None or not exit_order.seen:
            return Protection.UNPROTECTED
        covered = exit_order.terms.quantity - exit_order.filled >= self.held
        stopped = exit_order.terms.kind is OrderKind.STOP_LIMIT
        return Protection.PROTECTED if covered and stopped else Protection.UNPROTECTED


def exit_limit(row: Row, side: Side, collar_bp: int, tick: int, *, paid: int) -> int:
    """Limit of a forced exit of a position on `side`: beyond the best it trades against.

    Where that side is empty (a stock at its circuit) the last price stands in for the best,
    and where nothing is known yet (just started) the price `paid` for it does.
    """
    closing = side.opposite
    best = best_price(row, closing) or int(row[c.LTP]) or paid
    return max(inside(collared(best, closing, collar_bp, tick), row, tick), tick)
