"""Draws the faults of a schedule: which, when, for how long and how badly."""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

from tui_scalper.core.config import Style
from tui_scalper.core.units import MS, NS
from tui_scalper.lab.faultsim.kinds import ENDS_PROCESS, Family, FaultKind
from tui_scalper.lab.faultsim.script import Fault, Item, Manner

STOCKS: Final = 4

_PATH: Final = (
    FaultKind.LOSE_REQUEST,
    FaultKind.LOSE_ANSWER,
    FaultKind.LATE_REQUEST,
    FaultKind.LATE_ANSWER,
    FaultKind.DOUBLE_ANSWER,
    FaultKind.REFUSE,
    FaultKind.EXPIRED,
    FaultKind.HALF_OPEN,
    FaultKind.REJECT_STOP,
    FaultKind.TRADE_FIRST,
)
_DEAF: Final = (FaultKind.LOSE_UPDATE, FaultKind.LATE_UPDATE, FaultKind.DOUBLE_UPDATE)
_POLLS: Final = (FaultKind.STALE_BOOK, FaultKind.LATE_POLL, FaultKind.FAIL_POLL)
_MARKET: Final = (
    FaultKind.CIRCUIT,
    FaultKind.HALT,
    FaultKind.GAP,
    FaultKind.STALL,
    FaultKind.CUT,
    FaultKind.OLD_FRAME,
    FaultKind.JUMP,
)
_BY_HAND: Final = (
    FaultKind.HAND_ORDER,
    FaultKind.HAND_CANCEL,
    FaultKind.EARLY_CANCEL_NEWS,
    FaultKind.FORGET,
)
_ALL: Final = (*_PATH, *_DEAF, *_POLLS, *_MARKET)

KINDS: Final = {
    Family.CALM: (),
    Family.PATH: _PATH,
    Family.DEAF: _DEAF,
    Family.POLLS: (*_POLLS, FaultKind.LOSE_UPDATE, FaultKind.LOSE_ANSWER),
    Family.MARKET: _MARKET,
    Family.CLOCK: (FaultKind.LATE_REQUEST, FaultKind.LOSE_ANSWER, FaultKind.JUMP),
    Family.PROCESS: (
        *ENDS_PROCESS * 2,
        FaultKind.LATE_REQUEST,
        FaultKind.LOSE_ANSWER,
        FaultKind.LOSE_UPDATE,
        FaultKind.FAIL_POLL,
        FaultKind.JUMP,
    ),
    Family.CLOSE: (FaultKind.LATE_ANSWER, FaultKind.LOSE_UPDATE, FaultKind.HALT),
    Family.SESSION: (*_ALL, *ENDS_PROCESS),
    Family.ALL: (*_ALL, *ENDS_PROCESS),
    Family.WILD: (*_ALL, *_BY_HAND * 4, *ENDS_PROCESS * 8),
    Family.TWINS: (FaultKind.DOUBLE_ORDER, FaultKind.CIRCUIT, FaultKind.HALT, FaultKind.STALL),
    Family.AMBIGUOUS: (FaultKind.LOSE_REQUEST, FaultKind.LOSE_ANSWER),
}

OF_THE_BROKER: Final = (FaultKind.NO_STOP, FaultKind.STOP_GONE)
"""Struck only where the broker holds the stops."""

GARBLING: Final = frozenset(
    {Family.DEAF, Family.POLLS, Family.PROCESS, Family.SESSION, Family.ALL, Family.WILD}
)
"""Families in which orders may be unreadable for a while."""

LATEST_REQUEST_NS: Final = 1_400 * MS
OLDEST_BOOK_NS: Final = 1_400 * MS
"""A request that arrives at all arrives by then, and no answered order book is older: both
together stay below `RiskLimits.absent_ns`, so that a proof of absence is one. WILD breaks it."""
WILD_FACTOR: Final = 6
JUMPS_APART_NS: Final = 5 * NS
"""A clock that jumps more often than this while an order is in doubt may break the proof."""
ENDS_APART_NS: Final = 12 * NS
"""From one end of the process to the next: a start takes its time."""
STORM_NS: Final = 2 * NS
"""Half of the schedules end with several faults in their last moments."""

