"""Whether a journal says that something may still be held, or trade, at the broker."""

from __future__ import annotations

from collections.abc import Sequence

from tui_scalper.core.journalled import Record
from tui_scalper.core.recovery import Rebuilder
from tui_scalper.lab.past import empty_desk, universe_of


def may_be_open(records: Sequence[Record]) -> bool:
    """True unless every order is over and nothing is held; orders in doubt may be anything."""
    universe = universe_of(records)
    desk = empty_desk(universe)
    rebuilder = Rebuilder(desk, universe)
    for record in records:
        rebuilder.step(record)
    return bool(desk.blotter.live()) or any(one.held for one in desk.owned())
