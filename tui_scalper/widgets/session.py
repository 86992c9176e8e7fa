"""The session in figures: trades and what they prove, costs, the day's curve, who leans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_scalper.core.snapshot import Tally, TradeRow
from tui_scalper.core.units import PPM
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, LinePanel, Span, fit, spread
from tui_scalper.widgets.palette import Role
from tui_scalper.widgets.results import money_role, result_lines, spread_over


@dataclass(frozen=True)
class SessionView:
    """What the session comes to. Money in paise; `interval` holds the true win rate, 95 %."""

    tally: Tally
    curve: Sequence[int] = ()
    deepest: int = 0
    """Largest fall from a best result."""
    interval: tuple[float, float] = (0.0, 1.0)
    trades: Sequence[TradeRow] = ()

    @property
    def closed(self) -> int:
        """Closed trades."""
        return self.tally.wins + self.tally.losses

    @property
    def net(self) -> int:
        """Closed profit after costs."""
        return self.tally.realised - self.tally.costs


def _pairs(*pairs: tuple[str, Span]) -> Line:
    line: list[Span] = []
    for name, figure in pairs:
        line += [(f" {name} ", Role.DIM), figure]
    return tuple(line)


def _rate(view: SessionView) -> Span:
    """The win rate with its interval: a warning while it may be chance."""
    if not view.closed:
        return "- no trade closed", Role.DIM
    low, high = view.interval
    words = f"{view.tally.wins / view.closed:.0%} in {low * 100:.0f}–{high:.0%}"
    proven = low * PPM > view.tally.break_even_ppm >= 0
    return words, Role.GAIN if proven else Role.TEXT


def _share(ppm: int) -> Span:
    return (f"{ppm / PPM:.0%}" if ppm >= 0 else "-"), Role.TEXT


def session_lines(view: SessionView, *, width: int, focus: bool) -> list[Line]:
    """Header and eight lines, the most telling first."""
    tally = view.tally
    role = Role.PANEL_FOCUS if focus else Role.PANEL
    expectancy = view.net // view.closed if view.closed else 0
    head = spread(((" SESSION", role),), ((f"net {text.signed(view.net)} ", role),), width, role)
    wins = (f"{tally.wins} won {tally.losses} lost", Role.TEXT)
    mean = (text.signed(expectancy), money_role(expectancy))
    rows = (
        _pairs(("closed", (str(view.closed), Role.TEXT)), ("", wins)),
        _pairs(("win", _rate(view))),
        _pairs(("chance", _share(tally.chance_ppm)), ("break-even", _share(tally.break_even_ppm))),
        _pairs(("a trade", mean), ("costs", (text.price(tally.costs), Role.TEXT))),
        _curve(view, width),
        _leaning(tally, width),
        _extremes(view.trades),
        _held(view.trades),
    )
    return [head, *(fit(row, width, Role.TEXT) for row in rows)]


def _curve(view: SessionView, width: int) -> Line:
    """The day's result, its largest drawdown beside it: the risk meter has the present one."""
    fall = f" max dd {text.signed(-view.deepest)} "
    room = max(width - 6 - len(fall), 4)
    return (
        (" P&L ", Role.DIM),
        (
            text.spark(spread_over(view.curve, room), room),
            money_role(view.net + view.tally.open_pnl),
        ),
        (fall, Role.DIM),
    )


def _extremes(trades: Sequence[TradeRow]) -> Line:
    """The best and the worst trade, after costs."""
    if not trades:
        return ((" best and worst -", Role.DIM),)
    nets = [trade.pnl - trade.costs for trade in trades]
    best, worst = max(nets), min(nets)
    return _pairs(
        ("best", (text.signed(best), money_role(best))),
        ("worst", (text.signed(worst), money_role(worst))),
    )


def _held(trades: Sequence[TradeRow]) -> Line:
    """How long a trade took on the average, and the newest one's way out."""
    if not trades:
        return ((" held -", Role.DIM),)
    mean = sum(trade.exit_ns - trade.entry_ns for trade in trades) // len(trades)
    return _pairs(
        ("held", (text.age(mean), Role.TEXT)),
        ("last out by", (trades[-1].reason, Role.TEXT)),
    )


def _leaning(tally: Tally, width: int) -> Line:
    """How many stocks lean how far, from even on the left to one-sided on the right."""
    if not sum(tally.dominance):
        return ((" dominance - no stock leans", Role.DIM),)
    each = max((width - 22) // max(len(tally.dominance), 1), 1)
    bars = text.spark([0, *tally.dominance], len(tally.dominance))
    wide = "".join(block * each for block in bars)
    return ((" dominance 50% ", Role.DIM), (wide, Role.INFO), (" 100%", Role.DIM))


class SessionPanel(LinePanel):
    """The session on the screen."""

    def draw(self, view: SessionView, *, focus: bool) -> None:
        """Show what the session comes to."""
        width, height = self.extent
        lines = session_lines(view, width=width, focus=focus)
        more = result_lines(view.curve, view.trades, width=width, height=height - len(lines))
        self.show([*lines, *more])
