"""The floor: what every part of the engine stands on. Rules, market, desk, operator, log, time.

The parts of an engine share one floor and nothing else; what a part knows of its own it
keeps to itself. Whatever leaves for the world is collected here, in order.
"""

from __future__ import annotations

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import kernels as k
from tui_scalper.core import rules as u
from tui_scalper.core.chronicle import Chronicle
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.costs import VENUE_CHARGES
from tui_scalper.core.desk import Desk
from tui_scalper.core.effects import Effect
from tui_scalper.core.instruments import Universe
from tui_scalper.core.market import Cells, MarketTable
from tui_scalper.core.operator import Operator
from tui_scalper.core.questions import QUESTIONS, Questions
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.rules import compiled_rules
from tui_scalper.core.sent import SentToday
from tui_scalper.core.snapshot import Severity


class Floor:
    """The common ground of one engine. `now_ns` is the engine's time, UTC nanoseconds."""

    def __init__(self, config: EngineConfig, universe: Universe) -> None:
        self.config = config
        self.universe = universe
        self.table = MarketTable(universe)
        self.rules = compiled_rules(config.signals, config.readings)
        self.table.cells[:, c.IN_FORCE : c.IN_FORCE + u.MOVING] = self.rules.whole[
            u.STATIC : u.STATIC + u.MOVING
        ]
        self.counters: Cells = np.zeros(k.COUNTERS, dtype=np.int64)
        self.lent = k.lend_all(self.table.market, self.rules, self.counters)
        self.chronicle = Chronicle()
        self.operator = Operator(config.operator)
        self.sent = SentToday()
        charges = VENUE_CHARGES[universe.venue.code]
        self.desk = Desk(config, self.table, charges, self.chronicle, self.send)
        self.now_ns = 0
        self.questions = Questions(config.polls.most, config.polls.within_ns)
        self._effects: list[Effect] = []

    def send(self, effect: Effect) -> None:
        """`effect` leaves with the next answer; order requests are counted.

        A question that left too often of late waits (core.questions).
        """
        if isinstance(effect, QUESTIONS) and (
            effect in self._effects or not self.questions.leaves(effect, self.now_ns)
        ):
            return
        self._effects.append(effect)
        self.sent.take(effect, self.now_ns)
        most = self.config.risk.otr_alarm
        if self.sent.turns_chatty(self.trades_done(), most):
            self.say(
                Severity.ALARM, f"{self.sent.requests} order requests, more than {most} a trade"
            )

    def ask_again(self) -> None:
        """Questions that had to wait leave."""
        for question in self.questions.due(self.now_ns):
            self.send(question)

    def taken(self) -> tuple[Effect, ...]:
        """What is to be done now, in order; it is handed out once."""
        if not self._effects:
            return ()
        effects = tuple(self._effects)
        self._effects.clear()
        return effects

    def trades_done(self) -> int:
        """Orders that traded today, at the least: every entry filled, an exit a closed trade."""
        return self.desk.entered + len(self.desk.trades)

    def say(self, severity: Severity, text: str) -> None:
        """Add a line to the log, now."""
        self.chronicle.say(self.now_ns, severity, text)

    def refuse(self, reason: Refusal, what: str, row: int = -1) -> None:
        """Count a refusal and say it, now; of a restricted stock with what its list says."""
        barred = reason is Refusal.RESTRICTED and row >= 0
        why = f" ({self.universe[row].restricted})" if barred else ""
        self.chronicle.refuse(self.now_ns, reason, f"{what}{why}")

    def known(self, row: int) -> bool:
        """Whether `row` is a stock of the universe."""
        return 0 <= row < len(self.universe)
