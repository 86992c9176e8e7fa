"""The banner: the mode, who decides, the link, the clock; below it, where it fits, the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tui_scalper.core.events import Link
from tui_scalper.core.snapshot import Mode, OperatorState, Snapshot, TradingState
from tui_scalper.core.units import NS
from tui_scalper.widgets import text
from tui_scalper.widgets.lines import Line, LinePanel, Span, fit, spread, width_of
from tui_scalper.widgets.link import LinkView, latency_line, trouble
from tui_scalper.widgets.measures import price_is_old
from tui_scalper.widgets.palette import Role
from tui_scalper.widgets.results import money_role

MODE_FACE: Final = {
    Mode.SIM: ("○ SIM", Role.MODE_SIM),
    Mode.REPLAY: ("» REPLAY", Role.MODE_REPLAY),
    Mode.PAPER: ("◇ PAPER", Role.MODE_PAPER),
    Mode.TEST: ("◐ TEST", Role.MODE_TEST),
    Mode.LIVE: ("● LIVE", Role.MODE_LIVE),
}
OPERATOR_FACE: Final = {
    OperatorState.DISARMED: ("□ DISARMED", Role.DISARMED),
    OperatorState.ARMED: ("■ ARMED", Role.ARMED),
    OperatorState.STAGED: ("■ STAGED", Role.STAGED),
    OperatorState.KILLED: ("✖ KILLED", Role.KILLED),
}
TRADING_FACE: Final = {
    TradingState.STARTING: (" ◌ STARTING ", Role.WARN),
    TradingState.REDUCING: (" ▼ EXITS ONLY ", Role.ALARM),
    TradingState.HALTED: (" ✖ HALTED ", Role.ALARM),
}
"""Shown only while entries may not leave at all."""
LINK_FACE: Final = {
    Link.LIVE: ("feed ok", Role.GOOD),
    Link.CONNECTING: ("feed connecting", Role.WARN),
    Link.STALLED: ("! FEED STALLED", Role.ALARM),
    Link.DOWN: ("! FEED DOWN", Role.ALARM),
    Link.REFUSED: ("! LOG IN", Role.ALARM),
    Link.LOST: ("! FEED LOST", Role.ALARM),
}
LATENCY_FROM: Final = 120
"""Cells from which on latencies have room beside the day."""
GAP: Final = 2
"""Cells between the day and the latencies at least."""
NO_LINK: Final = LinkView()
SILENT_NS: Final = 2 * NS
"""Without a new snapshot for so long the engine says nothing any more."""


class Piece(NamedTuple):
    """One part of the banner; the higher `rank`, the sooner it goes when room is short."""

    rank: int
    spans: Line


class TapeView(NamedTuple):
    """A replay's tape as the banner tells of it."""

    words: str = ""
    """What it does; empty where there is none."""
    over: bool = False
    """Nothing follows: the prices shown are the last ones."""


NO_TAPE: Final = TapeView()


def mode_face(mode: Mode) -> Span:
    """The word, glyph and role of a mode, the same wherever it stands."""
    return MODE_FACE[mode]


def _operator(snapshot: Snapshot, now_ns: int, speed: float) -> Span:
    word, role = OPERATOR_FACE[snapshot.operator]
    if snapshot.operator in (OperatorState.ARMED, OperatorState.STAGED):
        word = f"{word} {text.countdown(int((snapshot.armed_until_ns - now_ns) / speed))}"
    return f" {word} ", role


def _link(snapshot: Snapshot, silent_ns: int, tape: TapeView) -> Span:
    if tape.over:
        return " TAPE OVER ", Role.WARN
    if silent_ns > SILENT_NS:
        return f" ! ENGINE SILENT {text.age(silent_ns)} ", Role.ALARM
    word, role = LINK_FACE[snapshot.link]
    if snapshot.latency.feed_age >= NS:
        return f" {word} {text.age(snapshot.latency.feed_age)} ", role
    return f" {word} ", role


