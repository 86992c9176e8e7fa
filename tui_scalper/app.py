"""The console: a replica of the engine's newest snapshot, and the keys that talk back.

One timer draws everything inside one batch; every key goes through one door. The engine
neither knows nor waits for any of it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.theme import Theme

from tui_scalper.core.commands import Watch
from tui_scalper.core.snapshot import Snapshot
from tui_scalper.core.units import NS
from tui_scalper.cues import HINT_WIDTH, footer_keys, help_entries, hint_lines, idle_hint
from tui_scalper.gaze import Gaze
from tui_scalper.hands import HandRules, Hands, Wish
from tui_scalper.keyguard import Stroke
from tui_scalper.keymap import default_keymap, load_keymap
from tui_scalper.runtime.store import CommandQueue, SnapshotStore
from tui_scalper.widgets.banner import BannerPanel
from tui_scalper.widgets.day import DayPanel
from tui_scalper.widgets.footer import FooterPanel
from tui_scalper.widgets.help import HelpPanel, HintPanel
from tui_scalper.widgets.ladder import LadderPanel, LadderSlots
from tui_scalper.widgets.layout import MOST_LADDERS, Layout, Panel, arrange
from tui_scalper.widgets.lines import LinePanel
from tui_scalper.widgets.log import LogPanel
from tui_scalper.widgets.palette import (
    DEFAULT_THEME,
    Palette,
    load_palette,
    packaged_themes,
    theme_names,
)
from tui_scalper.widgets.positions import PositionsPanel
from tui_scalper.widgets.signals import SignalsPanel
from tui_scalper.widgets.strip import StripPanel, StripView

ANSI_VARIABLES: Final = {
    name: "ansi_default" for name in ("ansi-background", "ansi-foreground", "border-blurred")
}
"""Names Textual's own style sheet wants of a theme that leaves colours to the terminal."""
SPARE_SIGNALS: Final = 16
"""Signal rows asked for beyond those shown, so that a stock that slips is still known."""
MOST_SIGNALS: Final = 100
"""Signal rows asked of the engine at most."""


@dataclass(frozen=True)
class ConsoleSettings:
    """How the console looks and how careful it is."""

    theme: str = DEFAULT_THEME
    """Name of a theme file, without its suffix."""
    themes: Path = field(default_factory=packaged_themes)
    """Folder of the theme files."""
    keymap: Path | None = None
    """TOML file that rebinds actions; None keeps the keys the console comes with."""
    hz: float = 10.0
    """Frames a second."""
    screenshots: Path = Path("screenshots")
    """Folder the pictures of the screen are written to."""
    first_run: bool = True
    """Show the four lines for newcomers until the first key."""
    bell: bool = True
    """Ring the terminal's bell on an alarm, at most once in five seconds."""
    disarm_on_blur: bool = True
    """Disarm when the terminal loses the keyboard focus (auto goes on)."""
    live_needs_multiplexer: bool = True
    """Refuse to arm LIVE outside tmux or screen: a stalled link would freeze the keys."""


ECHO_SECONDS: Final = 0.03
"""After a key the engine's answer is looked for once more, sooner than the next frame."""


def multiplexed() -> bool:
    """Whether this terminal is inside tmux or screen."""
    return bool(os.environ.get("TMUX") or os.environ.get("STY"))


def _asked(lines: int) -> int:
    """Signal rows to ask the engine for when `lines` are shown."""
    return min(lines + SPARE_SIGNALS, MOST_SIGNALS) if lines else 0


def _live_refusal(settings: ConsoleSettings) -> str:
    if settings.live_needs_multiplexer and not multiplexed():
        return "LIVE is armed only inside tmux or screen (live_needs_multiplexer = true)"
    return ""


