"""How far a gate has come, kept on disk so that a run can stop anywhere and go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from tui_scalper.lab.faultsim.runner import Tally, hollow
from tui_scalper.soak.claims import Claim, Result

KEPT_FAILURES: Final = 20


class Progress(msgspec.Struct, kw_only=True):
    """Pieces done so far, added up. A piece is never begun anew once it is in here."""

    done: int = 0
    violations: int = 0
    seed: int = 0
    """Of the next piece."""
    sums: dict[str, int] = {}
    worst: dict[str, float] = {}
    failures: list[str] = []
    tally: Tally | None = None
    """Where the pieces are fault schedules."""

    def take(self, more: Progress) -> None:
        """Add the pieces that came after these."""
        self.done += more.done
        self.violations += more.violations
        self.seed = more.seed
        for name, count in more.sums.items():
            self.sums[name] = self.sums.get(name, 0) + count
        for name, value in more.worst.items():
            self.worst[name] = max(self.worst.get(name, value), value)
        self.failures = [*self.failures, *more.failures][:KEPT_FAILURES]
        if self.tally is None:
            self.tally = more.tally
        elif more.tally is not None:
            self.tally.take(more.tally)


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One claim and the way to prove it."""

    claim: Claim
    unit: str
    whole: int
    """How many a full soak plays."""
    batch: int
    """How many are played between two looks at the clock and the disk."""
    play: Callable[[int, int], Progress]
    """Plays so many pieces from a seed on."""
    needs: tuple[str, ...] = ()
    """What must have been counted besides, or the run proves nothing."""

    def hollow(self, progress: Progress) -> list[str]:
        """Why `progress` proves nothing, in words; empty when it does."""
        missing = [name for name in self.needs if not progress.sums.get(name)]
        if progress.done == 0:
            missing.append(self.unit)
        found = [
            f"{self.claim} proves nothing: no {name} in {progress.done:,} {self.unit}; are the "
            "kernels stale? make"
            for name in missing
        ]
        return found + (hollow(progress.tally) if progress.tally is not None else [])

    def result(self, progress: Progress) -> Result:
        """What `progress` came to."""
        return Result(
            claim=self.claim,
            done=progress.done,
            unit=self.unit,
            violations=progress.violations,
            sums=progress.sums,
            worst=progress.worst,
        )


def run(
    gate: Gate,
    target: int,
    *,
    progress: Progress | None = None,
    after: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Play `gate` until `target` pieces are done; `after` is called with every batch added.

    Leaves off when a batch came to no piece at all: it would never end.
    """
    progress = progress or Progress()
    while progress.done < target:
        count = min(gate.batch, target - progress.done)
        more = gate.play(progress.seed, count)
        progress.take(more)
        after(progress)
        if more.done == 0:
            break
    return progress


class Shelf:
    """Progress of the gates in a directory, a file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, claim: Claim) -> Progress:
        """How far `claim` has come. Raises ValueError when its file cannot be read."""
        path = self._path(claim)
        if not path.exists():
            return Progress()
        try:
            return msgspec.json.decode(path.read_bytes(), type=Progress)
        except msgspec.DecodeError as error:
            raise ValueError(f"{path}: not a state of this run ({error}); delete it") from None

    def save(self, claim: Claim, progress: Progress) -> None:
        """Replace what is kept of `claim` in one step."""
        path = self._path(claim)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(progress))
        fresh.replace(path)

    def _path(self, claim: Claim) -> Path:
        return self._folder / f"{claim}.json"
