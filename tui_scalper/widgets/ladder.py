"""The ladder: ten prices of one stock, the highest on top, 13 lines."""

from __future__ import annotations

from typing import Final

from tui_scalper.core.gates import PRICE_GATES
from tui_scalper.core.snapshot import Ladder
from tui_scalper.core.units import NS
from tui_scalper.widgets.ladder_frame import AGED_NS, middle, no_data, pressure, title
from tui_scalper.widgets.ladder_look import Beside, LadderLook
from tui_scalper.widgets.lines import EMPTY, Line, LinePanel
from tui_scalper.widgets.palette import Palette
from tui_scalper.widgets.rung import rung_line, rungs_of
from tui_scalper.widgets.rungs import DEPTH, RUNGS, Rungs, View

LADDER_LINES: Final = RUNGS + 3


def ladder_lines(
    ladder: Ladder,
    prices: tuple[int, ...],
    *,
    width: int,
    now_ns: int,
    look: LadderLook,
    beside: Beside,
) -> tuple[Line, ...]:
    """The 13 lines of `ladder` with `prices` on its rungs, each `width` cells."""
    if not ladder.updates:
        return no_data(ladder, width, selected=beside.selected)
    stale = bool(ladder.blockers & PRICE_GATES)
    age_ns = now_ns - ladder.received_ns
    rungs = [rung_line(rung, width) for rung in rungs_of(ladder, prices, width, look, beside)]
    # Ticks leave no gap between the sides: what stands there goes below them.
    split = DEPTH if look.view is View.LEVELS else RUNGS
    return (
        title(ladder, width, age_ns=age_ns, selected=beside.selected, stale=stale),
        *rungs[:split],
        middle(ladder, width, now_ns, stale=stale, look=look, beside=beside),
        *rungs[split:],
        pressure(ladder.total_buy, ladder.total_sell, width, stale=stale),
    )


class LadderPanel(LinePanel):
    """One ladder on the screen."""

    def __init__(self, palette: Palette, *, panel_id: str) -> None:
        super().__init__(palette, panel_id=panel_id)
        self._rungs = Rungs()
        self._centring = 0
        self._drawn: tuple[object, ...] = ()

    def draw(self, ladder: Ladder | None, *, now_ns: int, look: LadderLook, beside: Beside) -> None:
        """Show `ladder`, or nothing at all."""
        width = self.extent.width
        if ladder is None:
            self.show((EMPTY,))
            self._drawn = ()
            return
        age_ns = now_ns - ladder.received_ns
        drawn = (ladder, width, look, beside, age_ns // NS if age_ns >= AGED_NS else 0)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        prices = self._rungs.prices(
            ladder,
            look.view,
            frozen=beside.staged is not None,
            centred=look.centring != self._centring,
        )
        self._centring = look.centring
        # One column stays free, so that neighbours do not touch.
        self.show(
            ladder_lines(ladder, prices, width=width - 1, now_ns=now_ns, look=look, beside=beside)
        )