class ScalperApp(App[Wish]):
    """The console over a snapshot store and a command queue.

    `clock` is the engine's clock (nanoseconds UTC), `symbols` the trading symbol of each
    row of the universe, `monotonic` the clock keys are stamped with (seconds). Returns
    Wish.QUIT when the operator quits; stopping the engine is the caller's. Raises
    ThemeError or KeymapError for files that cannot be used.
    """

    TITLE = "scalper-tui"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { overflow: hidden; layers: base over; }
    #help, #hint { layer: over; }
    """
    BINDINGS: ClassVar = []

    def __init__(
        self,
        store: SnapshotStore,
        commands: CommandQueue,
        *,
        clock: Callable[[], int],
        symbols: tuple[str, ...],
        settings: ConsoleSettings,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.animation_level = "none"
        self.settings = settings
        self.palette = load_palette(settings.themes, settings.theme)
        self.clock = clock
        self.monotonic = monotonic
        self._store = store
        self._commands = commands
        self._slots = LadderSlots()
        self._arranged: tuple[object, ...] = ()
        self._geometry: Layout = arrange(0, 0, None)
        self._watched: tuple[int, int] = (-1, -1)
        keymap = load_keymap(settings.keymap) if settings.keymap else default_keymap()
        rules = HandRules(live_refusal=_live_refusal(settings), bell=settings.bell)
        self.hands = Hands(Gaze(symbols), keymap, commands.put, self._grant, rules)
        self._make_panels()
        self._wear(self.palette)

    def _make_panels(self) -> None:
        palette = self.palette
        self._banner = BannerPanel(palette, panel_id=Panel.BANNER)
        self._ladders = [LadderPanel(palette, panel_id=f"ladder{at}") for at in range(MOST_LADDERS)]
        self._signals = SignalsPanel(palette, panel_id=Panel.SIGNALS)
        self._positions = PositionsPanel(palette, panel_id=Panel.POSITIONS)
        self._strip = StripPanel(palette, panel_id=Panel.STRIP)
        self._log_panel = LogPanel(palette, panel_id=Panel.LOG)
        self._day = DayPanel(palette, panel_id=Panel.DAY)
        self._footer = FooterPanel(palette, panel_id=Panel.FOOTER)
        self._help_page = HelpPanel(palette, panel_id=Panel.HELP)
        self._hint = HintPanel(palette, panel_id="hint")

    @property
    def panels(self) -> tuple[LinePanel, ...]:
        """Every panel, shown or hidden."""
        return (
            self._banner,
            *self._ladders,
            self._signals,
            self._positions,
            self._strip,
            self._log_panel,
            self._day,
            self._footer,
            self._help_page,
            self._hint,
        )

    def compose(self) -> ComposeResult:
        """All panels; the layout decides which are shown."""
        yield from self.panels

    def on_mount(self) -> None:
        """Start the one timer."""
        self.frame()
        self.set_interval(1 / self.settings.hz, self.frame)

    # -- drawing ---------------------------------------------------------------------------

    def frame(self) -> None:
        """Draw what changed since the last frame."""
        if not self.is_running or not self.screen_stack:
            return
        snapshot = self._store.latest()
        now_ns, monotonic = self.clock(), self.monotonic()
        with self.batch_update():
            self._arrange()
            if snapshot is None:
                self.hands.expire(monotonic)
                self._banner.wait()
            else:
                self.hands.see(snapshot, now_ns=now_ns, monotonic=monotonic)
                self._draw(snapshot, now_ns, monotonic)
            self._draw_keys()

    def _draw(self, snapshot: Snapshot, now_ns: int, monotonic: float) -> None:
        hands, shown = self.hands, self._geometry.panels
        silent_ns = int(hands.gaze.silence(monotonic) * NS)
        self._banner.draw(snapshot, now_ns=now_ns, silent_ns=silent_ns)
        focus = hands.gaze.zoom or hands.gaze.panel
        self._positions.draw(
            snapshot.positions,
            snapshot.orders,
            now_ns=now_ns,
            selected=hands.gaze.selected,
            focus=focus is Panel.POSITIONS,
        )
        self._strip.draw(snapshot, self._strip_view(), now_ns=now_ns, monotonic=monotonic)
        if hands.help_open or self._geometry.too_small:
            return
        self._draw_ladders(snapshot, now_ns)
        if Panel.SIGNALS in shown:
            self._signals.draw(
                hands.gaze.signals, selected=hands.gaze.selected, focus=focus is Panel.SIGNALS
            )
        if Panel.DAY in shown:
            self._day.draw(snapshot.tally)
        if Panel.LOG in shown:
            self._log_panel.draw(
                hands.gaze.book,
                utc_offset=snapshot.utc_offset,
                back=hands.gaze.log_back,
                focus=focus is Panel.LOG,
            )

    def _draw_ladders(self, snapshot: Snapshot, now_ns: int) -> None:
        places = len(self._geometry.ladders)
        ladders = self._slots.assign(snapshot.ladders, places)
        for panel, ladder in zip(self._ladders[:places], ladders, strict=True):
            panel.draw(
                ladder,
                now_ns=now_ns,
                selected=ladder is not None and ladder.row == self.hands.gaze.selected,
                cumulative=self.hands.gaze.cumulative,
            )

    def _draw_keys(self) -> None:
        notice = self.hands.notice
        self._footer.draw(footer_keys(self.hands), notice.text if notice else "")
        if self.hands.help_open:
            self._help_page.draw(help_entries(self.hands))
        if self._hint.display:
            self._hint.draw(hint_lines(self.hands.keymap))

    def _strip_view(self) -> StripView:
        hands = self.hands
        alarms = hands.gaze.book.alarms()
        return StripView(
            asking=hands.asking,
            alarm=alarms[0] if alarms else None,
            alarms=len(alarms),
            matches=hands.matches(),
            hint=idle_hint(hands),
            sent=hands.stage_sent,
            with_day=self._geometry.panels[Panel.BANNER].height == 1,
        )

    def _arrange(self) -> None:
        """Put the panels where the size, the zoom and the help page want them."""
        hands, size = self.hands, self.size
        hint = self.settings.first_run and not hands.first_key_seen
        arranged = (size, hands.gaze.zoom, hands.help_open, hint)
        if arranged == self._arranged:
            return
        self._arranged = arranged
        geometry = self._geometry = arrange(size.width, size.height, hands.gaze.zoom)
        for panel in self.panels:
            panel.place(self._region(panel, geometry))
        hint_region = Region(max((size.width - HINT_WIDTH) // 2, 0), 5, HINT_WIDTH, 6)
        self._hint.place(hint_region if hint and not geometry.too_small else None)
        hands.gaze.signal_lines = geometry.signal_lines
        hands.resized(too_small=geometry.too_small, key_ns=self.clock())
        self._watch(len(geometry.ladders), _asked(geometry.signal_lines))

    def _region(self, panel: LinePanel, geometry: Layout) -> Region | None:
        if panel in self._ladders:
            at = self._ladders.index(panel)
            return geometry.ladders[at] if at < len(geometry.ladders) else None
        if panel is self._help_page and not self.hands.help_open:
            return None
        return geometry.panels.get(Panel(panel.id)) if panel.id in tuple(Panel) else None

    def _watch(self, ladders: int, signals: int) -> None:
        """Tell the engine how much fits; a full queue is tried again with the next layout."""
        if self._watched != (ladders, signals) and self._commands.put(
            Watch(key_ns=self.clock(), ladders=ladders, signals=signals)
        ):
            self._watched = (ladders, signals)

    # -- keys --------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """The one door for keys: none reaches a widget or a built-in binding."""
        if isinstance(event, events.Key):
            self._stroke(event)
        elif isinstance(event, events.Paste):
            self.hands.pasted(self.monotonic())
            self.frame()
        else:
            await super().on_event(event)

    def _stroke(self, event: events.Key) -> None:
        """Hand a key to the hands, dated when the terminal's bytes were read."""
        event.stop()
        event.prevent_default()
        late = max(self.monotonic() - event.time, 0.0)
        printable = event.is_printable and event.character != " "
        name = event.character if printable and event.character else event.key
        stroke = Stroke(name, event.character, event.time, self.clock() - int(late * NS))
        self.hands.press(stroke)
        self.frame()
        self.set_timer(ECHO_SECONDS, self.frame)

    def on_app_blur(self) -> None:
        """The operator looks elsewhere."""
        if self.settings.disarm_on_blur:
            self.hands.blurred(self.clock())

    def on_resize(self) -> None:
        """Another size, another layout."""
        self.frame()

    # -- what the hands may wish -----------------------------------------------------------------

    def _grant(self, wish: Wish) -> None:
        if wish is Wish.QUIT:
            self.exit(Wish.QUIT)
        elif wish is Wish.NEXT_THEME:
            self._next_theme()
        elif wish is Wish.BELL:
            self.bell()
        else:
            self._write_screenshot()

    def _next_theme(self) -> None:
        names = theme_names(self.settings.themes)
        at = names.index(self.palette.name) if self.palette.name in names else -1
        try:
            palette = load_palette(self.settings.themes, names[(at + 1) % len(names)])
        except ValueError as error:
            self.hands.remark(str(error), self.monotonic())
            return
        self._wear(palette)
        for panel in self.panels:
            panel.recolor(palette)
        self.hands.remark(f"theme {palette.name}", self.monotonic())

    def _wear(self, palette: Palette) -> None:
        self.palette = palette
        name = f"scalper-{palette.name}"
        ground = palette.background
        self.register_theme(
            Theme(
                name=name,
                primary=palette.foreground,
                foreground=palette.foreground,
                background=ground,
                surface=ground,
                panel=ground,
                dark=palette.dark,
                ansi=palette.ansi,
                variables=ANSI_VARIABLES if palette.ansi else {},
            )
        )
        self.theme = name

    def _write_screenshot(self) -> None:
        folder = self.settings.screenshots
        path = folder / f"console-{self.clock()}.svg"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(self.export_screenshot(), encoding="utf-8")
        except OSError as error:
            self.hands.remark(f"no picture written to {path}: {error.strerror}", self.monotonic())
            return
        self.hands.remark(f"picture written to {path}", self.monotonic())
