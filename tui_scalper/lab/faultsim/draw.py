"""Draws the script of a schedule from its seed: its manner, its keys, its faults."""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

from tui_scalper.core.config import Style
from tui_scalper.core.emergency_table import Policy
from tui_scalper.core.units import MS, NS
from tui_scalper.core.venues import HOUR, MINUTE
from tui_scalper.lab.faultsim.draw_faults import (
    STOCKS,
    STORM_NS,
    draw_broker_faults,
    draw_faults,
    draw_garbled,
)
from tui_scalper.lab.faultsim.kinds import Family
from tui_scalper.lab.faultsim.script import (
    FRAMES,
    Item,
    Key,
    Manner,
    Press,
    Script,
    with_pauses,
)

SQUARE_OFF_NS: Final = 15 * HOUR + 8 * MINUTE
CLOSING_FRAME_NS: Final = 560 * MS
"""So far apart a schedule that begins a minute before square-off plays on after the close."""
WHOLE_FRAME_NS: Final = 150 * MS
PAUSE_NS: Final = 31 * MINUTE
"""Twelve of these, between the bursts of `WHOLE_FRAME_NS`, make a session."""
BEFORE_OPEN_NS: Final = 9 * HOUR + 14 * MINUTE + 50 * NS

FAMILIES: Final = (
    (Family.CALM, 1),
    (Family.PATH, 3),
    (Family.DEAF, 3),
    (Family.POLLS, 2),
    (Family.MARKET, 2),
    (Family.CLOCK, 2),
    (Family.PROCESS, 4),
    (Family.CLOSE, 1),
    (Family.SESSION, 1),
    (Family.ALL, 6),
    (Family.WILD, 3),
    (Family.TWINS, 1),
)
"""Families of random schedules and how often each is drawn."""


STYLES: Final = (Style.ENGINE, Style.BROKER)
STYLE_SEED: Final = 0x57E1
BROKER_SEED: Final = 0xB40C
GARBLED_SEED: Final = 0x6A4B
"""Style, broker and what is unreadable have own dice: the rest of a schedule is the same."""


def draw_script(seed: int, family: Family | None = None, style: Style | None = None) -> Script:
    """The schedule of `seed`; of a random family and style unless told."""
    rng = Random(seed)
    families, weights = zip(*FAMILIES, strict=True)
    drawn: Family = rng.choices(families, weights)[0]
    styled = style or Random(seed ^ STYLE_SEED).choice(STYLES)
    manner = msgspec.structs.replace(_manner(rng, family or drawn), style=styled)
    lasts_ns = FRAMES * manner.frame_ns
    drawn_items = [
        *_presses(rng, lasts_ns),
        *draw_faults(rng, manner, lasts_ns),
        *draw_broker_faults(Random(seed ^ BROKER_SEED), manner, lasts_ns),
        *draw_garbled(Random(seed ^ GARBLED_SEED), manner, lasts_ns),
    ]
    items = tuple(
        msgspec.structs.replace(item, at_ns=with_pauses(item.at_ns, manner)) for item in drawn_items
    )
    return Script(seed=seed, manner=manner, items=items)


def _manner(rng: Random, family: Family) -> Manner:
    late = rng.random() < 0.1
    manner = Manner(
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
        chases=rng.choice((0, 0, 2)),
        policy=rng.choice((Policy.SAY, Policy.SAY, *Policy)),
    )
    return msgspec.structs.replace(manner, **_HOURS.get(family, {}))


_HOURS: Final[dict[Family, dict[str, int]]] = {
    Family.CLOSE: {"frame_ns": CLOSING_FRAME_NS, "start_ns": SQUARE_OFF_NS - 60 * NS},
    Family.SESSION: {
        "frame_ns": WHOLE_FRAME_NS,
        "start_ns": BEFORE_OPEN_NS,
        "pause_ns": PAUSE_NS,
    },
}
"""Families that need hours of their own."""


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
        Press(key=Key.ARM, at_ns=1_000 * MS),
        Press(key=Key.AUTO_ON, at_ns=1_100 * MS),
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
