"""What is asked of the broker for a position, and when.

Level-triggered: after any news of a position, `steer` compares what its exit order should
be with what rests at the broker and asks for the difference, one request at a time.
Nothing new is asked while an answer is awaited or an order is in an unknown state.
"""

from __future__ import annotations

from typing import Final

import msgspec

from tui_scalper.core import columns as c
from tui_scalper.core.blotter import Order
from tui_scalper.core.closing import Closing
from tui_scalper.core.goal_table import Goal, GoalInput
from tui_scalper.core.ledger import Ledger, Surroundings
from tui_scalper.core.legs import change_to
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import OrderTerms, Purpose
from tui_scalper.core.outbox import Outbox
from tui_scalper.core.positions import Position
from tui_scalper.core.price_watch import watch
from tui_scalper.core.risk import exit_order
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.tags import TagMaker
from tui_scalper.core.units import FOREVER

NEVER_RESTED: Final = frozenset({OrderState.REJECTED, OrderState.ABSENT})
TARGETS: Final = frozenset({GoalInput.TARGET_TOUCHED, GoalInput.TARGET_LEFT})
EAGER: Final = 3
"""How many failing exits of a position are followed by the next at once."""
BACK_OFF: Final = 2
"""How often the wait between failing exits doubles after that."""


class Steering:
    """Keeps the orders of every position what they should be."""

    def __init__(
        self, around: Surroundings, ledger: Ledger, outbox: Outbox, closing: Closing, tags: TagMaker
    ) -> None:
        self._around = around
        self._ledger = ledger
        self._outbox = outbox
        self._closing = closing
        self._tags = tags
        self.frozen = False
        """While true nothing is asked of the broker: our books are not compared with its yet."""
        self.open_groups: set[int] = set()
        """Session groups whose orders the exchange takes; nothing is asked of the others."""
        self.leaving: GoalInput | None = None
        """Why nothing may be held now (kill latch, emergency); None while it may."""
        self.resting_groups: set[int] = set()
        """Session groups of which nothing may be held now: their session ends."""
        self._gathered: dict[int, Position] | None = None
        """Positions to steer once the order book at hand is taken in; None for at once."""

    def why_leave(self, row: int) -> GoalInput | None:
        """Why nothing of this stock may be held now; None while it may."""
        if self.leaving is not None:
            return self.leaving
        return GoalInput.SQUARE_OFF if self._group(row) in self.resting_groups else None

    def _group(self, row: int) -> int:
        return int(self._around.table.cells[row, c.GROUP])

    def turn(self, position: Position, given: GoalInput, now_ns: int) -> bool:
        """Tell the goal of `position` what happened, and say it when that changed the goal."""
        rules = self._around.config.protection
        waits = {
            GoalInput.TARGET_TOUCHED: now_ns + rules.take_ns,
            GoalInput.TAKE_EXPIRED: FOREVER,
        }
        turned = position.turn(given, waits.get(given, now_ns + rules.reprice_ns))
        self._around.chronicle.acted[given] += turned
        if turned and given is not GoalInput.TAKE_EXPIRED:
            self._around.chronicle.say(
                now_ns,
                Severity.GOOD if given in TARGETS else Severity.WARN,
                f"{position.instrument.symbol}: {given.value}, {position.goal.value}",
            )
        return turned

    def gather(self) -> None:
        """From now on only note which positions are to be steered."""
        self._gathered = {}

    def steer_gathered(self, now_ns: int) -> None:
        """Steer the positions noted meanwhile, the last of every stock."""
        gathered, self._gathered = self._gathered or {}, None
        for position in gathered.values():
            self.steer(position, now_ns)

    def steer(self, position: Position, now_ns: int) -> None:
        """Ask for the difference between what the orders of `position` are and should be."""
        if self.frozen:
            return
        if self._gathered is not None:
            self._gathered[position.row] = position
            return
        if position.done:
            self._closing.close(position, now_ns)
            return
        if self._group(position.row) in self.open_groups:
            position.stranded = False
            self._withdraw_unwanted(position, now_ns)
            self._steer_exit(position, now_ns)
        elif position.held and position.goal is Goal.EXIT and not position.stranded:
            self._say_stranded(position, now_ns)
        watch(position, self._around.table, self._around.config.protection)

    def _say_stranded(self, position: Position, now_ns: int) -> None:
        """Say once that it cannot leave: the exchange takes no orders now."""
        position.stranded = True
        self._around.chronicle.say(
            now_ns,
            Severity.ALARM,
            f"{position.instrument.symbol}: {abs(position.held)} shares are held and trading is "
            "closed: nothing can be sent before it opens; close them on the broker's own screen "
            "while that is possible",
        )

    def _withdraw_unwanted(self, position: Position, now_ns: int) -> None:
        """Take back what no longer serves: a late entry, an older exit, an exit of nothing."""
        kept = position.live_exit
        serves = kept is not None and position.held and kept.side is position.holding.opposite
        unwanted = [order for order in position.exits if not serves or order is not kept]
        if position.entry_ended or position.goal is not Goal.PROTECT:
            unwanted.append(position.entry)
        for order in unwanted:
            if order.settled:
                self._outbox.take_back(order, now_ns)

    def _steer_exit(self, position: Position, now_ns: int) -> None:
        live = position.live_exit
        over = position.held < 0
        if position.held == 0 or (over and any(o.live for o in position.exits if o is not live)):
            return
        cells = self._around.table.cells[position.row]
        rules = self._around.config.protection
        if position.awaits_stop:
            self._await_stop(position, now_ns)
        elif live is None:
            if self._retry_waits(position, now_ns):
                return
            if position.goal is Goal.PROTECT and position.stop_is_passed(cells, rules):
                self.turn(position, GoalInput.STOP_PASSED, now_ns)
            self._place_exit(position, position.wanted_terms(cells, rules), now_ns)
        elif live.settled and live.side is position.holding.opposite:
            self._leave_wide(position, now_ns)
            self._adjust(live, position.wanted_terms(cells, rules), now_ns)
        self._watch_thin(position, now_ns)

    def _await_stop(self, position: Position, now_ns: int) -> None:
        """The broker holds a stop by now: look for it, and put none beside it."""
        terms = position.wanted_stop(self._around.config.protection)
        since_ns = now_ns
        if position.exit is None:  # a fill nobody heard of is older than this run
            since_ns = position.filled_ns or position.entry.sent_ns
        self._ledger.expect_stop(position, terms, since_ns)
        self._outbox.poll(now_ns)

    def _leave_wide(self, position: Position, now_ns: int) -> None:
        """A stop of the broker's would turn the position around some time: leave through it now.

        It is never made smaller, whoever closed the shares it is for beyond what is held. At
        once, the shares it closes too many are known beforehand and traded back.
        """
        covers, held = position.broker_covers, position.held
        if covers is None or not 0 < held < covers:
            return
        if self.turn(position, GoalInput.STOP_WIDE, now_ns):
            self._around.chronicle.say(
                now_ns,
                Severity.ALARM,
                f"{position.instrument.symbol}: the broker's stop is for {covers} shares, {held} "
                f"are held, and it cannot be made smaller; leaving through it, {covers - held} "
                "are then traded back",
            )

    def _watch_thin(self, position: Position, now_ns: int) -> None:
        """A stop of the broker's follows the fills of its entry by itself, or is given up."""
        if not position.thin:
            position.thin_ns = FOREVER
        elif position.thin_ns == FOREVER:
            risk = self._around.config.risk
            position.thin_ns = now_ns + risk.doubt_ns + risk.absent_ns
            self._outbox.poll(now_ns)

    def _adjust(self, live: Order, wanted: OrderTerms, now_ns: int) -> None:
        """Make the resting exit order what is wanted; replace one that cannot be changed."""
        if live.terms.quantity >= wanted.quantity:
            live.short = 0
        elif live.short and wanted.kind is live.terms.kind:
            wanted = msgspec.structs.replace(live.terms, quantity=wanted.quantity)
        if live.stuck:
            self._outbox.take_back(live, now_ns)
            return
        change = change_to(live, wanted)
        if change is not None:
            self._outbox.change(change, live, now_ns)

    def _retry_waits(self, position: Position, now_ns: int) -> bool:
        """After a few rejected exits each next one waits longer, so that it never storms.

        One that never reached the broker waited for the proof of it already.
        """
        last = position.exit
        if last is None or last.state is not OrderState.REJECTED:
            return False
        failures = sum(order.state is OrderState.REJECTED for order in position.exits)
        failures -= position.widened
        if failures < EAGER:
            return False
        wait = self._around.config.protection.reprice_ns << min(failures - EAGER, BACK_OFF)
        if now_ns >= last.asked_ns + wait:
            return False
        self._outbox.postpone(last.asked_ns + wait)
        return True

    def _place_exit(self, position: Position, terms: OrderTerms, now_ns: int) -> None:
        if not self._outbox.fits(now_ns):
            return
        effect = exit_order(
            abs(position.held),
            position.holding,
            terms,
            row=position.row,
            instrument=position.instrument,
            tag=self._tags.next("X"),
        )
        order = Order(
            effect.tag,
            position.row,
            effect.symbol,
            effect.side,
            Purpose.EXIT,
            effect.terms,
            now_ns,
        )
        self._ledger.blotter.add(order)
        self._ledger.enrol(position, order)
        self._outbox.request(effect, order, now_ns)
