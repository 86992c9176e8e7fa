"""What news of an order means to its position: filled, lost, oversold, back from the dead."""

from __future__ import annotations

from typing import Final, NamedTuple

from tui_scalper.core.blotter import Order
from tui_scalper.core.by_hand import ByHand
from tui_scalper.core.closing import Closing
from tui_scalper.core.effects import PollFunds
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.hand_credit import stray
from tui_scalper.core.ledger import Ledger, Surroundings
from tui_scalper.core.order_table import TERMINAL, OrderState
from tui_scalper.core.orders import Leg, OrderKind
from tui_scalper.core.outbox import Outbox
from tui_scalper.core.positions import Position
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.steering import NEVER_RESTED, Steering
from tui_scalper.core.units import MS

CIRCUIT: Final = "circuit"
"""Word of a refusal that forbids prices farther away."""
LEAVING: Final = "leaving at market"
RETRY_WITHIN_NS: Final = 500 * MS
"""A stop rejected later than this after it was sent is no more tried again: time is short."""


class Glimpse(NamedTuple):
    """What was known of an order before some news of it."""

    state: OrderState
    filled: int
    value: int


def glimpse(order: Order) -> Glimpse:
    """What is known of `order` now."""
    return Glimpse(order.state, order.filled, order.value)


class Aftermath:
    """Draws the conclusions when something of an order changed."""

    def __init__(
        self,
        around: Surroundings,
        ledger: Ledger,
        outbox: Outbox,
        closing: Closing,
        steering: Steering,
        by_hand: ByHand,
    ) -> None:
        self._around = around
        self._ledger = ledger
        self._outbox = outbox
        self._closing = closing
        self._steering = steering
        self._by_hand = by_hand

    def after(self, order: Order, before: Glimpse, now_ns: int) -> None:
        """Something of `order` changed: count, judge a lost exit, steer its position."""
        position = self._ledger.owner(order)
        if self._ledger.positions.get(position.row) is not position:
            if position.done:
                return
            if position.row in self._ledger.positions:
                self._strayed(position, order, before, now_ns)
                return
            self._reopen(position, order, now_ns)
        if position.bought and not position.filled_ns:
            self._first_fill(position, now_ns)
        if position.exited and not position.entry_ended:
            position.end_entry()
        ended = order.state in TERMINAL and before.state not in TERMINAL
        if order is position.entry and ended and position.bought:
            self._around.emit(PollFunds())
        if ended and self._was_the_guard(position, order):
            self._exit_lost(position, order, now_ns)
        if position.held < 0 and order.filled > before.filled:
            self._oversold(position, order, now_ns)
        self._steering.steer(position, now_ns)

    @staticmethod
    def _was_the_guard(position: Position, order: Order) -> bool:
        """Whether shares are held, and `order`, which is over, was the last to guard them."""
        guarded = position.held and order.side is position.holding.opposite
        if not guarded or position.live_exit is not None or position.awaits_stop:
            return False
        return order is position.exit or order.leg is Leg.STOP

    def _first_fill(self, position: Position, now_ns: int) -> None:
        rules = self._around.config.protection
        position.filled_ns = now_ns
        if rules.time_exit_ns:
            position.leave_ns = now_ns + rules.time_exit_ns
        self._ledger.entered += 1

    def _strayed(self, position: Position, order: Order, before: Glimpse, now_ns: int) -> None:
        """An order of an earlier position came back while another one is open.

        It is taken back; what it filled counts like a trade by somebody else.
        """
        self._around.chronicle.say(
            now_ns,
            Severity.ALARM,
            f"{order.symbol}: an order of an earlier position is {order.state.value} after all",
        )
        traded = stray(position, order, before.filled, before.value)
        if traded is not None:
            self._by_hand.traded(traded, now_ns)
        if order.settled:
            self._outbox.take_back(order, now_ns)

    def _reopen(self, position: Position, order: Order, now_ns: int) -> None:
        """An order thought to be over fills or works after all: guard its position again."""
        self._around.chronicle.say(
            now_ns,
            Severity.ALARM,
            f"{order.symbol}: {order.purpose.value} {order.state.value} after all",
        )
        self._closing.reopen(position)
        why = self._steering.why_leave(position.row)
        if why is not None:
            self._steering.turn(position, why, now_ns)

    def _exit_lost(self, position: Position, order: Order, now_ns: int) -> None:
        again = self._may_retry(position, order, now_ns)
        held = order.leg is Leg.STOP
        then = ("a stop of our own" if held else "once more, wider") if again else LEAVING
        self._around.chronicle.say(
            now_ns,
            Severity.ALARM,
            f"{order.symbol} UNPROTECTED: {abs(position.held)} shares and no exit order "
            f"({order.state.value}: {order.text or 'no reason given'}); {then}",
        )
        if again:
            position.widened += not held
            return
        if order.state is OrderState.REJECTED and order.wanted.kind is OrderKind.LIMIT:
            position.stay_at_best()
        if not self._steering.turn(position, GoalInput.STOP_LOST, now_ns):
            position.exit_price = 0
            position.deadline_ns = now_ns + self._around.config.protection.reprice_ns

    def _may_retry(self, position: Position, order: Order, now_ns: int) -> bool:
        """Whether a stop the broker rejected is tried once more, farther away.

        One the broker was to hold itself is followed by one of our own.

        Only one that never rested and was answered soon: time without a stop is short. Nor
        where the broker speaks of circuit limits, which a wider price only breaks more.
        """
        if order.leg is Leg.STOP:
            never_rested = order.state in NEVER_RESTED
            return never_rested and position.goal is Goal.PROTECT
        refused = order.state is OrderState.REJECTED and order.wanted.kind is OrderKind.STOP_LIMIT
        left = position.widened < self._around.config.protection.stop_retries
        soon = now_ns - order.sent_ns < RETRY_WITHIN_NS
        inside = CIRCUIT not in order.text.lower()
        return refused and left and soon and inside and position.goal is Goal.PROTECT

    def _oversold(self, position: Position, order: Order, now_ns: int) -> None:
        self._around.chronicle.say(
            now_ns,
            Severity.ALARM,
            f"{order.symbol}: {-position.held} shares more were closed than were held; "
            "trading them back",
        )
        self._steering.turn(position, GoalInput.OVERSOLD, now_ns)
