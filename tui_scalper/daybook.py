"""The session's figures, with the doubt that belongs to them."""

from __future__ import annotations

from functools import lru_cache

from tui_scalper.core.snapshot import Snapshot
from tui_scalper.lab.statistics import Interval, wilson
from tui_scalper.widgets.session import SessionView
from tui_scalper.widgets.trace import Curve


@lru_cache(maxsize=256)
def interval(wins: int, closed: int) -> Interval:
    """The interval of the true win rate, 95 %."""
    return wilson(wins, closed)


def session_view(snapshot: Snapshot, curve: Curve) -> SessionView:
    """What the session panel shows."""
    tally = snapshot.tally
    return SessionView(
        tally=tally,
        curve=curve.points,
        deepest=curve.deepest,
        interval=interval(tally.wins, tally.wins + tally.losses),
        trades=snapshot.trades,
    )
