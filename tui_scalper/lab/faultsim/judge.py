"""The judge: invariants I1 to I9, checked against the ledger after every event.

I1 every new order has a tag of its own, at most 20 letters and digits, and becomes at most
   one order at the exchange.
I2 once all is quiet, engine and exchange agree on every order and every share.
I3 at most one live exit a position rests at the exchange, for no more than is held. One whose
   record was lost and that nobody can read does not count, nor what it closes (I4, I5).
I4 exits never turn a position around.
I5 no share of a position is without an exit at the exchange for longer than NAKED_NS (deaf:
   DEAF_NAKED_NS), while the broker is reachable and no order of it is in doubt.
I6 entries keep the caps, counting every order that can still trade; a rest that is followed
   stays inside the collar it was decided at.
I7 no more than ten order requests in any sliding second, and of one process no more than four
   of the same question.
I8 an entry leaves only when armed, not paused, trading active, in session; an exit only for
   what is held; nothing at all when the exchange takes no orders.
I9 no fill counts twice: the engine never knows of more than was filled.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Final

from tui_scalper.core import columns as c
from tui_scalper.core import effects as ef
from tui_scalper.core.blotter import Order as Known
from tui_scalper.core.depth import best_price
from tui_scalper.core.engine import Engine
from tui_scalper.core.order_table import OrderState
from tui_scalper.core.orders import Purpose
from tui_scalper.core.questions import QUESTIONS
from tui_scalper.core.snapshot import OperatorState, TradingState
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.core.units import BP, NS, Side
from tui_scalper.core.venues import Phase
from tui_scalper.exchange.orders import LIVE, Order
from tui_scalper.lab.faultsim.kinds import DEAF, LOOSE, UNREACHABLE, Family, FaultKind
from tui_scalper.lab.faultsim.ledger import Ledger, Sent
from tui_scalper.lab.faultsim.weather import Weather

NAKED_NS: Final = 2 * NS
"""I5 while order updates arrive."""
GARBLED: Final = (FaultKind.UNREADABLE,)
"""What our exits trade while nobody can read them differs from what is held, and halts."""
DEAF_NAKED_NS: Final = 4 * NS
"""I5 while order updates are lost or late and only polls tell."""
MARK_SLACK_PCT: Final = 2
"""Gross exposure is measured at prices that move between two looks."""
REQUESTS_A_SECOND: Final = 10
"""The law for unregistered algorithms, whatever the engine is told."""
CONTINUOUS: Final = frozenset({Phase.OPEN, Phase.HOLD, Phase.SQUARE_OFF})
QUESTIONS_A_SECOND: Final = 4
"""Answers that beget questions must not go back and forth as fast as the broker answers."""
MAY_ENTER: Final = frozenset({OperatorState.ARMED, OperatorState.STAGED})


class ViolationError(Exception):
    """An invariant does not hold: which, and what was seen."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(f"{rule}: {text}")
        self.rule = rule


def require(rule: str, holds: object, text: str) -> None:
    """Raise ViolationError unless `holds`."""
    if not holds:
        raise ViolationError(rule, text)


