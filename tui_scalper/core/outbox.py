"""What leaves for the broker: requests in the order rate, and the next look at its order book.

A request that does not fit the rate is dropped; `wake_ns` says when its sender looks again
at what is needed, which may be something else by then.
"""

from __future__ import annotations

from collections.abc import Callable

from tui_scalper.core.blotter import Blotter, Order
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.effects import CancelOrder, Effect, ExitStop, ModifyOrder, PollOrderBook
from tui_scalper.core.order_table import OrderInput, OrderState
from tui_scalper.core.pacing import SendWindow, windows_of
from tui_scalper.core.units import FOREVER


class Outbox:
    """The way out of the desk."""

    def __init__(
        self, config: EngineConfig, blotter: Blotter, emit: Callable[[Effect], None]
    ) -> None:
        self.window = SendWindow(windows_of(config.risk))
        self._polls = config.polls
        self._blotter = blotter
        self._emit = emit
        self._poll_ns = FOREVER
        self._send_ns = FOREVER
        """When a request that did not leave is tried again."""

    @property
    def wake_ns(self) -> int:
        """When `retries` or `polls` has something to do."""
        return min(self._poll_ns, self._send_ns)

    def fits(self, now_ns: int) -> bool:
        """Whether a request may leave now; if not, it is tried again as soon as one may."""
        if self.window.exit_fits(now_ns):
            return True
        self.postpone(self.window.next_free(now_ns))
        return False

    def postpone(self, until_ns: int) -> None:
        """Something must be asked at `until_ns` that could not be asked now."""
        self._send_ns = min(self._send_ns, until_ns)

    def retries(self, now_ns: int) -> bool:
        """Whether postponed requests are due; they are told once."""
        due = now_ns >= self._send_ns
        if due:
            self._send_ns = FOREVER
        return due

    def request(self, effect: Effect, order: Order, now_ns: int) -> None:
        """Send one request about `order`, or postpone it when the order rate is used up."""
        if not self.fits(now_ns):
            return
        self.window.record(now_ns)
        self.follow(now_ns)
        order.asked_ns = now_ns
        if isinstance(effect, ModifyOrder | ExitStop):
            order.ask(effect.terms)
            self._blotter.apply(order, OrderInput.MODIFY_SENT, now_ns)
        elif isinstance(effect, CancelOrder):
            self._blotter.apply(order, OrderInput.CANCEL_SENT, now_ns)
        self._emit(effect)

    def change(
        self, effect: ModifyOrder | ExitStop | CancelOrder, order: Order, now_ns: int
    ) -> None:
        """Change a settled order; a while later when the last change just failed."""
        if now_ns < order.patient_ns:
            self.postpone(order.patient_ns)
        else:
            self.request(effect, order, now_ns)

    def take_back(self, order: Order, now_ns: int) -> None:
        """Cancel a settled order."""
        self.change(CancelOrder(order_id=order.order_id, leg=order.leg), order, now_ns)

    def poll(self, now_ns: int) -> None:
        """Ask for the order book now; sooner again while an order is in doubt."""
        live = self._blotter.live()
        doubtful = any(one.state is OrderState.UNKNOWN or one.missed for one in live)
        every = self._polls.doubt_ns if doubtful else self._polls.orders_ns
        self._poll_ns = now_ns + every if live else FOREVER
        self._emit(PollOrderBook())

    def follow(self, now_ns: int) -> None:
        """An order works, whoever asked for it: the order book is asked for in time."""
        self._poll_ns = min(self._poll_ns, now_ns + self._polls.orders_ns)

    def polls(self, now_ns: int) -> None:
        """Ask for the order book when it is time to."""
        if now_ns >= self._poll_ns:
            self.poll(now_ns)
