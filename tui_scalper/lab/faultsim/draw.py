"""Draws the script of a schedule from its seed."""

from __future__ import annotations

from random import Random
from typing import Final

from tui_scalper.core.units import MS, NS
from tui_scalper.core.venues import HOUR, MINUTE
from tui_scalper.lab.faultsim.script import (
    FRAMES,
    Family,
    Fault,
    FaultKind,
    Item,
    Key,
    Manner,
    Press,
    Script,
)

STOCKS: Final = 4
SQUARE_OFF_NS: Final = 15 * HOUR + 8 * MINUTE

FAMILIES: Final = (
    (Family.CALM, 1),
    (Family.PATH, 3),
    (Family.DEAF, 3),
    (Family.POLLS, 2),
    (Family.MARKET, 2),
    (Family.CLOCK, 2),
    (Family.ALL, 6),
    (Family.WILD, 3),
)
"""Families of random schedules and how often each is drawn."""

_PATH: Final = (
    FaultKind.LOSE_REQUEST,
    FaultKind.LOSE_ANSWER,
    FaultKind.LATE_REQUEST,
    FaultKind.LATE_ANSWER,
    FaultKind.REFUSE,
)
_DEAF: Final = (FaultKind.LOSE_UPDATE, FaultKind.LATE_UPDATE, FaultKind.DOUBLE_UPDATE)
_POLLS: Final = (FaultKind.STALE_BOOK, FaultKind.LATE_POLL, FaultKind.FAIL_POLL)
_MARKET: Final = (
    FaultKind.CIRCUIT,
    FaultKind.HALT,
    FaultKind.GAP,
    FaultKind.STALL,
    FaultKind.CUT,
    FaultKind.JUMP,
)
_BY_HAND: Final = (FaultKind.HAND_ORDER, FaultKind.HAND_CANCEL, FaultKind.EARLY_CANCEL_NEWS)
_ALL: Final = (*_PATH, *_DEAF, *_POLLS, *_MARKET)

KINDS: Final = {
    Family.CALM: (),
    Family.PATH: _PATH,
    Family.DEAF: _DEAF,
    Family.POLLS: (*_POLLS, FaultKind.LOSE_UPDATE, FaultKind.LOSE_ANSWER),
    Family.MARKET: _MARKET,
    Family.CLOCK: (FaultKind.LATE_REQUEST, FaultKind.LOSE_ANSWER, FaultKind.JUMP),
    Family.ALL: _ALL,
    Family.WILD: (*_ALL, *_BY_HAND * 4),
    Family.AMBIGUOUS: (FaultKind.LOSE_REQUEST, FaultKind.LOSE_ANSWER),
}

LATEST_REQUEST_NS: Final = 1_400 * MS
OLDEST_BOOK_NS: Final = 1_400 * MS
"""A request that arrives at all arrives by then, and no answered order book is older: both
together stay below `RiskLimits.absent_ns`, so that a proof of absence is one. WILD breaks it."""
WILD_FACTOR: Final = 6
JUMPS_APART_NS: Final = 5 * NS
"""A clock that jumps more often than this while an order is in doubt may break the proof."""
STORM_NS: Final = 2 * NS
"""Half of the schedules end with several faults in their last moments."""


def draw_script(seed: int, family: Family | None = None) -> Script:
    """The schedule of `seed`; of a random family unless told."""
    rng = Random(seed)
    families, weights = zip(*FAMILIES, strict=True)
    drawn: Family = rng.choices(families, weights)[0]
    manner = _manner(rng, family or drawn)
    lasts_ns = FRAMES * manner.frame_ns
    items = [*_presses(rng, lasts_ns), *_faults(rng, manner, lasts_ns)]
    return Script(seed=seed, manner=manner, items=tuple(items))


def _manner(rng: Random, family: Family) -> Manner:
    late = rng.random() < 0.1
    return Manner(
        family=family,
        step_ppm=rng.choice((300, 800, 1_500, 3_000)),
        depth=rng.choice((60, 300, 5_000)),
        band_bp=rng.choice((0, 0, 0, 150)),
        frame_ns=rng.choice((80, 150, 300)) * MS,
        latency_ns=rng.choice((10, 60, 200)) * MS,
        start_ns=SQUARE_OFF_NS - 60 * NS if late else rng.randrange(10, 14) * HOUR,
        daily_trades=rng.choice((5, 1_000, 1_000)),
        max_positions=rng.choice((1, 3, 4)),
        trail_bp=rng.choice((0, 0, 5, 20)),
        time_exit_ns=rng.choice((0, 0, 3, 30)) * NS,
    )


_KEYS: Final = (
    (Key.ARM, 4),
    (Key.AUTO_ON, 4),
    (Key.AUTO_OFF, 1),
    (Key.STAGE, 3),
    (Key.STAGE_BEST, 4),
    (Key.CONFIRM, 8),
    (Key.NUDGE_PRICE, 1),
    (Key.NUDGE_QUANTITY, 1),
    (Key.PAUSE, 1),
    (Key.RESUME, 3),
    (Key.DISARM, 1),
    (Key.FLATTEN, 5),
    (Key.FLATTEN_ALL, 1),
    (Key.CANCEL_ENTRIES, 2),
    (Key.BREAK_EVEN, 3),
    (Key.KILL, 1),
    (Key.RESET, 4),
)


