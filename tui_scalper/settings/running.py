"""Settings of a run: the operator, what is asked of the broker when, hours, emergencies."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from tui_scalper.core import config as core
from tui_scalper.core.emergency_table import Policy
from tui_scalper.core.prices import Pricing
from tui_scalper.core.session_table import SessionRules, clock_span
from tui_scalper.core.units import NS
from tui_scalper.settings.section import Seconds, Section, ns

UI_LOST = {
    "keep_managing": Policy.SAY,
    "pause_entries": Policy.PAUSE,
    "flatten": Policy.FLATTEN,
}
"""What operator.on_ui_lost means to the engine."""

Share = Annotated[int, Field(ge=1, le=100)]
PolicyName = Literal["say", "pause", "reduce", "flatten", "kill"]


class Operator(Section):
    """Arming, staging, keys."""

    arm: Seconds = Decimal(300)
    """How long arming lasts, seconds."""
    stage: Seconds = Decimal(8)
    """How long a staged entry stays on the strip, seconds."""
    key_age: Seconds = Decimal("0.25")
    """A risk-increasing key older than this is refused, seconds."""
    screen_age: Seconds = Decimal(1)
    """So is one pressed by a screen older than this, seconds, or by one whose best prices have
    moved by more than `entry.max_drift_ticks` since."""
    stage_at: Literal["take", "join"] = "take"
    """How a staged entry is priced at first: through the other side's best, or at its own."""
    sizes: Annotated[tuple[Share, ...], Field(min_length=1, max_length=5)] = (10, 25, 50, 75, 100)
    """What the size keys of a staged entry set, percent of the most the engine would send."""
    reset_size: bool = False
    """Whether the quantity goes back to the most after every entry that was sent."""
    reverse: bool = False
    """Whether a position may be reversed: closed, and once it is flat entered the other way."""
    reverse_within: Seconds = Decimal(10)
    """A position that is not flat by then is only closed, seconds."""
    attended: Annotated[Decimal, Field(ge=0, le=86_400)] = Decimal(0)
    """Entries pause when no frame reached the screen and no key came for this long, seconds;
    0: nobody need attend."""
    on_ui_lost: Literal["keep_managing", "pause_entries", "flatten"] = "pause_entries"
    """When the terminal closes or its output stalls: go on, pause entries until a person resumes,
    or close every position and take only exits until a person resets. Stops rest in any case."""

    def rules(self) -> core.OperatorRules:
        """These settings as the engine takes them."""
        return core.OperatorRules(
            arm_ns=ns(self.arm),
            stage_ns=ns(self.stage),
            key_age_ns=ns(self.key_age),
            screen_age_ns=ns(self.screen_age),
            stage_at=Pricing(self.stage_at),
            reset_size=self.reset_size,
            reverse=self.reverse,
            attended_ns=ns(self.attended),
            reverse_ns=ns(self.reverse_within),
        )


class Polls(Section):
    """How often the broker is asked while nothing else happens."""

    orders: Seconds = Decimal(3)
    """Seconds between two order books while an order is live."""
    holdings: Seconds = Decimal(15)
    """Seconds between two comparisons of what is held."""
    funds: Seconds = Decimal(60)
    """Seconds between two looks at the funds."""

    def rules(self) -> core.PollRules:
        """These settings as the engine takes them."""
        return core.PollRules(
            orders_ns=ns(self.orders),
            holdings_ns=ns(self.holdings),
            funds_ns=ns(self.funds),
        )


class Emergency(Section):
    """What happens by itself when something breaks. Policies, each doing more than the last:
    say (an alarm), pause (entries pause until a person resumes), reduce (resting entries are
    taken back, exits only until a person resets), flatten (positions are closed as soon as the
    broker can be reached; stops rest till then), kill (the kill latch)."""

    feed_lost: Seconds = Decimal(30)
    """Market data not live for this many seconds while the market trades is lost."""
    path_lost: Seconds = Decimal(15)
    """A broker that answers nothing for this many seconds while the market trades is lost."""
    clock_skew: Seconds = Decimal(3)
    """Farthest the exchange's or the machine's clock may be from the engine's, seconds."""
    errors: Annotated[int, Field(ge=1, le=1_000)] = 3
    """Internal errors that halt trading and are an emergency."""
    on_errors: PolicyName = "reduce"
    """Policy after so many internal errors."""
    on_feed_lost: PolicyName = "pause"
    """Policy when market data is lost."""
    on_session_refused: PolicyName = "reduce"
    """Policy when the broker refuses the session: token expired or replaced."""
    on_path_lost: PolicyName = "pause"
    """Policy when the broker cannot be reached for orders."""
    on_clock_skew: PolicyName = "pause"
    """Policy when a clock is wrong."""

    def rules(self, ui_lost: Policy) -> core.EmergencyRules:
        """These settings as the engine takes them, and the policy for a lost screen."""
        return core.EmergencyRules(
            feed_lost_ns=ns(self.feed_lost),
            path_lost_ns=ns(self.path_lost),
            clock_skew_ns=ns(self.clock_skew),
            system_errors=Policy(self.on_errors),
            feed_lost=Policy(self.on_feed_lost),
            session_refused=Policy(self.on_session_refused),
            path_lost=Policy(self.on_path_lost),
            clock_skew=Policy(self.on_clock_skew),
            ui_lost=ui_lost,
        )


class Session(Section):
    """When entries are allowed."""

    windows: tuple[str, ...] = ()
    """Parts of the day in which entries are allowed, venue time, e.g. 09:30-11:00."""
    square_off: Annotated[Decimal, Field(ge=Decimal("0.1"), le=120)] = Decimal(7)
    """Minutes before the end of continuous trading at which positions begin to be closed."""
    trust_unconfirmed: bool = False
    """Whether to enter in a session whose published hours nobody confirmed (Muhurat)."""
    ordinary: tuple[str, ...] = ()
    """Stocks known to be outside the closing auction, which trade until 15:30 and not 15:15.

    Brokers close intraday positions by themselves, some from 15:20 on: see session.square_off.
    """

    @field_validator("windows")
    @classmethod
    def _each_a_span(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            clock_span(text)
        return value

    def rules(self) -> SessionRules:
        """These settings as the calendar takes them."""
        return SessionRules(
            square_off_lead=int(self.square_off * 60 * NS),
            windows=tuple(clock_span(text) for text in self.windows),
            trust_unconfirmed=self.trust_unconfirmed,
            ordinary=frozenset(self.ordinary),
        )
