"""Plays many schedules on several cores and adds up what they came to."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import msgspec

from tui_scalper.core.config import Style
from tui_scalper.lab.faultsim.draw import draw_script
from tui_scalper.lab.faultsim.kinds import Family, FaultKind
from tui_scalper.lab.faultsim.outcome import Outcome
from tui_scalper.lab.faultsim.world import play

CHUNK: Final = 20
"""Schedules a worker plays at a time."""
SAVED_EVERY: Final = 200
KEPT_FAILURES: Final = 20


class Sum(msgspec.Struct):
    """What the schedules of a family came to."""

    schedules: int = 0
    events: int = 0
    trades: int = 0
    faults: int = 0
    """How often a fault struck."""
    ambiguous: int = 0
    bare: int = 0
    naked_ns: int = 0
    settled_ns: int = 0
    flat_ns: int = 0
    violations: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count one schedule."""
        self.schedules += 1
        self.events += outcome.events
        self.trades += outcome.trades
        self.faults += sum(outcome.faults.values())
        self.ambiguous += outcome.ambiguous
        self.bare += outcome.bare
        self.naked_ns = max(self.naked_ns, outcome.naked_ns)
        self.settled_ns = max(self.settled_ns, outcome.settled_ns)
        self.flat_ns = max(self.flat_ns, outcome.flat_ns)
        self.violations += bool(outcome.rule)

    def take(self, other: Sum) -> None:
        """Add another sum."""
        for name in ("schedules", "events", "trades", "faults", "ambiguous", "bare", "violations"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("naked_ns", "settled_ns", "flat_ns"):
            setattr(self, name, max(getattr(self, name), getattr(other, name)))


class Seen(msgspec.Struct):
    """How many schedules a fault struck in, and how often in all."""

    schedules: int = 0
    strikes: int = 0

    def add(self, strikes: int, schedules: int = 1) -> None:
        """Count `strikes` in so many more schedules."""
        self.schedules += schedules
        self.strikes += strikes


class Tally(msgspec.Struct):
    """Sums by family, faults met, and the first failures. `next_seed` was not played yet."""

    next_seed: int
    families: dict[Family, Sum] = {}
    faults: dict[FaultKind, Seen] = {}
    failures: list[Outcome] = []

    def add(self, outcome: Outcome) -> None:
        """Count one schedule."""
        self.families.setdefault(outcome.family, Sum()).add(outcome)
        for kind, strikes in outcome.faults.items():
            self.faults.setdefault(kind, Seen()).add(strikes)
        if outcome.rule and len(self.failures) < KEPT_FAILURES:
            self.failures.append(outcome)
        self.next_seed = outcome.seed + 1

    def take(self, more: Tally) -> None:
        """Add schedules played after these."""
        for family, one in more.families.items():
            self.families.setdefault(family, Sum()).take(one)
        for kind, seen in more.faults.items():
            self.faults.setdefault(kind, Seen()).add(seen.strikes, seen.schedules)
        self.failures = [*self.failures, *more.failures][:KEPT_FAILURES]
        self.next_seed = more.next_seed

    def total(self) -> Sum:
        """All families together."""
        total = Sum()
        for one in self.families.values():
            total.take(one)
        return total


PROVES_NOTHING: Final = "no trade in {what}: this proves nothing; are the kernels stale? make"
"""Said of schedules in which nothing was ever at risk."""
HOLLOW: Final = 3
"""Exit status of a run that proves nothing."""
FEW: Final = 10
"""A family of fewer schedules may have had no chance to trade."""


def hollow(tally: Tally) -> list[str]:
    """What of the schedules never traded, in words; empty when all of it did."""
    total = tally.total()
    if total.trades == 0:
        return [PROVES_NOTHING.format(what=f"{total.schedules} schedules")]
    return [
        PROVES_NOTHING.format(what=f"{one.schedules} schedules of the family '{family.value}'")
        for family, one in tally.families.items()
        if one.trades == 0 and one.schedules >= FEW
    ]


def play_seed(seed: int, family: Family | None = None, style: Style | None = None) -> Outcome:
    """Play the schedule of `seed`."""
    return play(draw_script(seed, family, style))


def outcomes(
    first_seed: int,
    schedules: int,
    *,
    jobs: int,
    family: Family | None = None,
    style: Style | None = None,
) -> Iterator[Outcome]:
    """Play the schedules of consecutive seeds on `jobs` cores, in order of the seeds."""
    seeds = range(first_seed, first_seed + schedules)
    one = partial(play_seed, family=family, style=style)
    if jobs <= 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(one, seeds, chunksize=CHUNK)


def play_many(
    first_seed: int,
    schedules: int,
    *,
    jobs: int,
    family: Family | None = None,
    style: Style | None = None,
    state: Path | None = None,
) -> Tally:
    """Play `schedules` seeds from `first_seed`; with `state`, go on where that file stopped.

    Raises ValueError when `state` is no such file or begins elsewhere.
    """
    tally = Tally(next_seed=first_seed)
    if state is not None and state.exists():
        tally = _read(state, first_seed)
    left = first_seed + schedules - tally.next_seed
    for outcome in outcomes(tally.next_seed, left, jobs=jobs, family=family, style=style):
        tally.add(outcome)
        if state is not None and tally.next_seed % SAVED_EVERY == 0:
            _write(state, tally)
    if state is not None:
        _write(state, tally)
    return tally


def _read(state: Path, first_seed: int) -> Tally:
    try:
        tally = msgspec.json.decode(state.read_bytes(), type=Tally)
    except msgspec.DecodeError as error:
        raise ValueError(f"{state}: not a state of this runner ({error}); delete it") from error
    if tally.next_seed < first_seed:
        raise ValueError(f"{state}: stopped at seed {tally.next_seed}, before {first_seed}")
    return tally


def _write(state: Path, tally: Tally) -> None:
    fresh = state.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(tally))
    fresh.replace(state)