def _presses(rng: Random, lasts_ns: int) -> list[Item]:
    """Armed and on auto every ten seconds, and keys at random between."""
    presses: list[Item] = [
        Press(key=Key.ARM, at_ns=100 * MS),
        Press(key=Key.AUTO_ON, at_ns=200 * MS),
    ]
    keys, weights = zip(*_KEYS, strict=True)
    for at_ns in range(5 * NS, lasts_ns, 10 * NS):
        presses += [
            Press(key=Key.RESET, at_ns=at_ns),
            Press(key=Key.RESUME, at_ns=at_ns + 1 * MS),
            Press(key=Key.ARM, at_ns=at_ns + 2 * MS),
            Press(key=Key.AUTO_ON, at_ns=at_ns + 3 * MS),
        ]
    if rng.random() < 0.5:
        last = rng.choice((Key.FLATTEN_ALL, Key.KILL, Key.CONFIRM, Key.CANCEL_ENTRIES))
        presses += [
            Press(key=Key.ARM, at_ns=lasts_ns - STORM_NS),
            Press(key=Key.STAGE_BEST, at_ns=lasts_ns - STORM_NS + 1 * MS),
            Press(key=Key.CONFIRM, at_ns=lasts_ns - STORM_NS + 2 * MS),
            Press(key=last, at_ns=lasts_ns - rng.randrange(STORM_NS)),
        ]
    for _ in range(rng.choice((0, 10, 40, 80))):
        presses.append(
            Press(
                key=rng.choices(keys, weights)[0],
                at_ns=rng.randrange(lasts_ns),
                row=rng.randrange(STOCKS),
                amount=rng.choice((-2, -1, 1, 2)),
                age_ns=rng.choice((0, 0, 0, 2 * NS)),
            )
        )
    return presses


def _faults(rng: Random, manner: Manner, lasts_ns: int) -> list[Item]:
    kinds = [
        kind for kind in KINDS[manner.family] if kind is not FaultKind.GAP or not manner.band_bp
    ]
    if not kinds:
        return []
    if manner.family is Family.AMBIGUOUS:
        return _doubts(rng, lasts_ns)
    times = [rng.randrange(lasts_ns) for _ in range(rng.choice((3, 10, 40, 120)))]
    if rng.random() < 0.5:
        times += [lasts_ns - rng.randrange(1, STORM_NS) for _ in range(4)]
    return _spaced([_fault(rng, rng.choice(kinds), manner, at_ns) for at_ns in sorted(times)])


def _spaced(faults: list[Fault]) -> list[Item]:
    """Without clock jumps that follow another too soon."""
    kept: list[Item] = []
    jumped_ns = -JUMPS_APART_NS
    for fault in faults:
        if fault.kind is FaultKind.JUMP:
            if fault.at_ns - jumped_ns < JUMPS_APART_NS:
                continue
            jumped_ns = fault.at_ns
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
    return Fault(
        kind=kind,
        at_ns=at_ns,
        length_ns=0 if kind in _AT_ONCE else int(rng.choice((0.05, 0.3, 1, 3)) * NS),
        amount=_amount(rng, kind, wild=manner.family is Family.WILD),
        row=rng.randrange(STOCKS) if kind in _OF_A_ROW else -1,
    )


_AT_ONCE: Final = {FaultKind.GAP, FaultKind.JUMP, FaultKind.HAND_ORDER, FaultKind.HAND_CANCEL}
_OF_A_ROW: Final = {
    FaultKind.CIRCUIT,
    FaultKind.HALT,
    FaultKind.GAP,
    FaultKind.HAND_ORDER,
    FaultKind.HAND_CANCEL,
}
_AMOUNTS: Final = {
    FaultKind.LOSE_REQUEST: (0, 1 * MS, 50 * MS, 800 * MS),
    FaultKind.LOSE_ANSWER: (0, 1 * MS, 50 * MS, 800 * MS),
    FaultKind.LATE_REQUEST: (200 * MS, 700 * MS, LATEST_REQUEST_NS),
    FaultKind.LATE_ANSWER: (500 * MS, 2_500 * MS),
    FaultKind.REFUSE: (0,),
    FaultKind.EARLY_CANCEL_NEWS: (100 * MS, 600 * MS),
    FaultKind.LOSE_UPDATE: (0,),
    FaultKind.LATE_UPDATE: (100 * MS, 1_000 * MS, 3_000 * MS),
    FaultKind.DOUBLE_UPDATE: (1 * MS, 500 * MS, 2_000 * MS),
    FaultKind.STALE_BOOK: (100 * MS, 500 * MS, OLDEST_BOOK_NS),
    FaultKind.LATE_POLL: (500 * MS, 3_000 * MS),
    FaultKind.FAIL_POLL: (0,),
    FaultKind.CIRCUIT: (-1, 1),
    FaultKind.HALT: (0,),
    FaultKind.GAP: (-200, -60, -15, 15, 60, 200),
    FaultKind.STALL: (0,),
    FaultKind.CUT: (0,),
    FaultKind.JUMP: (-1_500 * MS, -200 * MS, 500 * MS, 4_000 * MS, 30_000 * MS),
    FaultKind.HAND_ORDER: (-100, -20, 20, 100),
    FaultKind.HAND_CANCEL: (0,),
}
_TOO_LATE: Final = {FaultKind.LATE_REQUEST, FaultKind.STALE_BOOK}


def _amount(rng: Random, kind: FaultKind, *, wild: bool) -> int:
    amount = rng.choice(_AMOUNTS[kind])
    return amount * WILD_FACTOR if wild and kind in _TOO_LATE else amount