_AT_ONCE: Final = {
    FaultKind.GAP,
    FaultKind.JUMP,
    FaultKind.HAND_ORDER,
    FaultKind.HAND_CANCEL,
    FaultKind.STOP_GONE,
    FaultKind.FORGET,
}
_OF_A_ROW: Final = {
    FaultKind.STOP_GONE,
    FaultKind.CIRCUIT,
    FaultKind.HALT,
    FaultKind.GAP,
    FaultKind.HAND_ORDER,
    FaultKind.HAND_CANCEL,
    FaultKind.FORGET,
    FaultKind.UNREADABLE,
}
_AMOUNTS: Final = {
    FaultKind.LOSE_REQUEST: (0, 1 * MS, 50 * MS, 800 * MS),
    FaultKind.LOSE_ANSWER: (0, 1 * MS, 50 * MS, 800 * MS),
    FaultKind.LATE_REQUEST: (200 * MS, 700 * MS, LATEST_REQUEST_NS),
    FaultKind.LATE_ANSWER: (500 * MS, 2_500 * MS),
    FaultKind.DOUBLE_ANSWER: (1 * MS, 400 * MS, 2_500 * MS),
    FaultKind.HALF_OPEN: (0, 900 * MS),
    FaultKind.NO_STOP: (0, 200 * MS, LATEST_REQUEST_NS),
    FaultKind.DOUBLE_ORDER: (500 * MS, 900 * MS),
    FaultKind.EARLY_CANCEL_NEWS: (100 * MS, 600 * MS),
    FaultKind.LATE_UPDATE: (100 * MS, 1_000 * MS, 3_000 * MS),
    FaultKind.DOUBLE_UPDATE: (1 * MS, 500 * MS, 2_000 * MS),
    FaultKind.STALE_BOOK: (100 * MS, 500 * MS, OLDEST_BOOK_NS),
    FaultKind.UNREADABLE: (0, 0, 1, 2),
    FaultKind.LATE_POLL: (500 * MS, 3_000 * MS),
    FaultKind.CIRCUIT: (-1, 1),
    FaultKind.GAP: (-200, -60, -15, 15, 60, 200),
    FaultKind.OLD_FRAME: (300 * MS, 2_000 * MS, 20_000 * MS),
    FaultKind.JUMP: (-1_500 * MS, -200 * MS, 500 * MS, 4_000 * MS, 30_000 * MS),
    FaultKind.HAND_ORDER: (-100, -20, 20, 100),
    FaultKind.FORGET: (0, 1),
    FaultKind.KILL: (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5),
    FaultKind.POWER_CUT: (0, 25 * MS, 120 * MS),
}
"""What `amount` may be; kinds that are not here have none."""
_TOO_LATE: Final = {FaultKind.LATE_REQUEST, FaultKind.STALE_BOOK}
_LENGTHS_S: Final = (0.05, 0.3, 1, 3)
_LONGER_S: Final = {
    FaultKind.HALF_OPEN: (0.3, 1, 3, 6),
    FaultKind.EXPIRED: (0.3, 1, 3, 6),
    FaultKind.UNREADABLE: (0.3, 3, 8, 20),
    FaultKind.TRADE_FIRST: (10, 30),
    FaultKind.EARLY_CANCEL_NEWS: (10, 30),
}


def draw_faults(rng: Random, manner: Manner, lasts_ns: int) -> list[Item]:
    """Faults of the schedule's family over `lasts_ns`."""
    if manner.family is Family.AMBIGUOUS:
        return _doubts(rng, lasts_ns)
    kinds = [
        kind for kind in KINDS[manner.family] if kind is not FaultKind.GAP or not manner.band_bp
    ]
    if not kinds:
        return []
    times = [rng.randrange(lasts_ns) for _ in range(rng.choice((3, 10, 40, 120)))]
    if rng.random() < 0.5:
        times += [lasts_ns - rng.randrange(1, STORM_NS) for _ in range(4)]
    faults = [_fault(rng, rng.choice(kinds), manner, at_ns) for at_ns in sorted(times)]
    if manner.family is Family.CLOSE:
        faults += _no_way_out(rng, lasts_ns)
    return _spaced(faults)


