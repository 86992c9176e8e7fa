"""The operator machine at work: arming, staging, auto, pause, kill.

The state moves by core.operator_table alone; this file keeps what goes with it: until when
the console is armed, what is on the strip, whether the engine may act by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from tui_scalper.core.checks import Proposal
from tui_scalper.core.config import OperatorRules
from tui_scalper.core.effects import StockSwitch
from tui_scalper.core.operator_table import OPERATOR_TABLE, OperatorInput
from tui_scalper.core.prices import Pricing
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import OperatorState
from tui_scalper.core.tables import Outcome, step
from tui_scalper.core.units import FOREVER, Side

OPERATOR_REFUSALS: Final = {
    OperatorState.KILLED: Refusal.KILLED,
    OperatorState.DISARMED: Refusal.DISARMED,
}


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """An entry on the strip. `seen_best` is the opposite best when it was staged.

    `limit` is what it was staged or last set at; `reverses` a position of the other side.
    """

    stage_id: int
    row: int
    side: Side
    quantity: int
    limit: int
    seen_best: int
    expires_ns: int
    pricing: Pricing = Pricing.TAKE
    reverses: bool = False


class Operator:
    """Who may send an entry now."""

    def __init__(self, rules: OperatorRules) -> None:
        self._rules = rules
        self.state = OperatorState.DISARMED
        self.armed_until_ns = 0
        self.disarmed_why = ""
        """What disarmed it, when no hand did; empty once it is armed or a hand disarms it."""
        self.auto = False
        self.paused = False
        self.staged: Staged | None = None
        self.skipped: set[int] = set()
        """Rows nobody enters for the rest of the day."""
        self.by_hand_only: set[int] = set()
        """Rows the engine does not enter by itself."""
        self.size_pct = 100
        """The quantity the operator wants, percent of the most."""
        self._stages = 0
        self._pace_pct = 100
        """How much market time passes in a person's, in percent."""

    @property
    def key_age_ns(self) -> int:
        """Market time after which a key that increases risk is refused."""
        return self._lived(self._rules.key_age_ns)

    def pace(self, percent: int, now_ns: int) -> None:
        """The market runs at `percent` of a person's time; what is left stays as long for them."""
        before, self._pace_pct = self._pace_pct, percent

        def moved(until_ns: int) -> int:
            return now_ns + (until_ns - now_ns) * percent // before

        if self.armed_until_ns:
            self.armed_until_ns = moved(self.armed_until_ns)
        if self.staged is not None:
            expires_ns = moved(self.staged.expires_ns)
            self.staged = msgspec.structs.replace(self.staged, expires_ns=expires_ns)

    def _lived(self, person_ns: int) -> int:
        """Market time that passes while a person lives `person_ns`."""
        return person_ns * self._pace_pct // 100

    def give(self, given: OperatorInput) -> bool:
        """Move by the table; False when the table calls it an error."""
        outcome = step(OPERATOR_TABLE, self.state, given)
        if outcome is Outcome.ERROR:
            return False
        if isinstance(outcome, OperatorState):
            self.state = outcome
        if given is OperatorInput.SENT and self._rules.reset_size:
            self.size_pct = 100
        if self.state is not OperatorState.STAGED:
            self.staged = None
        if self.state in (OperatorState.DISARMED, OperatorState.KILLED):
            self.auto = False
            self.armed_until_ns = 0
        if self.state is OperatorState.KILLED:
            self.disarmed_why = ""
        return True

    def arm(self, now_ns: int) -> bool:
        """Arm, or arm anew, for the arming time."""
        if not self.give(OperatorInput.ARM):
            return False
        self.armed_until_ns = now_ns + self._lived(self._rules.arm_ns)
        self.disarmed_why = ""
        return True

    def disarm(self, why: str) -> bool:
        """Disarm, by a hand when `why` is empty; True when anything was armed or on."""
        before = (self.state, self.auto)
        if not self.give(OperatorInput.DISARM) or before == (self.state, self.auto):
            return False
        self.disarmed_why = why
        return True

    def stage(self, wanted: Proposal, *, seen_best: int, reverses: bool, now_ns: int) -> bool:
        """Put an entry on the strip, in place of another one there."""
        if not self.give(OperatorInput.STAGE):
            return False
        self._stages += 1
        self.staged = Staged(
            stage_id=self._stages,
            row=wanted.row,
            side=wanted.side,
            quantity=wanted.quantity,
            limit=wanted.limit,
            seen_best=seen_best,
            expires_ns=now_ns + self._lived(self._rules.stage_ns),
            pricing=wanted.pricing,
            reverses=reverses,
        )
        return True

    def tweak(self, staged: Staged, now_ns: int) -> None:
        """What is staged becomes `staged`; it stays on the strip for its full time again."""
        expires_ns = now_ns + self._lived(self._rules.stage_ns)
        self.staged = msgspec.structs.replace(staged, expires_ns=expires_ns)

    def entry_refusal(self) -> Refusal | None:
        """Why no entry may leave now, by anybody; None when one may."""
        return next(self.entry_refusals(), None)

    def entry_refusals(self) -> Iterator[Refusal]:
        """Every reason why no entry may leave now, by anybody."""
        if self.state in OPERATOR_REFUSALS:
            yield OPERATOR_REFUSALS[self.state]
        if self.paused:
            yield Refusal.PAUSED

    def may_auto(self) -> bool:
        """Whether the engine may send an entry by itself."""
        return self.auto and self.entry_refusal() is None

    def switch(self, row: int, switch: StockSwitch, *, on: bool) -> bool:
        """Put `row` under a switch or take it out; True when that changed anything."""
        rows = self.skipped if switch is StockSwitch.SKIPPED else self.by_hand_only
        changed = on != (row in rows)
        (rows.add if on else rows.discard)(row)
        return changed

    def new_day(self) -> None:
        """Stocks were skipped for the day that is over."""
        self.skipped.clear()

    @property
    def in_hand(self) -> bool:
        """Armed for a person; while auto is on it is not."""
        return self.state in (OperatorState.ARMED, OperatorState.STAGED) and not self.auto

    def timed(self, now_ns: int) -> bool:
        """Staging runs out; True when arming has. While auto is on, arming does not."""
        if self.staged is not None and now_ns >= self.staged.expires_ns:
            self.give(OperatorInput.STAGE_EXPIRED)
        return self.in_hand and now_ns >= self.armed_until_ns

    def next_wake(self) -> int:
        """When `timed` must run next."""
        wakes = [FOREVER]
        if self.staged is not None:
            wakes.append(self.staged.expires_ns)
        if self.in_hand:
            wakes.append(self.armed_until_ns)
        return min(wakes)
