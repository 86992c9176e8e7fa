"""All readings of one row, in the order in which they build on each other."""

from __future__ import annotations

from tui_scalper.core import memory as m
from tui_scalper.core.jit import kernel
from tui_scalper.core.market import Cells, Market, Reals
from tui_scalper.core.readings.ahead import fetch_part
from tui_scalper.core.readings.book import read_fair_prices, read_levels, read_mid, read_totals
from tui_scalper.core.readings.cost import read_costs, read_room
from tui_scalper.core.readings.flow import read_depth_means, read_flow, read_level_flow
from tui_scalper.core.readings.footprint import read_footprints
from tui_scalper.core.readings.past import arrive, pass_over, remember
from tui_scalper.core.readings.refill import read_refills
from tui_scalper.core.readings.slow import read_slow
from tui_scalper.core.readings.trades import read_trades
from tui_scalper.core.readings.trend import read_trend
from tui_scalper.core.rules import Rules


@kernel
def read_book(row: Cells, real: Reals, rules: Rules) -> int:
    """What the present book says by itself; returns what read_totals does."""
    lead = read_totals(row, real)
    read_mid(row)
    read_levels(row, real, rules.real)
    read_fair_prices(row, real)
    read_costs(row, real, rules.whole)
    read_room(row, real)
    return lead


@kernel
def read(market: Market, index: int, rules: Rules, ahead: int) -> None:
    """Bring every reading of row `index` up to the update it holds; takes it as the next one.

    Row `ahead`, which may be itself, comes soon: its lines are asked for between the readings.
    """
    row = market.cells[index]
    real = market.reals[index]
    memory = market.memory[index]
    lead = read_book(row, real, rules)
    fetch_part(market, ahead, 0)
    at = arrive(row, memory, rules.whole)
    elapsed = at - memory[m.NOW_NS]
    fetch_part(market, ahead, 1)
    read_trades(row, memory)
    read_refills(row, memory)
    fetch_part(market, ahead, 2)
    read_depth_means(row, real, memory)
    fetch_part(market, ahead, 3)
    pass_over(row, memory)
    read_flow(row, real, memory, rules.whole, at)
    fetch_part(market, ahead, 4)
    read_level_flow(row, real, memory, rules.whole, at)
    fetch_part(market, ahead, 5)
    read_trend(row, real, memory, rules.whole, at, elapsed, lead)
    fetch_part(market, ahead, 6)
    read_footprints(row, real, memory)
    fetch_part(market, ahead, 7)
    read_slow(row, real, memory, rules.whole, at, elapsed)
    fetch_part(market, ahead, 8)
    remember(row, memory, at)
