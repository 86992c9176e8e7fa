"""Lines of the ranked table: what stands in the row of a stock, and why it is not traded now."""

from __future__ import annotations

import math
from typing import NamedTuple

from tui_scalper.core import columns as c
from tui_scalper.core import reals as r
from tui_scalper.core import rules as u
from tui_scalper.core.engine import Engine
from tui_scalper.core.gates import Gate
from tui_scalper.core.market import Reals
from tui_scalper.core.refusals import REFUSAL_TEXT
from tui_scalper.core.regime import CALM_NS
from tui_scalper.core.snapshot import SignalRow
from tui_scalper.core.units import NS, PPM, Side


class Hold(NamedTuple):
    """Why the signal of a stock would not be traded now; empty when it would, once armed."""

    words: str = ""
    short: str = ""


def signal_row(engine: Engine, rank: int, row: int, at_ns: int) -> SignalRow:
    """The line of `row` at place `rank` of the ranked table."""
    cells, real = engine.table.cells[row], engine.table.reals[row]
    lean = int(cells[c.LEAN])
    total = int(cells[c.TOTAL_BUY] + cells[c.TOTAL_SELL])
    tick = engine.universe[row].tick
    both = cells[c.BID_PRICE] > 0 and cells[c.ASK_PRICE] > 0
    behind, size = largest(real)
    hold = held(engine, row, at_ns)
    unusual = size is not None and size >= cells[c.FOOTPRINT_PPM] / PPM
    return SignalRow(
        rank=rank,
        row=row,
        symbol=engine.universe[row].symbol,
        side=Side(lean) if lean else None,
        dominance_ppm=int(cells[c.DOMINANCE]),
        pressure_ppm=int(cells[c.TOTAL_BUY]) * PPM // total if total else -1,
        bid_depth=int(cells[c.BID_DEPTH]),
        ask_depth=int(cells[c.ASK_DEPTH]),
        ltp=int(cells[c.LTP]),
        spread_ticks=int(cells[c.ASK_PRICE] - cells[c.BID_PRICE]) // tick if both else 0,
        age_ns=at_ns - int(cells[c.RECEIVED_NS]) if cells[c.UPDATES] else -1,
        signal_age_ns=at_ns - int(cells[c.SIGNAL_NS]) if cells[c.SIGNAL_NS] else -1,
        blockers=blockers(engine, row, at_ns),
        gradient=known(real[r.PRESSURE_SLOPE]),
        gradient_t=known(real[r.PRESSURE_T]),
        flow=known(real[r.FLOW_RATE + 1]),
        footprint=behind if unusual else None,
        footprint_z=size,
        agreeing=int(cells[c.AGREEING]),
        confirmed=int(cells[c.CONFIRMED]),
        needed=int(engine.floor.rules.whole[u.NEEDED]),
        held=hold.words,
        held_short=hold.short,
    )


def known(value: float) -> float | None:
    """A reading as a plain number; None where nothing is known."""
    return None if math.isnan(value) else float(value)


def largest(real: Reals) -> tuple[Side, float | None]:
    """The side of the more unusual order size, and its z; sellers only where theirs is greater."""
    bid, ask = known(real[r.FOOTPRINT_BID]), known(real[r.FOOTPRINT_ASK])
    if ask is not None and (bid is None or ask > bid):
        return Side.SELL, ask
    return Side.BUY, bid


def blockers(engine: Engine, row: int, at_ns: int) -> int:
    """Gates of `row` closed at `at_ns`: those of its last update, its age, a market that rests."""
    cells = engine.table.cells[row]
    old = cells[c.UPDATES] and at_ns - cells[c.RECEIVED_NS] > engine.config.signals.max_lag_ns
    rests = at_ns < engine.table.regime[CALM_NS]
    return int(cells[c.BLOCKERS]) | (Gate.STALE if old else 0) | (Gate.REGIME if rests else 0)


def held(engine: Engine, row: int, at_ns: int) -> Hold:
    """Why the signal of `row` would not be traded at `at_ns`."""
    if row in engine.desk.positions:
        return Hold("position held", "held")
    reason = engine.proposer.bars(row) if engine.proposer.is_signal(row) else None
    if reason is not None:
        return Hold(REFUSAL_TEXT[reason], reason.value.replace("_", " "))
    wait = int(engine.table.cells[row, c.HOLD_UNTIL_NS]) - at_ns
    rest = f"cooldown {-(-wait // NS)} s" if wait > 0 else ""
    return Hold(rest, rest)
