"""Settings of the signals: gates, windows of the readings, witnesses."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, create_model, model_validator

from tui_scalper.core import config as core
from tui_scalper.core.adaptive import Adaptive
from tui_scalper.core.witnesses import (
    STATEMENTS,
    Role,
    Sense,
    Statement,
    Witness,
    WitnessRule,
)
from tui_scalper.settings.adaptive import AdaptiveSettings
from tui_scalper.settings.section import Percent, Rupees, Seconds, Section, bp, ns, paise


class Signals(Section):
    """When a stock is a signal."""

    pressure_low: Percent = Decimal(70)
    """Least share of the stronger side in total quantity, percent."""
    pressure_high: Percent = Decimal(95)
    """Greatest share, percent; above it the book is one-sided."""
    depth_ratio: Annotated[Decimal, Field(ge=1, le=100, decimal_places=2)] = Decimal("1.5")
    """Five levels of the stronger side over the weaker; must be above this."""
    max_spread: Percent = Decimal("0.10")
    """Widest spread, percent of the mid; one tick is never too wide."""
    max_age: Seconds = Decimal(5)
    """Oldest a book may be, seconds."""
    spike: Percent = Decimal("1.00")
    """A last price that moves further than this within `spike_span` takes no entry, percent."""
    spike_span: Seconds = Decimal(10)
    """Time within which such a move counts, seconds."""
    spike_rest: Seconds = Decimal(60)
    """How long the stock takes no entry after it, seconds."""
    confirmations: Annotated[int, Field(ge=0, le=len(Witness))] = 0
    """How many of the witnesses that may confirm (see [witnesses]) a signal needs; never more than
    there are."""
    regime_share: Percent = Decimal(30)
    """Share of all stocks that jump at once, or lose their book, at which entries pause."""
    regime_least: Annotated[int, Field(ge=2, le=10_000)] = 5
    """And it must be so many of them."""
    adaptive: Adaptive = Adaptive.OFF
    """off: the thresholds of the settings. on: pressure bounds, depth ratio and the sizes of large
    orders follow each stock's own past, as [adaptive] says."""
    lead_margin: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] = Decimal(20)
    """Dominance by which a signal overtakes the leading one at once, percent points."""
    lead_time: Annotated[Decimal, Field(ge=0, le=3_600)] = Decimal(10)
    """A leader that was behind another for this long is overtaken anyway, seconds."""

    @model_validator(mode="after")
    def _band_has_room(self) -> Self:
        if self.pressure_low >= self.pressure_high:
            raise ValueError(
                f"pressure_low {self.pressure_low} must be below pressure_high "
                f"{self.pressure_high}, or no stock is ever a signal"
            )
        return self

    def rules(
        self, witnesses: tuple[WitnessRule, ...], adaptive: AdaptiveSettings
    ) -> core.SignalRules:
        """These settings, those of the witnesses and of what adapts as the engine takes them."""
        return core.SignalRules(
            pressure_low_bp=bp(self.pressure_low),
            pressure_high_bp=bp(self.pressure_high),
            depth_ratio_pct=int(self.depth_ratio * 100),
            max_spread_bp=bp(self.max_spread),
            max_lag_ns=ns(self.max_age),
            spike_bp=bp(self.spike),
            spike_span_ns=ns(self.spike_span),
            spike_rest_ns=ns(self.spike_rest),
            witnesses=witnesses,
            confirmations=self.confirmations,
            regime_pct=int(self.regime_share),
            regime_least=self.regime_least,
            adaptive=adaptive.rules(self.adaptive),
            lead_ppm=int(self.lead_margin * 10_000),
            lead_ns=ns(self.lead_time),
        )


