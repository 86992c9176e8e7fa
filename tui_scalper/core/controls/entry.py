"""What a control is: its name, and what there is to say of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from tui_scalper.core.gates import Gate
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.trading_table import TradingInput

BOUNDS: Final = "test_controls.py::test_the_last_value_passes_and_the_next_is_refused"
"""The test of every bound that is a setting."""


class Control(StrEnum):
    """Names are stable: documents and audits refer to them."""

    PT1 = "PT1"
    PT2 = "PT2"
    PT3 = "PT3"
    PT4 = "PT4"
    PT5 = "PT5"
    PT6 = "PT6"
    PT7 = "PT7"
    PT8 = "PT8"
    PT9 = "PT9"
    PT10 = "PT10"
    PT11 = "PT11"
    PT12 = "PT12"
    PT13 = "PT13"
    PT14 = "PT14"
    PT15 = "PT15"
    PT16 = "PT16"
    AT1 = "AT1"
    AT2 = "AT2"
    AT3 = "AT3"
    AT4 = "AT4"
    AT5 = "AT5"
    AT6 = "AT6"
    AT7 = "AT7"
    AT8 = "AT8"
    PO1 = "PO1"
    PO2 = "PO2"
    PO3 = "PO3"
    PO4 = "PO4"
    PO5 = "PO5"


class Built(StrEnum):
    """How much of a control there is."""

    WHOLE = "built"
    PART = "in part"
    NONE = "absent"


Reason = Refusal | TradingInput | Gate | GoalInput
"""What an operator sees when a control acts."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to say of one control."""

    title: str
    does: str
    """What it does here, one sentence."""
    shows: tuple[Reason, ...] = ()
    settings: tuple[str, ...] = ()
    """Dotted keys that govern it."""
    tests: tuple[str, ...] = ()
    """Node names of the tests that prove it, without the folder."""
    state: Built = Built.WHOLE
    missing: str = ""
    """What is not there; empty only when the control is whole."""
