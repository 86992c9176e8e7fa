"""`scalper-tui explain`: what the engine knows and thinks of one stock at a time of a tape."""

from __future__ import annotations

import difflib
from pathlib import Path

import msgspec

from tui_scalper.cli_options import UsageError
from tui_scalper.core.explain import explain
from tui_scalper.core.instruments import Universe
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.tags import run_id
from tui_scalper.core.units import NS
from tui_scalper.lab.day_text import clock
from tui_scalper.lab.explain_text import explain_text
from tui_scalper.lab.replay import Replay, ReplayPlan
from tui_scalper.lab.tape import Tape
from tui_scalper.settings import Settings
from tui_scalper.tapes import open_tape

SHOWN: int = 8
"""Symbols named where the one asked for is none of the tape's."""


def explain_tape(
    settings: Settings, path: Path, symbol: str, of_day: int | None, *, auto: bool, json: bool
) -> int:
    """Play the tape at `path` up to `of_day` (ns after midnight, None: its end) and explain
    `symbol` as it stands then. Raises UsageError for a stock or a time the tape has not.
    """
    tape = open_tape(path, settings)
    row = row_of(tape.universe, symbol, path)
    at_ns = moment(tape, of_day)
    config = settings.engine_config(Mode.REPLAY, run_id(Mode.REPLAY, tape.first_ns))
    plan = ReplayPlan(
        auto=auto, opening_cash=int(settings.sim.cash * 100), session=settings.session.rules()
    )
    replay = Replay(tape, config, plan)
    replay.run_until(at_ns)
    said = explain(replay.engine, row, at_ns)
    if json:
        print(msgspec.json.encode(said).decode())
    else:
        print(explain_text(said, tape.universe.venue.utc_offset), end="")
    return 0


def row_of(universe: Universe, symbol: str, path: Path) -> int:
    """Row of the stock `symbol`, in whatever case. Raises UsageError naming the nearest."""
    rows = {one.symbol.upper(): row for row, one in enumerate(universe)}
    wanted = symbol.strip().upper()
    if wanted in rows:
        return rows[wanted]
    near = difflib.get_close_matches(wanted, rows, SHOWN, 0.5) or sorted(rows)[:SHOWN]
    more = f" and {len(rows) - len(near)} more" if len(rows) > len(near) else ""
    raise UsageError(f"{path} has no stock {symbol!r}; it has {', '.join(near)}{more}")


def moment(tape: Tape, of_day: int | None) -> int:
    """A time of the tape's day, nanoseconds UTC. Raises UsageError outside the tape."""
    if tape.updates == 0:
        raise UsageError(f"{tape.path} is empty: there is nothing to explain in it")
    if of_day is None:
        return tape.last_ns
    venue = tape.universe.venue
    at_ns = venue.midnight(tape.first_ns) + of_day
    # The second in which the tape begins, and the one in which it ends, belong to it.
    if not tape.first_ns // NS * NS <= at_ns <= -(-tape.last_ns // NS) * NS:
        first, last = (
            clock(one, venue.utc_offset, date=True) for one in (tape.first_ns, tape.last_ns)
        )
        asked = clock(at_ns, venue.utc_offset)
        raise UsageError(f"--at {asked} is outside {tape.path}, which goes from {first} to {last}")
    return max(at_ns, tape.first_ns)
