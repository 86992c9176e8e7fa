"""All panels of the console: where they stand, and what each is told of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.geometry import Region, Size

from tui_scalper.core.snapshot import Ladder, Snapshot
from tui_scalper.core.units import NS
from tui_scalper.cues import (
    HINT_WIDTH,
    alarm_keys,
    box_lines,
    footer_keys,
    help_entries,
    idle_hint,
    stage_keys,
)
from tui_scalper.daybook import session_view
from tui_scalper.hands import Hands
from tui_scalper.widgets.banner import NO_TAPE, SILENT_NS, BannerPanel
from tui_scalper.widgets.chart import ChartPanel
from tui_scalper.widgets.day import DayPanel
from tui_scalper.widgets.explain import Depth, ExplainPanel
from tui_scalper.widgets.footer import FooterPanel
from tui_scalper.widgets.help import HelpPanel, HintPanel
from tui_scalper.widgets.ladder import LadderPanel
from tui_scalper.widgets.ladder_look import Beside
from tui_scalper.widgets.layout import MOST_LADDERS, Layout, Panel, arrange
from tui_scalper.widgets.lines import LinePanel
from tui_scalper.widgets.link import LinkView
from tui_scalper.widgets.log import LogPanel
from tui_scalper.widgets.measures import profit
from tui_scalper.widgets.palette import Palette
from tui_scalper.widgets.positions import PositionsPanel
from tui_scalper.widgets.risk import RiskPanel
from tui_scalper.widgets.session import SessionPanel
from tui_scalper.widgets.signals import SignalsPanel
from tui_scalper.widgets.slots import LadderSlots
from tui_scalper.widgets.strip import StripPanel, StripView

HINT_TOP = 6


class Painter:
    """Owns the panels; `hands` tell what the operator looks at and is asked.

    `speed` is how many market seconds pass while the operator lives one.
    """

    def __init__(self, palette: Palette, hands: Hands, speed: float) -> None:
        self._hands = hands
        self.speed = speed
        self.tape = NO_TAPE
        self._slots = LadderSlots()
        self._arranged: tuple[object, ...] = ()
        self.geometry: Layout = arrange(0, 0, hands.gaze.wanted)
        self._banner = BannerPanel(palette, panel_id=Panel.BANNER)
        self._ladders = [LadderPanel(palette, panel_id=f"ladder{at}") for at in range(MOST_LADDERS)]
        self._positions = PositionsPanel(palette, panel_id=Panel.POSITIONS)
        self._signals = SignalsPanel(palette, panel_id=Panel.SIGNALS)
        self._explain = ExplainPanel(palette, panel_id=Panel.EXPLAIN)
        self._risk = RiskPanel(palette, panel_id=Panel.RISK)
        self._session = SessionPanel(palette, panel_id=Panel.SESSION)
        self._chart = ChartPanel(palette, panel_id=Panel.CHART)
        self._strip = StripPanel(palette, panel_id=Panel.STRIP)
        self._log = LogPanel(palette, panel_id=Panel.LOG)
        self._day = DayPanel(palette, panel_id=Panel.DAY)
        self._footer = FooterPanel(palette, panel_id=Panel.FOOTER)
        self._help = HelpPanel(palette, panel_id=Panel.HELP)
        self._hint = HintPanel(palette, panel_id="hint")

    @property
    def panels(self) -> tuple[LinePanel, ...]:
        """Every panel, shown or hidden."""
        return (
            self._banner,
            self._strip,
            *self._ladders,
            self._positions,
            self._signals,
            self._explain,
            self._risk,
            self._session,
            self._chart,
            self._log,
            self._day,
            self._footer,
            self._help,
            self._hint,
        )

    # -- places ------------------------------------------------------------------------------

    def arrange(self, size: Size, *, hint: bool) -> bool:
        """Put the panels where size, zoom and help page want them; False when nothing moved."""
        hands = self._hands
        box = len(box_lines(hands, hint=hint))
        arranged = (size, hands.gaze.wanted, hands.help_open, box)
        if arranged == self._arranged:
            return False
        self._arranged = arranged
        geometry = self.geometry = arrange(size.width, size.height, hands.gaze.wanted)
        named = {panel.value: region for panel, region in geometry.panels.items()}
        if not hands.help_open:
            named.pop(Panel.HELP.value, None)
        if box and not geometry.too_small:
            x = max((size.width - HINT_WIDTH) // 2, 0)
            named["hint"] = Region(x, HINT_TOP, HINT_WIDTH, min(box, size.height - HINT_TOP - 1))
        self._place(named, geometry.ladders)
        hands.gaze.signal_lines = geometry.signal_lines
        hands.gaze.shown = frozenset(geometry.panels) | (
            {Panel.LADDERS} if geometry.ladders else set()
        )
        return True

    def _place(self, named: Mapping[str, Region], ladders: Sequence[Region]) -> None:
        for at, ladder in enumerate(self._ladders):
            ladder.place(ladders[at] if at < len(ladders) else None)
        for panel in self.panels:
            if panel not in self._ladders:
                panel.place(named.get(panel.id or ""))

    # -- contents ------------------------------------------------------------------------------

    def wait(self) -> None:
        """There is no snapshot yet."""
        self._banner.wait()

    def draw(self, snapshot: Snapshot, *, now_ns: int, monotonic: float, link: LinkView) -> None:
        """Show one snapshot; what did not change costs nothing."""
        hands = self._hands
        silent_ns = int(hands.gaze.silence(monotonic) * NS)
        for panel in self.panels:
            panel.fade(faded=silent_ns > SILENT_NS and panel not in (self._banner, self._footer))
        self._banner.draw(
            snapshot,
            now_ns=now_ns,
            silent_ns=silent_ns,
            link=link,
            speed=self.speed,
            tape=self.tape,
        )
        self._positions.draw(
            snapshot.positions,
            snapshot.orders,
            now_ns=now_ns,
            measure=hands.gaze.measure,
            selected=hands.gaze.selected,
            focus=self._in_front(Panel.POSITIONS),
        )
        view = self._strip_view(now_ns)
        self._strip.draw(snapshot, view, now_ns=now_ns, monotonic=monotonic)
        if not hands.help_open and not self.geometry.too_small:
            self._draw_ladders(snapshot, now_ns)
            self._draw_lists(snapshot)
            self._draw_figures(snapshot)

    def _in_front(self, panel: Panel) -> bool:
        gaze = self._hands.gaze
        return (gaze.zoom or gaze.panel) is panel

    def _draw_ladders(self, snapshot: Snapshot, now_ns: int) -> None:
        gaze = self._hands.gaze
        places = len(self.geometry.ladders)
        ladders = self._slots.assign(snapshot.ladders, places)
        for panel, ladder in zip(self._ladders[:places], ladders, strict=True):
            beside = self._beside(snapshot, ladder) if ladder is not None else Beside()
            panel.draw(ladder, now_ns=now_ns, look=gaze.look, beside=beside)

    def _beside(self, snapshot: Snapshot, ladder: Ladder) -> Beside:
        gaze, stage = self._hands.gaze, snapshot.stage
        staged = stage is not None and stage.row == ladder.row
        held = next((one for one in snapshot.positions if one.row == ladder.row), None)
        shown = held if ladder.position else None
        return Beside(
            selected=ladder.row == gaze.selected,
            staged=(stage.price, stage.quantity, stage.side) if stage and staged else None,
            changes=gaze.memory.changes(ladder) if gaze.look.shows_changes else (),
            profit=profit(shown, gaze.measure) if shown else "",
            gain=shown.pnl if shown else 0,
        )

    def _draw_lists(self, snapshot: Snapshot) -> None:
        gaze, shown = self._hands.gaze, self.geometry.panels
        if Panel.SIGNALS in shown:
            self._signals.draw(
                gaze.signals,
                wanted=gaze.filter,
                selected=gaze.selected,
                focus=self._in_front(Panel.SIGNALS),
            )
        if Panel.EXPLAIN in shown:
            gaze.explain_pages = self._explain.draw(
                snapshot.explained,
                gaze.explain if gaze.zoom is Panel.EXPLAIN else Depth.BESIDE,
                gaze.explain_page,
                symbol=gaze.symbol(gaze.selected),
                row=gaze.selected,
                currency=snapshot.currency,
                more=self._hands.keymap.label("view.explain"),
            )
        if Panel.LOG in shown:
            self._log.draw(
                gaze.book,
                utc_offset=snapshot.utc_offset,
                back=gaze.log_back,
                wanted=gaze.filter,
                focus=self._in_front(Panel.LOG),
            )

    def _draw_figures(self, snapshot: Snapshot) -> None:
        gaze, shown = self._hands.gaze, self.geometry.panels
        risk = self._in_front(Panel.RISK)
        if Panel.RISK in shown:
            self._risk.draw(snapshot.limits, currency=snapshot.currency, focus=risk)
        if Panel.SESSION in shown:
            self._session.draw(session_view(snapshot, gaze.memory.curve), focus=risk)
        if Panel.DAY in shown:
            self._day.draw(snapshot.tally)
        if Panel.CHART in shown:
            ladder = next((one for one in snapshot.ladders if one.row == gaze.selected), None)
            prices = gaze.memory.prices(gaze.selected)
            self._chart.draw(prices, ladder, focus=self._in_front(Panel.CHART))

    def draw_keys(self) -> None:
        """The footer, the help page and the hint for newcomers."""
        hands = self._hands
        self._footer.draw(footer_keys(hands), hands.notice)
        if hands.help_open:
            hands.help_pages = self._help.draw(help_entries(hands), hands.help_page)
        if self._hint.display:
            self._hint.draw(box_lines(hands, hint=True))

    def _strip_view(self, now_ns: int) -> StripView:
        hands = self._hands
        alarms = hands.gaze.alarms.open(now_ns)
        return StripView(
            asking=hands.asking,
            alarm=alarms[0].words if alarms else "",
            alarms=len(alarms),
            flood=hands.gaze.alarms.flood(now_ns),
            alarm_keys=alarm_keys(hands.keymap),
            matches=hands.matches(),
            hint=idle_hint(hands),
            sent=hands.stage_sent,
            send_key=hands.keymap.label("stage.send"),
            stage_keys=stage_keys(hands),
            reset_key=hands.keymap.label("kill.reset"),
            speed=self.speed,
            with_day=self.geometry.panels[Panel.BANNER].height == 1,
        )