def draw_broker_faults(rng: Random, manner: Manner, lasts_ns: int) -> list[Item]:
    """What the broker does wrong with the stops it holds."""
    spared = manner.family in (Family.CALM, Family.AMBIGUOUS)
    if manner.style is Style.ENGINE or spared:
        return []
    times = sorted(rng.randrange(lasts_ns) for _ in range(rng.choice((0, 1, 3, 10))))
    return [_fault(rng, rng.choice(OF_THE_BROKER), manner, at_ns) for at_ns in times]


def draw_garbled(rng: Random, manner: Manner, lasts_ns: int) -> list[Item]:
    """When which orders cannot be read."""
    if manner.family not in GARBLING:
        return []
    times = sorted(rng.randrange(lasts_ns) for _ in range(rng.choice((0, 0, 1, 3))))
    faults = [_fault(rng, FaultKind.UNREADABLE, manner, at_ns) for at_ns in times]
    return [
        msgspec.structs.replace(one, length_ns=min(one.length_ns, lasts_ns - one.at_ns))
        for one in faults
    ]


def _no_way_out(rng: Random, lasts_ns: int) -> list[Fault]:
    """From soon after the start to the end most stocks have one side only."""
    begins = [rng.randrange(5, 55) * NS for _ in range(STOCKS)]
    return [
        Fault(
            kind=FaultKind.CIRCUIT,
            at_ns=at_ns,
            length_ns=lasts_ns - at_ns,
            amount=rng.choice((-1, 1)),
            row=row,
        )
        for row, at_ns in enumerate(begins)
    ]


def _spaced(faults: list[Fault]) -> list[Item]:
    """Without clock jumps, and ends of the process, that follow another too soon."""
    kept: list[Item] = []
    jumped_ns = -JUMPS_APART_NS
    ended_ns = -ENDS_APART_NS
    for fault in faults:
        if fault.kind is FaultKind.JUMP:
            if fault.at_ns - jumped_ns < JUMPS_APART_NS:
                continue
            jumped_ns = fault.at_ns
        if fault.kind in ENDS_PROCESS:
            if fault.at_ns - ended_ns < ENDS_APART_NS:
                continue
            ended_ns = fault.end_ns
        kept.append(fault)
    return kept


def _doubts(rng: Random, lasts_ns: int) -> list[Item]:
    """From beginning to end, one kind of doubt after the other."""
    faults: list[Item] = []
    at_ns = 300 * MS
    while at_ns < lasts_ns:
        length_ns = rng.randrange(1, 4) * NS
        kind = rng.choice(KINDS[Family.AMBIGUOUS])
        amount = rng.choice((0, 1, 50, 800)) * MS
        faults.append(Fault(kind=kind, at_ns=at_ns, length_ns=length_ns, amount=amount))
        at_ns += length_ns + rng.randrange(2) * NS
    return faults


def _fault(rng: Random, kind: FaultKind, manner: Manner, at_ns: int) -> Fault:
    lengths = _LONGER_S.get(kind, _LENGTHS_S)
    return Fault(
        kind=kind,
        at_ns=at_ns,
        length_ns=0 if kind in _AT_ONCE else int(rng.choice(lengths) * NS),
        amount=_amount(rng, kind, wild=manner.family is Family.WILD),
        row=rng.randrange(STOCKS) if kind in _OF_A_ROW else -1,
    )


def _amount(rng: Random, kind: FaultKind, *, wild: bool) -> int:
    amount = rng.choice(_AMOUNTS.get(kind, (0,)))
    return amount * WILD_FACTOR if wild and kind in _TOO_LATE else amount
