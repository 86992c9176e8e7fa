"""Plays the reliability gates in full, or a share of it, and prints one table.

    python -m tui_scalper.soak --scale 0.1
    python -m tui_scalper.soak --only R4 R6 --state /tmp/soak

Stopped anywhere and started again it goes on. Exit status 1 when a claim is broken, 3 when
a run proves nothing because nothing traded in it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tui_scalper.lab.faultsim.kinds import Family
from tui_scalper.lab.faultsim.runner import HOLLOW
from tui_scalper.lab.faultsim.tables import met, table
from tui_scalper.soak.claims import Claim, Result, results_table
from tui_scalper.soak.days import DAYS
from tui_scalper.soak.flips import FLIPS
from tui_scalper.soak.kills import KILLS
from tui_scalper.soak.leaks import LEAKS
from tui_scalper.soak.progress import Gate, Progress, Shelf, run
from tui_scalper.soak.schedules import SAME, healing, schedules

SAYS_EVERY_S: Final = 60.0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tui_scalper.soak")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full numbers (1)")
    parser.add_argument("--only", nargs="+", type=Claim, metavar="R4", help="these gates only")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="cores (all)")
    parser.add_argument(
        "--state", type=Path, default=Path(".soak"), help="directory to go on from (.soak)"
    )
    return parser.parse_args()


def gates(jobs: int) -> tuple[Gate, ...]:
    """Every gate there is a long run of, the quick ones first."""
    return (
        FLIPS,
        SAME,
        schedules(jobs, Family.AMBIGUOUS),
        KILLS,
        DAYS,
        LEAKS,
        schedules(jobs),
    )


class Speaker:
    """Says now and then how far a gate has come."""

    def __init__(self, gate: Gate, target: int, shelf: Shelf) -> None:
        self._gate = gate
        self._target = target
        self._shelf = shelf
        self._said = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """A batch is done: keep it, and say so once a while."""
        self._shelf.save(self._gate.claim, progress)
        if time.monotonic() - self._said < SAYS_EVERY_S:
            return
        self._said = time.monotonic()
        text = f"{self._gate.claim} {progress.done:,} of {self._target:,} {self._gate.unit}"
        sys.stderr.write(f"{text}, {progress.violations} broken\n")


def play(chosen: Iterable[Gate], scale: float, shelf: Shelf) -> dict[Claim, Progress]:
    """Play every gate as far as `scale` asks; what each came to."""
    played: dict[Claim, Progress] = {}
    for gate in chosen:
        target = max(int(gate.whole * scale), 1)
        progress = shelf.load(gate.claim)
        speaker = Speaker(gate, target, shelf)
        played[gate.claim] = run(gate, target, progress=progress, after=speaker)
    return played


def report(chosen: Iterable[Gate], played: dict[Claim, Progress]) -> str:
    """The tables: schedules by family and fault, then every gate, then what broke."""
    results: list[Result] = []
    parts: list[str] = []
    for gate in chosen:
        progress = played[gate.claim]
        results.append(gate.result(progress))
        if gate.claim is Claim.R2 and progress.tally is not None:
            results.append(healing(progress))
            parts += [table(progress.tally), met(progress.tally)]
    broken = [text for progress in played.values() for text in progress.failures]
    return "\n\n".join([*parts, results_table(results), *broken])


def main() -> int:
    """Run the command line."""
    given = arguments()
    chosen = [gate for gate in gates(given.jobs) if not given.only or gate.claim in given.only]
    try:
        played = play(chosen, given.scale, Shelf(given.state))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(report(chosen, played) + "\n")
    empty = [text for gate in chosen for text in gate.hollow(played[gate.claim])]
    sys.stderr.writelines(f"{text}\n" for text in empty)
    if any(progress.violations for progress in played.values()):
        return 1
    return HOLLOW if empty else 0


if __name__ == "__main__":
    sys.exit(main())
