"""Settings of the thresholds that follow each stock's own past."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, create_model, model_validator

from tui_scalper.core.adaptive import (
    MOVING,
    Adaptive,
    AdaptiveRules,
    Moving,
    MovingRule,
    MovingSaid,
)
from tui_scalper.settings.section import Section, ns

NUMBER = r"(\d{1,3}(?:\.\d{1,2})?)"
MOVING_TEXT = re.compile(rf"q(\d{{1,2}}(?:\.\d)?) {NUMBER}-{NUMBER}")


def _rule(text: str, one: MovingSaid) -> MovingRule:
    """What a setting says. Raises ValueError with what to write."""
    found = MOVING_TEXT.fullmatch(text)
    quantile, least, most = map(Decimal, found.groups()) if found else (Decimal(0),) * 3
    rule = MovingRule(int(quantile * 10), int(least * one.scale), int(most * one.scale))
    low, high = one.allowed
    if not quantile or not low <= rule.least < rule.most <= high:
        raise ValueError(
            f"{text!r} is no quantile with its hard bounds: write qPERCENT LEAST-MOST with LEAST "
            f"below MOST, both from {low / one.scale:g} to {high / one.scale:g}, "
            f"e.g. {_written(one)}"
        )
    return rule


def _written(one: MovingSaid) -> str:
    rule = one.default
    least, most = rule.least / one.scale, rule.most / one.scale
    return f"q{rule.quantile_pm / 10:g} {least:g}-{most:g}"


def _field(one: MovingSaid) -> tuple[object, object]:
    def checked(text: str) -> str:
        _rule(text, one)
        return text

    meaning = (
        f"{one.meaning[0].upper()}{one.meaning[1:]}; never outside its bounds, {one.unit}. "
        "qPERCENT LEAST-MOST."
    )
    return Annotated[str, AfterValidator(checked), Field(description=meaning)], _written(one)


class Learning(Section):
    """How thresholds follow each stock's own past, while signals.adaptive is on."""

    memory: Annotated[Decimal, Field(ge=60, le=21_600)] = Decimal(1_200)
    """What lies further back hardly counts; after a silence as long all is learnt anew, seconds."""
    warm_up: Annotated[int, Field(ge=10, le=100_000)] = 300
    """Samples of a stock, at most one a second, until which the static thresholds hold."""

    @model_validator(mode="after")
    def _band_has_room(self) -> Self:
        given = self.model_dump()
        low, high = (
            _rule(given[MOVING[one].name], MOVING[one])
            for one in (Moving.PRESSURE_LOW, Moving.PRESSURE_HIGH)
        )
        if low.most >= high.least:
            raise ValueError(
                f"pressure_low {given['pressure_low']} must end below where pressure_high "
                f"{given['pressure_high']} begins, or no stock may ever be a signal"
            )
        return self

    def rules(self, mode: Adaptive) -> AdaptiveRules:
        """These settings as the engine takes them."""
        given = self.model_dump()
        return AdaptiveRules(
            mode=mode,
            memory_ns=ns(self.memory),
            warm_up=self.warm_up,
            moving=tuple(_rule(given[one.name], one) for one in MOVING.values()),
        )


if TYPE_CHECKING:
    AdaptiveSettings = Learning
else:
    AdaptiveSettings = create_model(
        "AdaptiveSettings",
        __base__=Learning,
        __doc__=Learning.__doc__,
        **{one.name: _field(one) for one in MOVING.values()},
    )
