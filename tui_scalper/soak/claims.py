"""What is claimed, by number, and what a run of it came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec


class Claim(StrEnum):
    """Reliability claims; the numbers are those of the gates in docs/gates.md."""

    R1 = "R1"
    R2 = "R2"
    R3 = "R3"
    R4 = "R4"
    R5 = "R5"
    R6 = "R6"
    R7 = "R7"
    R8 = "R8"
    R10 = "R10"
    R11 = "R11"
    R12 = "R12"
    R13 = "R13"
    R14 = "R14"
    R15 = "R15"


SAYS: Final[dict[Claim, str]] = {
    Claim.R1: "the same seed gives the same effects in every process",
    Claim.R2: "no fault schedule breaks an invariant (I1 to I9)",
    Claim.R3: "engine and broker agree 5 s after the last fault, 10 s with an order in doubt",
    Claim.R4: "killed after any record, nothing is lost, doubled or left bare",
    Claim.R5: "the same when records never reached the disk",
    Claim.R6: "every flipped bit of a journal is seen",
    Claim.R7: "an order in doubt is neither doubled nor forgotten",
    Claim.R8: "every pair of state and input is legal, ignored or an error",
    Claim.R10: "a replay decides as the live loop does",
    Claim.R11: "a silent feed is seen within 5 s",
    Claim.R12: "from the kill key to the last request handed over at most 50 ms",
    Claim.R13: "a frozen screen delays no order and loses no event; queues stay bounded",
    Claim.R14: "five days of 2,000 stocks: memory and time of a day do not grow",
    Claim.R15: "SIM, REPLAY and paper never reach for a broker",
}


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of one claim came to."""

    claim: Claim
    done: int
    unit: str
    """What `done` counts."""
    violations: int = 0
    sums: dict[str, int] = {}
    """What was counted besides, by what it is."""
    worst: dict[str, float] = {}
    """The largest of what was measured, by what it is and its unit."""

    def figures(self) -> str:
        """What was counted and measured, in words."""
        counted = [f"{count:,} {name}" for name, count in self.sums.items()]
        return ", ".join(
            [*counted, *(f"worst {value:.1f} {name}" for name, value in self.worst.items())]
        )


def results_table(results: Iterable[Result]) -> str:
    """One line a claim, in their order; parts of one claim are added up."""
    parts: dict[Claim, list[Result]] = {}
    for one in results:
        parts.setdefault(one.claim, []).append(one)
    lines = [f"{'gate':<5}{'runs':>10} {'of what':<18}{'broken':>7}  claim; measured"]
    for claim in Claim:
        if claim not in parts:
            continue
        one = _together(parts[claim])
        words = "; ".join(part for part in (SAYS[claim], one.figures()) if part)
        lines.append(f"{one.claim:<5}{one.done:>10,} {one.unit:<18}{one.violations:>7}  {words}")
    return "\n".join(lines)


def _together(parts: list[Result]) -> Result:
    sums: Counter[str] = Counter()
    worst: dict[str, float] = {}
    for one in parts:
        sums.update(one.sums)
        worst |= {name: max(value, worst.get(name, value)) for name, value in one.worst.items()}
    return Result(
        claim=parts[0].claim,
        done=sum(one.done for one in parts),
        unit=parts[0].unit,
        violations=sum(one.violations for one in parts),
        sums=dict(sums),
        worst=worst,
    )