class Readings(Section):
    """Windows and sizes of the readings of a book."""

    flow_rule: core.FlowRule = core.FlowRule.HYBRID
    """How order flow is read out of two books in a row: best_quotes (Cont, Kukanov and
    Stoikov), price_aligned (quantity within the prices seen in both) or hybrid."""
    flow_short: Seconds = Decimal(1)
    """Short window of order flow, seconds."""
    flow_middle: Seconds = Decimal(5)
    """Middle window of order flow, seconds; that of the flow of each level as well."""
    flow_long: Seconds = Decimal(10)
    """Long window of order flow, seconds."""
    trend: Annotated[Decimal, Field(ge=1, le=60)] = Decimal(10)
    """Window of the pressure gradient, seconds."""
    slow: Annotated[Decimal, Field(ge=10, le=3_600)] = Decimal(60)
    """Window of volatility, rate of updates and accumulation, seconds."""
    depth_decay: Annotated[Decimal, Field(ge=0, le=10)] = Decimal("0.5")
    """k in the weight exp(-k (level - 1)) of a level in the depth imbalance."""
    cost_notional: Rupees = Decimal(100_000)
    """Notional whose cost through the visible levels is read, rupees."""
    still_ticks: Annotated[int, Field(ge=1, le=1_000)] = 3
    """Volume accumulates while the mid moved less than so many ticks over the slow window."""

    @model_validator(mode="after")
    def _windows_rise(self) -> Self:
        if not self.flow_short < self.flow_middle < self.flow_long:
            raise ValueError(
                f"flow_short {self.flow_short}, flow_middle {self.flow_middle} and flow_long "
                f"{self.flow_long} must rise in this order"
            )
        return self

    def rules(self) -> core.ReadingRules:
        """These settings as the engine takes them."""
        return core.ReadingRules(
            flow_rule=self.flow_rule,
            flow_ns=(
                ns(self.flow_short),
                ns(self.flow_middle),
                ns(self.flow_long),
            ),
            trend_ns=ns(self.trend),
            slow_ns=ns(self.slow),
            depth_decay=float(self.depth_decay),
            cost_notional=paise(self.cost_notional),
            still_ticks=self.still_ticks,
        )


WITNESS_TEXT = re.compile(rf"({'|'.join(Role)})( -?[0-9]{{1,9}}(\.[0-9]{{1,6}})?)?")


EDGES = {"of 5": (0.0, 5.0), "": (-1.0, 1.0), "%": (0.0, 100.0)}
"""Between which values a reading of a unit lies; of the other units none is known."""


def _witness_text(text: str) -> str:
    if WITNESS_TEXT.fullmatch(text) is None:
        raise ValueError(
            f"{text!r} says not what the reading may do: write inform, confirm or block, and "
            "behind it, where it should be another than the default, from which value on, "
            "e.g. confirm 0.2"
        )
    return text


def _within(one: Statement, text: str) -> str:
    """`text`, unless no value of the reading would ever reach its threshold, or all would."""
    threshold = _witness_rule(text, one).threshold
    low, high = EDGES.get(one.unit, (threshold, threshold))
    if not low <= threshold <= high:
        raise ValueError(f"{text!r} asks for {threshold:g} of a reading from {low:g} to {high:g}")
    return text


def _witness_field(one: Statement) -> tuple[object, object]:
    bound = "at least" if one.sense is Sense.AT_LEAST else "at most"
    meaning = f"{one.meaning[0].upper()}{one.meaning[1:]}; {bound}, {one.unit or 'from -1 to 1'}."
    checks = AfterValidator(_witness_text), AfterValidator(partial(_within, one))
    kind = Annotated[str, *checks, Field(description=meaning)]
    return kind, f"{one.role} {one.threshold:g}"


if TYPE_CHECKING:
    Witnesses = Section
else:
    Witnesses = create_model(
        "Witnesses",
        __base__=Section,
        __doc__="What each reading may do: inform, confirm or block, and from which value on.",
        **{one.name: _witness_field(one) for one in STATEMENTS.values()},
    )


def witness_rules(witnesses: Section) -> tuple[WitnessRule, ...]:
    """The rule of every witness, in their order."""
    given = witnesses.model_dump()
    return tuple(_witness_rule(given[one.name], one) for one in STATEMENTS.values())


def _witness_rule(text: str, one: Statement) -> WitnessRule:
    role, _, threshold = text.partition(" ")
    return WitnessRule(Role(role), float(threshold) if threshold else one.threshold)
