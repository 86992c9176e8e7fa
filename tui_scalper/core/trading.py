"""The trading state at work: what latches it, and the losses that do.

The state moves by core.trading_table alone; this file keeps the reason shown with it and
holds the day's result against the limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from tui_scalper.core import effects as ef
from tui_scalper.core.floor import Floor
from tui_scalper.core.journalled import Record
from tui_scalper.core.operator_table import OperatorInput
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Severity, TradingState
from tui_scalper.core.tables import step
from tui_scalper.core.trading_table import TRADING_TABLE, TradingInput
from tui_scalper.core.units import FOREVER, NS

TRADING_REFUSALS: Final = {
    TradingState.STARTING: Refusal.STARTING,
    TradingState.REDUCING: Refusal.REDUCING,
    TradingState.HALTED: Refusal.HALTED,
}

WATCH_NS: Final = 5 * NS
"""How often open losses are held against the limits; closed ones are at once."""
NOTED_PARTS: Final = 20
"""A best result is journalled when it grew by this part of the drawdown allowed."""


class Trading:
    """Whether entries may leave at all, whoever asks. `text` says why not."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.state = TradingState.ACTIVE
        self.text = ""
        self.compared = True
        """Our books were held against the broker's, or there was nothing to compare."""
        self.day_over = False
        """Latched: the broker's day this run was started for has ended."""
        self._best_result = 0
        self._noted_best = 0
        self._watched_trades = 0
        self._watch_ns = 0
        """When open losses are looked at again while positions stand."""

    def starting(self, text: str) -> None:
        """A run with a past begins: nothing enters until the broker's books agree."""
        self.state = TradingState.STARTING
        self.text = text
        self.compared = False

    def give(self, given: TradingInput) -> bool:
        """Move by the table and say so; True when the state changed."""
        outcome = step(TRADING_TABLE, self.state, given)
        if not isinstance(outcome, TradingState) or outcome is self.state:
            return False
        self.state = outcome
        self._floor.chronicle.acted[given] += 1
        self.text = "" if outcome is TradingState.ACTIVE else given.value
        if outcome is not TradingState.ACTIVE:
            self._floor.send(ef.NoteLatch(given=given))
            self._floor.operator.auto = False
            self._floor.operator.give(OperatorInput.DROP)
        self._floor.say(
            Severity.GOOD if outcome is TradingState.ACTIVE else Severity.ALARM,
            f"trading {outcome.value}: {given.value}",
        )
        return True

    def remember(self, past: Iterable[Record]) -> None:
        """Take up what earlier runs of the day latched, nobody reset, and earned."""
        latched: list[TradingInput] = []
        noted: int | None = None
        for record in past:
            if isinstance(record.body, ef.NoteBest):
                noted = record.body.result
            elif isinstance(record.body, ef.NoteLatch):
                latched.append(record.body.given)
                if record.body.given is TradingInput.RESET:
                    latched.clear()
                    self._floor.desk.forgive_streak(record.at_ns)
        for given in dict.fromkeys(latched):
            self.give(given)
        closed = [trade.pnl - trade.costs for trade in self._floor.desk.trades]
        # What was noted covers the results before it, and those a reset left behind.
        best = max(accumulate(closed, initial=0)) if noted is None else max(noted, sum(closed))
        self._best_result = self._noted_best = best

    def reset(self) -> None:
        """A person looked: limits count from here, and entries may go on."""
        desk = self._floor.desk
        self._count_from(desk.day.realised - desk.day.costs)
        desk.forgive_streak(self._floor.now_ns)
        self._floor.send(ef.NoteLatch(given=TradingInput.RESET))
        self.give(TradingInput.RESET if self.compared else TradingInput.RESET_EARLY)

    def new_day(self) -> None:
        """The day's result counts from nothing; what is latched stays latched."""
        self._count_from(0)
        self._watched_trades = 0

    def _count_from(self, result: int) -> None:
        """The drawdown counts from `result`, paise, in this run and after a restart."""
        self._best_result = self._noted_best = result
        self._floor.send(ef.NoteBest(result=result))

    def entry_refusal(self) -> Refusal | None:
        """Why no entry may leave now, whatever the stock; None when one may."""
        return next(self.entry_refusals(), None)

    def entry_refusals(self) -> Iterator[Refusal]:
        """Every reason why no entry may leave now, whatever the stock."""
        if self.day_over:
            yield Refusal.DAY_OVER
        if self.state in TRADING_REFUSALS:
            yield TRADING_REFUSALS[self.state]
        yield from self._floor.operator.entry_refusals()

    def result(self) -> int:
        """The day's result at the last prices, after costs of what is closed, paise."""
        desk = self._floor.desk
        return desk.day.realised - desk.day.costs + desk.open_pnl()

    def fall(self) -> int:
        """How far the day's result stands below its best, paise."""
        return max(self._best_result - self.result(), 0)

    def watch(self) -> None:
        """Latch when a loss limit is reached; asked while positions stand and as they close."""
        desk, risk = self._floor.desk, self._floor.config.risk
        quiet = not desk.positions or self._floor.now_ns < self._watch_ns
        if quiet and len(desk.trades) == self._watched_trades:
            return
        self._watch_ns = self._floor.now_ns + WATCH_NS
        self._watched_trades = len(desk.trades)
        result = self.result()
        self._best_result = max(self._best_result, result)
        if self._best_result - self._noted_best >= max(1, risk.drawdown // NOTED_PARTS):
            self._count_from(self._best_result)
        if result <= -risk.daily_loss:
            self.give(TradingInput.DAILY_LOSS)
        elif self._best_result - result >= risk.drawdown:
            self.give(TradingInput.DRAWDOWN)
        elif desk.loss_streak() >= risk.loss_streak:
            self.give(TradingInput.LOSS_STREAK)

    def next_wake(self) -> int:
        """When `watch` must run next."""
        return self._watch_ns if self._floor.desk.positions else FOREVER
