"""R1, R2, R3 and R7: fault schedules, many of them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

from tui_scalper.core.units import NS
from tui_scalper.lab.faultsim.draw import draw_script
from tui_scalper.lab.faultsim.kinds import Family
from tui_scalper.lab.faultsim.runner import Tally, play_many
from tui_scalper.lab.faultsim.shrink import smallest
from tui_scalper.soak.claims import Claim, Result
from tui_scalper.soak.progress import Gate, Progress

DIGESTS: Final = """
from tui_scalper.lab.faultsim.runner import play_seed
for seed in range({first}, {end}):
    outcome = play_seed(seed)
    print(seed, outcome.events, outcome.effects, outcome.trades, outcome.digest)
"""
TRADES: Final = "trades"
PATIENCE_S: Final = 3_600


def same_twice(first: int, count: int) -> Progress:
    """R1: two processes with different hash seeds play the same schedules."""
    runs = [_digests(first, count, hash_seed) for hash_seed in ("1", "2")]
    lines = [run.communicate(timeout=PATIENCE_S)[0].splitlines() for run in runs]
    whole = all(
        run.returncode == 0 and len(said) == count for run, said in zip(runs, lines, strict=True)
    )
    differ = [a for a, b in zip(*lines, strict=False) if a != b]
    return Progress(
        done=count,
        seed=first + count,
        violations=len(differ) + (not whole),
        failures=[f"seed {line.split()[0]} differs" for line in differ],
        sums={TRADES: sum(int(line.split()[3]) for line in lines[0])},
    )


def _digests(first: int, count: int, hash_seed: str) -> subprocess.Popen[str]:
    program = DIGESTS.format(first=first, end=first + count)
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True
    )


def schedules(jobs: int, family: Family | None = None) -> Gate:
    """R2: random schedules on `jobs` cores; R7 when `family` puts every submit in doubt."""
    doubt = family is Family.AMBIGUOUS

    def play(first: int, count: int) -> Progress:
        number = max(count // 16, 1) if doubt else count
        tally = play_many(first, number, jobs=jobs, family=family)
        return Progress(
            done=tally.total().ambiguous if doubt else number,
            seed=first + number,
            violations=tally.total().violations,
            failures=[told(tally, family)] if tally.failures else [],
            sums={"events": tally.total().events, TRADES: tally.total().trades},
            tally=tally,
        )

    return Gate(
        claim=Claim.R7 if doubt else Claim.R2,
        unit="submits in doubt" if doubt else "schedules",
        whole=10_000 if doubt else 100_000,
        batch=320 if doubt else 200,
        play=play,
        needs=("events", TRADES),
    )


def told(tally: Tally, family: Family | None) -> str:
    """The first failure, made small."""
    first = tally.failures[0]
    small = smallest(first, draw_script(first.seed, family))
    return f"seed {first.seed}: {first.text}\n{small}"


def healing(progress: Progress) -> Result:
    """R3: the worst of the same schedules."""
    assert progress.tally is not None
    total = progress.tally.total()
    return Result(
        claim=Claim.R3,
        done=total.schedules,
        unit="schedules",
        violations=sum(one.rule == "R3" for one in progress.tally.failures),
        worst={"s to agree": total.settled_ns / NS, "s to flat": total.flat_ns / NS},
    )


SAME: Final = Gate(
    claim=Claim.R1,
    unit="seeds",
    whole=1_000,
    batch=100,
    play=same_twice,
    needs=(TRADES,),
)