class Judge:
    """Watches one engine and one ledger. Times are the world's, in nanoseconds UTC."""

    def __init__(
        self, engine: Engine, ledger: Ledger, weather: Weather, family: Family, start_ns: int
    ) -> None:
        self.longest_naked_ns = 0
        """Longest time a position was without an exit while that was judged."""
        self.bare = 0
        """How often that was judged."""
        self.clock_held_ns = 0
        """Until when there is no engine, or its clock stands still after it was set back."""
        self._engine = engine
        self._ledger = ledger
        self._weather = weather
        self._strict = family not in LOOSE
        self._start_ns = start_ns
        self._requests: deque[tuple[int, int]] = deque()
        """When requests left, by the engine's clock and by the world's."""
        self._asked: defaultdict[ef.Effect, deque[int]] = defaultdict(deque)
        """When each question left, by the engine's clock."""
        rows = len(engine.universe)
        self._naked_ns = [0] * rows
        self._bare_rows: list[int] = []
        self._signs = [0] * rows
        self._doubled: set[int] = set()
        """Rows with an exit beside one that was lost and cannot be read."""
        self._grace_ns = engine.config.polls.orders_ns + engine.config.risk.doubt_ns

    def goes_on_with(self, engine: Engine, now_ns: int) -> None:
        """A new process has begun: what it finds bare is judged from now on.

        Its clock may show less than that of the last one did.
        """
        self._engine = engine
        self.clock_held_ns = now_ns
        self._asked.clear()
        fresh = [one for one in self._requests if now_ns - one[1] < NS]
        self._requests = deque((min(at_ns, engine.now_ns), world) for at_ns, world in fresh)

    # -- what the engine asks for ----------------------------------------------------------

    def emitted(self, effect: ef.Effect, now_ns: int) -> None:
        """The engine emitted `effect`; call before it is carried out."""
        if isinstance(effect, ef.PlaceOrder):
            self._new_order(effect)
        elif isinstance(effect, ef.ModifyOrder):
            self._moved(effect)
        if isinstance(effect, ef.OrderRequest):
            open_ = self._engine.phase in CONTINUOUS
            require("I8", open_, f"{effect} while the session is {self._engine.phase.value}")
            self._rate(now_ns)
        elif isinstance(effect, QUESTIONS):
            self._question(effect)

    def _new_order(self, effect: ef.PlaceOrder) -> None:
        tag = effect.tag
        require("I1", tag not in self._ledger.sent, f"tag {tag} is used twice")
        fits = tag.isascii() and tag.isalnum() and len(tag) <= 20
        require("I1", fits, f"tag {tag!r} is no broker's tag")
        row = self._engine.table.cells[effect.row]
        self._ledger.send(effect, best_price(row, effect.side))
        if effect.purpose is Purpose.ENTRY:
            self._entry(effect)
            return
        position = self._engine.desk.positions.get(effect.row)
        held = abs(position.held) if position is not None else 0
        require("I8", 0 < effect.terms.quantity <= held, f"{effect} while {held} are held")

    def _moved(self, effect: ef.ModifyOrder) -> None:
        """The rest of an entry may be followed: inside its first collar, for no more shares."""
        order = self._ledger.orders.get(effect.order_id)
        if order is None or order.parent_id:
            return
        sent = self._ledger.sent.get(order.asked.tag)
        if sent is None or sent.effect.purpose is not Purpose.ENTRY:
            return
        trading = self._engine.trading
        require("I8", trading is TradingState.ACTIVE, f"{effect} while trading is {trading.value}")
        first, side = sent.effect, sent.effect.side
        fits = effect.terms.quantity <= first.terms.quantity
        require("I6", fits, f"{effect}: {first.terms.quantity} were decided")
        edge = sent.best + side * sent.best * self._engine.config.entry.collar_bp // BP
        near = (effect.terms.price - edge) * side <= 0
        require("I6", near, f"{effect}: beyond {edge}, the collar it was decided at")

    def _entry(self, effect: ef.PlaceOrder) -> None:
        operator = self._engine.operator
        may = operator.state in MAY_ENTER and not operator.paused
        require("I8", may, f"{effect} while {operator.state.value}, paused {operator.paused}")
        require("I8", self._engine.phase is Phase.OPEN, f"{effect} while {self._engine.phase}")
        trading = self._engine.trading
        require("I8", trading is TradingState.ACTIVE, f"{effect} while trading is {trading.value}")
        self._caps(effect)

    def _caps(self, effect: ef.PlaceOrder) -> None:
        ledger, limits = self._ledger, self._engine.config.risk
        marks = self._engine.table.cells[:, c.LTP]
        busy = {row for row, net in enumerate(ledger.net) if net}
        gross = sum(abs(net) * int(marks[row]) for row, net in enumerate(ledger.net))
        entered = set(ledger.entered)
        for sent in ledger.sent.values():
            shares = ledger.may_fill(sent)
            if shares and sent.effect.purpose is Purpose.ENTRY:
                entered.add(sent.effect.tag)
                busy.add(sent.effect.row)
                gross += shares * sent.effect.terms.price
        most = limits.max_gross_notional * (100 + MARK_SLACK_PCT) // 100
        if self._strict:
            require("I6", len(busy) <= limits.max_positions, f"{effect}: rows {busy} are busy")
            require("I6", gross <= most, f"{effect}: exposure {gross} of {most}")
            require("I6", len(entered) <= limits.daily_trades, f"{effect}: {len(entered)} trades")
        notional = effect.terms.quantity * effect.terms.price
        cap = self._engine.config.sizing.max_notional
        require("I6", notional <= cap, f"{effect}: notional {notional} above {cap}")

    def _rate(self, now_ns: int) -> None:
        now = self._engine.now_ns
        self._requests.append((now, now_ns))
        while now - self._requests[0][0] >= NS:
            self._requests.popleft()
        sent = len(self._requests)
        require("I7", sent <= REQUESTS_A_SECOND, f"{sent} requests in a second")

    def _question(self, effect: ef.Effect) -> None:
        now, asked = self._engine.now_ns, self._asked[effect]
        asked.append(now)
        while now - asked[0] >= NS:
            asked.popleft()
        seldom = len(asked) <= QUESTIONS_A_SECOND
        require("I7", seldom, f"{effect} {len(asked)} times in a second")

    # -- after every event -----------------------------------------------------------------

    def look(self, now_ns: int, *, changed: bool) -> None:
        """Time passed; when something `changed` at the exchange or in the engine, judge all."""
        if changed:
            alarm = self._engine.trading_text == TradingInput.MISMATCH.value
            excused = not self._strict or self._weather.any(GARBLED, 0, now_ns - self._start_ns)
            require("I2", excused or not alarm, "books that agree are said to differ")
            self._bare_rows = []
            for row in range(len(self._ledger.net)):
                self._judge_row(row, now_ns)
            self._fills()
        for row in self._bare_rows:
            self._naked(row, now_ns)

    def _judge_row(self, row: int, now_ns: int) -> None:
        net = self._ledger.net[row]
        exits = self._ledger.exits[row]
        covered = sum(order.pending for order in exits.values())
        if covered < abs(net):
            self._bare_rows.append(row)
        else:
            self._naked_ns[row] = 0
        if not self._strict:
            return
        if len(exits) > 1 and self._lost_unread(row, exits, now_ns):
            self._doubled.add(row)
        if row not in self._doubled:
            self._exits(row, net, exits)
            self._sign(row, net)
        elif not net and not exits:
            self._doubled.remove(row)
            self._signs[row] = 0

    def _lost_unread(self, row: int, exits: dict[str, Order], now_ns: int) -> bool:
        """Whether one of `exits` is in no record of the engine's, and could not be read lately.

        Its record was lost with the disk's last moment. What is held gets a stop all the same:
        see core.unread. Both exits are judged again when the stock is flat.
        """
        blotter = self._engine.desk.blotter
        lost = any(
            blotter.by_id(number) is None and blotter.by_tag(order.asked.tag) is None
            for number, order in exits.items()
        )
        return lost and self._weather.any(GARBLED, *self._lately(now_ns), row)

    def _exits(self, row: int, net: int, exits: dict[str, Order]) -> None:
        if len(exits) > 1:
            raise ViolationError("I3", f"row {row}: exits {sorted(exits)} are all live")
        for order in exits.values():
            if order.asked.side * net >= 0 or order.pending > abs(net):
                raise ViolationError("I3", f"row {row}: exit of {order.pending}, {net} are held")

    def _sign(self, row: int, net: int) -> None:
        sign = (net > 0) - (net < 0)
        if sign * self._signs[row] < 0:
            raise ViolationError("I4", f"row {row}: the position turned around to {net}")
        self._signs[row] = sign

    def _naked(self, row: int, now_ns: int) -> None:
        """Some of what is held has no exit at the exchange."""
        if not self._strict or self._excused(row, now_ns):
            self._naked_ns[row] = 0
            return
        self.bare += not self._naked_ns[row]
        since = self._naked_ns[row] = self._naked_ns[row] or now_ns
        lasted = now_ns - since
        self.longest_naked_ns = max(self.longest_naked_ns, lasted)
        deaf = self._weather.any(DEAF, *self._lately(now_ns))
        if lasted > (DEAF_NAKED_NS if deaf else NAKED_NS):
            net = self._ledger.net[row]
            text = f"row {row}: {net} shares not covered for {lasted / NS:.3f} s"
            raise ViolationError("I5", text)

    def _lately(self, now_ns: int) -> tuple[int, int]:
        at = now_ns - self._start_ns
        return at - self._grace_ns, at

    def _excused(self, row: int, now_ns: int) -> bool:
        if self._engine.phase not in CONTINUOUS:
            return True
        if now_ns < self.clock_held_ns or self._weather.any(UNREACHABLE, *self._lately(now_ns)):
            return True
        if row in self._doubled or self._weather.any(GARBLED, *self._lately(now_ns), row):
            return True
        live = self._engine.desk.blotter.live()
        return any(one.row == row and one.state is OrderState.UNKNOWN for one in live)

    def _fills(self) -> None:
        for order in self._engine.desk.blotter.live():
            self._fill(order.tag)
        for position in self._engine.desk.positions.values():
            self._fill(position.entry.tag)
        for stop in self._ledger.stops.values():
            known = self._engine.desk.blotter.by_id(stop.order_id)
            if known is not None and known.filled > stop.filled:
                raise ViolationError(
                    "I9", f"{known.tag}: engine {known.filled}, exchange {stop.filled}"
                )

    def _fill(self, tag: str) -> None:
        known = self._engine.desk.blotter.by_tag(tag)
        sent = self._ledger.sent.get(tag)
        if sent is None or known is None:
            return  # shares taken over from the broker's books, under a tag that never left
        truth = self._ledger.state_of(sent)
        filled = truth.filled if truth is not None else 0
        if known.filled > filled:
            raise ViolationError("I9", f"{tag}: engine {known.filled}, exchange {filled}")

    # -- when all should be well -----------------------------------------------------------

    def unsettled(self) -> str:
        """Why I2 does not hold yet, or what is not guarded; empty when all is well."""
        for order in self._engine.desk.blotter.live():
            if not order.settled:
                return f"{order.tag} is {order.state.value}"
        for sent in self._ledger.sent.values():
            text = self._disagreement(sent)
            if text:
                return text
        for stop in self._ledger.stops.values():
            text = self._unlike(stop)
            if text:
                return text
        for row in range(len(self._ledger.net)):
            text = self._loose(row)
            if text:
                return text
        return ""

    def _disagreement(self, sent: Sent) -> str:
        known = self._engine.desk.blotter.by_tag(sent.effect.tag)
        truth = self._ledger.state_of(sent)
        if known is None:  # its record was lost: what it traded is in the shares held
            live = truth is not None and truth.status in LIVE
            return f"{sent.effect.tag} works and nobody knows of it" if live else ""
        if truth is None:
            return f"{known.tag} is {known.state.value}, never sent" if known.live else ""
        return self._differs(known, truth)

    def _unlike(self, stop: Order) -> str:
        """What is not known of a stop the broker holds."""
        known = self._engine.desk.blotter.by_id(stop.order_id)
        if known is None:
            return f"{stop.order_id} works and nobody knows of it" if stop.status in LIVE else ""
        return self._differs(known, stop)

    def _differs(self, known: Known, truth: Order) -> str:
        told = f"{known.tag} {known.state.value} {known.filled} for {known.value}"
        true = f"{truth.status.value} {truth.filled} for {truth.filled_value}"
        # nobody can know at what price an order traded that the broker denies
        priced = known.value == truth.filled_value or truth.order_id in self._ledger.forgotten
        alike = known.filled == truth.filled and priced
        if not alike or known.live != (truth.status in LIVE):
            return f"engine: {told}; exchange: {true}"
        return ""

    def _loose(self, row: int) -> str:
        truth = self._ledger.net[row] + self._ledger.by_hand[row]
        held = self._held(row)
        believed = held + self._engine.desk.strangers.net[row]
        if believed != truth:
            return f"row {row}: {believed} held says the engine, {truth} the exchange"
        exits = list(self._ledger.exits[row].values())
        if self._engine.phase not in CONTINUOUS:
            return f"row {row}: exits {exits} after the close" if exits else ""
        if not held:
            return f"row {row}: nothing to guard, live exits {exits}" if exits else ""
        if len(exits) != 1 or not _covers(exits[0], held):
            return f"row {row}: {held} to guard, exits {exits}"
        return ""

    def _held(self, row: int) -> int:
        position = self._engine.desk.positions.get(row)
        return position.held * position.side if position is not None else 0

    def not_flat(self, stuck: Callable[[int, Side], bool]) -> str:
        """What still stands; empty when nothing does but exits on a side where `stuck`."""
        for row in range(len(self._ledger.net)):
            text = self._loose(row)
            if text:
                return text
            held = self._held(row)
            if self._engine.phase not in CONTINUOUS:
                continue
            if held and not stuck(row, Side.BUY if held > 0 else Side.SELL):
                return f"row {row}: {held} still held"
            if self._ledger.entries[row]:
                return f"row {row}: entries {list(self._ledger.entries[row])} still work"
        return ""

    def finish(self) -> None:
        """At the very end: nothing was sent twice."""
        for sent in self._ledger.sent.values():
            copies = sent.order_ids
            require(
                "I1", len(copies) <= 1 or sent.doubled, f"{sent.effect.tag} became orders {copies}"
            )


def _covers(order: Order, net: int) -> bool:
    side = Side.SELL if net > 0 else Side.BUY
    return order.asked.side is side and order.pending == abs(net)
