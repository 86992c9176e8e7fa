"""What every section of the settings has in common, and the units their values are written in."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tui_scalper.core.units import MS, NS

Percent = Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)]
Seconds = Annotated[Decimal, Field(gt=0, le=86_400)]
Rupees = Annotated[Decimal, Field(gt=0, le=10**11, decimal_places=2)]


class SettingsError(Exception):
    """A setting is wrong: the key, the value, where it stands and what is allowed."""


class Section(BaseModel):
    """Base of all sections: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def bp(percent: Decimal) -> int:
    """Percent in basis points."""
    return int(percent * 100)


def ns(seconds: Decimal) -> int:
    """Seconds in nanoseconds, exact to the millisecond."""
    return int(seconds * 1_000) * MS if seconds < 10**6 else int(seconds) * NS


def paise(rupees: Decimal) -> int:
    """Rupees in paise."""
    return int(rupees * 100)
