"""How a state table is written: every (state, input) pair is a next state, ignored or an error.

A table maps a state to its inputs; an input that stands in no row of a state is an error.
`IGNORED` marks the pairs that may happen and change nothing (late or doubled news).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeVar

S = TypeVar("S", bound=Enum)
I = TypeVar("I", bound=Enum)  # noqa: E741


class Outcome(Enum):
    """What a pair does when it is no change of state."""

    IGNORED = "ignored"
    ERROR = "error"


IGNORED: Final = Outcome.IGNORED
ERROR: Final = Outcome.ERROR

Table = Mapping[S, Mapping[I, S | Outcome]]


def step(table: Table[S, I], state: S, given: I) -> S | Outcome:
    """What `given` does in `state`."""
    return table[state].get(given, ERROR)
