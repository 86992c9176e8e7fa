"""A market of some rows, and rules, as the kernels take them."""

from __future__ import annotations

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import race
from tui_scalper.core import rules as u
from tui_scalper.core.config import ReadingRules, SignalRules
from tui_scalper.core.market import empty_market


def market_of(rows):
    """A market whose cells are `rows`; nothing else is known of it."""
    market = empty_market(len(rows))
    market.cells[:] = np.array(rows, dtype=np.int64)
    return market


def rules_of(signals=None, readings=None, *, in_session=True, entries_open=False):
    """Compiled rules, defaults where none are given."""
    rules = u.compiled_rules(signals or SignalRules(), readings or ReadingRules())
    rules.whole[u.IN_SESSION :] = int(in_session)
    rules.whole[u.ENTRIES_OPEN] = int(entries_open)
    return rules


def race_of(cells):
    """The race of the rows of `cells` that are signals; nobody leads yet."""
    array = race.empty_race(len(cells))
    for row, cell in enumerate(cells):
        race.keep_list(array, row, bool(cell[c.BLOCKERS] == 0))
    return array


def contents(market):
    """All arrays of a market, bytes by name; those of its parts by the names of both."""
    found = {}
    for name, part in market._asdict().items():
        arrays = part._asdict() if isinstance(part, tuple) else {"": part}
        found |= {f"{name}.{one}": array.tobytes() for one, array in arrays.items()}
    return found
