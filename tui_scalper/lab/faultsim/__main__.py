"""Plays fault schedules and prints one table.

Exit status 1 when an invariant broke, 3 when nothing traded, so that nothing is proven.

python -m tui_scalper.lab.faultsim --schedules 2000 --seed 0
python -m tui_scalper.lab.faultsim --show 17
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tui_scalper.core.config import Style
from tui_scalper.lab.faultsim.draw import draw_script
from tui_scalper.lab.faultsim.kinds import Family
from tui_scalper.lab.faultsim.outcome import Outcome
from tui_scalper.lab.faultsim.runner import HOLLOW, Tally, hollow, play_many
from tui_scalper.lab.faultsim.shrink import smallest
from tui_scalper.lab.faultsim.tables import met, table
from tui_scalper.lab.faultsim.world import play

SHRUNK = 3
"""How many failures are made small."""


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tui_scalper.lab.faultsim")
    parser.add_argument("--schedules", type=int, default=2_000, help="how many (2000)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="cores (all)")
    parser.add_argument("--family", choices=[one.name.lower() for one in Family])
    parser.add_argument("--style", choices=list(Style), type=Style, help="who holds the stops")
    parser.add_argument("--state", type=Path, help="file to go on from after an interruption")
    parser.add_argument("--show", type=int, metavar="SEED", help="play one and print its script")
    return parser.parse_args()


def told(outcome: Outcome, family: Family | None, style: Style | None) -> str:
    """A failure with the smallest script found for it."""
    script = smallest(outcome, draw_script(outcome.seed, family, style))
    return f"\nseed {outcome.seed}: {outcome.text}\nsmallest script that breaks it:\n{script}"


def report(tally: Tally, family: Family | None, style: Style | None) -> str:
    """The table, and the first failures made small."""
    failures = [told(outcome, family, style) for outcome in tally.failures[:SHRUNK]]
    return "\n".join([table(tally), "", met(tally), *failures])


def main() -> int:
    """Run the command line."""
    given = arguments()
    family = Family[given.family.upper()] if given.family else None
    if given.show is not None:
        script = draw_script(given.show, family, given.style)
        sys.stdout.write(f"{script}\n{play(script)}\n")
        return 0
    try:
        tally = play_many(
            given.seed,
            given.schedules,
            jobs=given.jobs,
            family=family,
            style=given.style,
            state=given.state,
        )
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(report(tally, family, given.style) + "\n")
    empty = hollow(tally)
    sys.stderr.writelines(f"{text}\n" for text in empty)
    if tally.failures:
        return 1
    return HOLLOW if empty else 0


if __name__ == "__main__":
    sys.exit(main())
