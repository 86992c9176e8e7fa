"""What the banner says of the screen itself and of the way to the terminal."""

from __future__ import annotations

from dataclasses import dataclass

from tui_scalper.core.snapshot import Latency
from tui_scalper.core.units import NS
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, Span
from tui_scalper.widgets.palette import Role


@dataclass(frozen=True)
class LinkView:
    """What the banner says of screen and link. Times in seconds, -1 when not measured."""

    frame: float = -1.0
    round_trip: float = -1.0
    backlog: int = 0
    hz: float = 10.0
    lag: bool = False
    """The link is so slow or so stuck that nothing should stay armed."""
    slowed: bool = False
    """Fewer frames are drawn than the settings ask for."""


def seconds(value: float) -> str:
    """A short duration; a dash for one that was not measured."""
    return text.latency(round(value * NS)) if value >= 0 else "-"


def latency_line(latency: Latency, link: LinkView) -> Line:
    """From market to eyes: age of the feed, decision (median/p99), order answer (last/p99),
    frame, the link there and back, writes the terminal has not taken, cadence."""
    slow = Role.WARN if link.slowed else Role.DIM
    decide = f"{text.latency(latency.decide_p50)}/{text.latency(latency.decide_p99)}"
    words = (
        f"feed {text.coarse_age(latency.feed_age)} decide {decide} "
        f"ack {text.latency(latency.order_ack)}/{text.latency(latency.order_ack_p99)} "
        f"ui {seconds(link.frame)} "
    )
    way = f"link {seconds(link.round_trip)} out {link.backlog} {link.hz:g}Hz "
    return ((words, Role.DIM), (way, slow))


def trouble(link: LinkView) -> tuple[Span, ...]:
    """What of it must be seen at once: a lagging link, output that nobody takes, fewer frames."""
    if link.lag:
        return ((f" ! LAG {seconds(link.round_trip)} {link.hz:g}Hz ", Role.ALARM),)
    if link.backlog:
        return ((" ! OUTPUT WAITS ", Role.WARN),)
    return ((f" {link.hz:g}Hz ", Role.WARN),) if link.slowed else ()