def state_line(
    snapshot: Snapshot,
    *,
    now_ns: int,
    silent_ns: int,
    width: int,
    link: LinkView = NO_LINK,
    speed: float = 1.0,
    tape: TapeView = NO_TAPE,
) -> Line:
    """The first line; parts of least weight are left out until it fits.

    Arming runs out in the operator's seconds, of which each is `speed` of the market's.
    """
    word, mode_role = MODE_FACE[snapshot.mode]
    auto = (" ▸ AUTO ON ", Role.STAGED) if snapshot.auto else (" auto off ", Role.PANEL)
    paused: Line = ((" ‖ PAUSED ", Role.ALARM),) if snapshot.paused else ()
    held: Line = (TRADING_FACE[snapshot.trading],) if snapshot.trading in TRADING_FACE else ()
    phase_role = Role.PANEL if snapshot.phase.value == "open" else Role.WARN
    pieces = [
        Piece(0, ((f"  {word} {tape.words} " if tape.words else f"  {word}  ", mode_role),)),
        Piece(0, (_operator(snapshot, now_ns, speed),)),
        Piece(0, held),
        Piece(0, (auto,)),
        Piece(0, paused),
        Piece(0, trouble(link)),
        Piece(1, (_link(snapshot, silent_ns, tape),)),
        Piece(2, ((f" {text.clock(now_ns, snapshot.utc_offset)}", Role.PANEL_FOCUS),)),
        Piece(3, ((f" {snapshot.phase.value} ", phase_role),)),
        Piece(4, ((f" {snapshot.venue} {snapshot.currency} ", Role.PANEL),)),
        Piece(6, ((f" {snapshot.instruments} stocks ", Role.PANEL),)),
        Piece(5, ((f" {snapshot.trading_text or snapshot.link_text} ", Role.PANEL),)),
    ]
    return fit(_fitting(pieces, width), width, Role.PANEL)


def _fitting(pieces: Sequence[Piece], width: int) -> Line:
    for most in range(6, -1, -1):
        line = tuple(span for piece in pieces if piece.rank <= most for span in piece.spans)
        if width_of(line) <= width:
            return line
    return line


def day_line(snapshot: Snapshot, *, width: int, link: LinkView = NO_LINK) -> Line:
    """Latencies on the right; left of them profit, costs, trades, funds, as many as fit."""
    right = latency_line(snapshot.latency, link) if width >= LATENCY_FROM else ()
    room = width - width_of(right) - GAP
    left = profit_line(snapshot, width=room)
    return spread(left, right, width, Role.PANEL)


def profit_line(snapshot: Snapshot, *, width: int) -> Line:
    """The day so far after costs, most important first; what does not fit whole is left out."""
    tally = snapshot.tally
    limit = f"/{tally.trade_limit}" if tally.trade_limit else ""
    funds = text.money(tally.capital, snapshot.currency) if tally.capital >= 0 else "-"
    net = tally.realised - tally.costs
    figures = (
        ("net", text.signed(net), money_role(net)),
        ("open", *_open_profit(snapshot)),
        ("costs", text.price(tally.costs), Role.TEXT),
        ("trades", f"{tally.trades}{limit}", Role.TEXT),
        ("W/L", f"{tally.wins}/{tally.losses}", Role.TEXT),
        ("funds", funds, Role.TEXT),
    )
    line: Line = ()
    for name, figure, role in figures:
        longer: Line = (*line, (f" {name} ", Role.DIM), (figure, role))
        if width_of(longer) > width:
            break
        line = longer
    return line


def _open_profit(snapshot: Snapshot) -> Span:
    """What positions stand at; in doubt where one is valued at an old price."""
    profit = snapshot.tally.open_pnl
    if any(price_is_old(position) for position in snapshot.positions):
        return f"?{text.signed(profit)}", Role.WARN
    return text.signed(profit), money_role(profit)


class BannerPanel(LinePanel):
    """One or two lines at the top of the screen."""

    GROUND = Role.PANEL

    def wait(self) -> None:
        """Say that the engine has not spoken yet."""
        width = self.extent.width
        self.show((fit(((" waiting for the engine ...", Role.WARN),), width, Role.PANEL),))

    def draw(
        self,
        snapshot: Snapshot,
        *,
        now_ns: int,
        silent_ns: int,
        link: LinkView,
        speed: float,
        tape: TapeView,
    ) -> None:
        """Show the state, and the day on a second line where there is one."""
        width, height = self.extent
        lines = [
            state_line(
                snapshot,
                now_ns=now_ns,
                silent_ns=silent_ns,
                width=width,
                link=link,
                speed=speed,
                tape=tape,
            )
        ]
        if height > 1:
            lines.append(day_line(snapshot, width=width, link=link))
        self.show(lines)
