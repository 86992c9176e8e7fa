"""The console: a replica of the engine's newest snapshot, and the keys that talk back.

One timer draws everything inside one batch; every key goes through one door. The engine
neither knows nor waits for any of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, Final

from textual import events
from textual.app import App, ComposeResult
from textual.driver import Driver

from tui_scalper.console_settings import ConsoleSettings, hand_rules
from tui_scalper.core.snapshot import Snapshot
from tui_scalper.core.units import NS
from tui_scalper.exports import export, write_picture
from tui_scalper.gaze import Gaze
from tui_scalper.hands import Hands, Outside, Wish
from tui_scalper.keyguard import Stroke
from tui_scalper.keymap_file import find_keymap
from tui_scalper.keytester import stroke_name
from tui_scalper.lone_escape import prompt_driver
from tui_scalper.painter import Painter
from tui_scalper.playback import Playback, TapeTimeError
from tui_scalper.presence import Presence
from tui_scalper.runtime.store import CommandQueue, SnapshotStore
from tui_scalper.tape_hand import TAPE_WISHES, move_tape, tape_view
from tui_scalper.telling import TITLE_BACK, Shown, Title
from tui_scalper.thrift import Forgetful, thrifty_driver
from tui_scalper.turned import Turned, turned_to
from tui_scalper.vitals import Vitals
from tui_scalper.wardrobe import next_palette, textual_theme
from tui_scalper.widgets.palette import (
    Palette,
    load_palette,
)

CURSOR_QUERY: Final = "\x1b[6n"
"""Asks the terminal where its cursor is: the answer takes the way there and back."""
ADVICE: Final = "not inside tmux or screen: a lost link takes this screen away; run it in tmux"
ECHO_SECONDS: Final = 0.03
"""After a key the engine's answer is looked for once more, sooner than the next frame."""


class ScalperApp(App[Wish]):
    """The console over a snapshot store and a command queue.

    `clock` is the engine's clock (nanoseconds UTC), `symbols` the trading symbol of each
    row of the universe, `monotonic` the clock keys are stamped with (seconds), `spent` the
    processor time of the thread that draws, `playback` the hand on a replay's tape. Returns
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
        spent: Callable[[], float] = time.thread_time,
        playback: Playback | None = None,
    ) -> None:
        self.settings = settings
        super().__init__()
        self.animation_level = "none"
        self.palette = load_palette(settings.themes, settings.theme)
        self.clock = clock
        self.monotonic = monotonic
        self._store = store
        self._commands = commands
        self._shown = Shown(commands.put)
        self._vitals = Vitals(settings.hz, settings.lag_seconds)
        self._presence = Presence(
            commands.put, lost_after=settings.lost_after, attended=settings.attended
        )
        self._spent = spent
        self._playback = playback
        self._turned = 0
        self._cost = spent()
        keymap = find_keymap(settings.keymap)
        rules = hand_rules(settings)
        gaze = Gaze(symbols)
        gaze.look, gaze.measure = settings.look, settings.measure
        self.hands = Hands(gaze, keymap, commands.put, self._grant, rules)
        self.hands.greeting = settings.first_run
        self._painter = Painter(self.palette, self.hands, settings.speed)
        self._title = Title()
        self._hung_up = False
        self._wear(self.palette)

    def get_driver_class(self) -> type[Driver]:
        """The terminal's driver, prompt with Esc and sparing with bytes."""
        asked = self.settings
        kind = prompt_driver(super().get_driver_class(), asked.escape_wait)
        return thrifty_driver(kind, sync=asked.sync, ascii_only=asked.ascii_only)

    @property
    def turned(self) -> Turned:
        """How the operator left the screen."""
        gaze = self.hands.gaze
        return turned_to(self.palette.name, gaze.look, gaze.measure)

    def compose(self) -> ComposeResult:
        """All panels; the layout decides which are shown."""
        yield from self._painter.panels

    def on_mount(self) -> None:
        """Start the one timer."""
        if self._hung_up:
            self.leave(Wish.LOST)
        if self.hands.grip.rules.outside is not Outside.ALLOW:
            self._remark(ADVICE)
        self.frame()
        self.set_interval(1 / self.settings.hz, self._tick)

    # -- drawing ---------------------------------------------------------------------------

    def _tick(self) -> None:
        """Draw when the link is ready for a frame, and ask the terminal how far it is."""
        now = self.monotonic()
        if self._vitals.should_ask(now):
            self._write(CURSOR_QUERY)
            self._vitals.asked(now)
        if not self._vitals.due(now, self._backlog()):
            # Nobody takes the frames: the hands still hear what the engine says.
            self._look()
        else:
            self.frame()
            spent = self._spent()
            self._vitals.drew(now, spent - self._cost)
            self._cost = spent
        if news := self._vitals.news():
            self._remark(news)
        self.hands.lagging(lag=self._vitals.view(now).lag, key_ns=self.clock())
        self._presence.look(now, self._vitals.behind(now), self.clock())

    def _write(self, sequence: str) -> None:
        """Send the terminal something that is no picture."""
        if sequence and self._driver is not None:
            self._driver.write(sequence)

    def _backlog(self) -> int:
        """Writes the terminal has not taken yet; Textual keeps that number to itself."""
        writer = getattr(self._driver, "_writer_thread", None)
        queue = getattr(writer, "_queue", None)
        return queue.qsize() if queue is not None else 0

    def _look(self) -> Snapshot | None:
        """Take in the newest snapshot; None before the first."""
        snapshot = self._store.latest()
        if snapshot is None:
            self.hands.expire(self.monotonic())
        else:
            self.hands.see(snapshot, now_ns=self.clock(), monotonic=self.monotonic())
        return snapshot

    def frame(self) -> None:
        """Draw what changed since the last frame."""
        if not self.is_running or not self.screen_stack:
            return
        with self.batch_update():
            self._arrange()
            self._follow_tape()
            snapshot = self._look()
            if snapshot is None:
                self._painter.wait()
            else:
                # A move of the eyes may want another layout: the same frame shows it.
                self._arrange()
                monotonic = self.monotonic()
                link = self._vitals.view(monotonic)
                self.hands.shown(snapshot)
                self._write(self._title.news(snapshot))
                self._painter.draw(snapshot, now_ns=self.clock(), monotonic=monotonic, link=link)
            self._painter.draw_keys()

    def _follow_tape(self) -> None:
        """Show what the tape does; forget what was seen of a time it was turned back from."""
        tape = self._playback
        if tape is None:
            return
        self._painter.tape = tape_view(tape)
        self._painter.speed = tape.clock.speed
        if news := tape.news():
            (self._remark if news.warns else self._answer)(news.text)
        if tape.turns != self._turned:
            self._turned = tape.turns
            self.hands.gaze.turned_back()

    def _arrange(self) -> None:
        """Put the panels where the size, the zoom and the help page want them."""
        hands = self.hands
        if not self._painter.arrange(self.size, hint=hands.greeting):
            return
        geometry = self._painter.geometry
        hands.resized(too_small=geometry.too_small, key_ns=self.clock())
        self._shown.tell(geometry, self.clock())

    # -- keys --------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """The one door for keys: none reaches a widget or a built-in binding."""
        if isinstance(event, events.Key):
            self._stroke(event)
        elif isinstance(event, events.CursorPosition):
            self._vitals.answered(self.monotonic())
        elif isinstance(event, events.Paste):
            self.hands.pasted(self.monotonic(), self.clock())
            self.frame()
        else:
            await super().on_event(event)

    def _stroke(self, event: events.Key) -> None:
        """Hand a key to the hands, dated when the terminal's bytes were read."""
        event.stop()
        event.prevent_default()
        late = max(self.monotonic() - event.time, 0.0)
        stroke = Stroke(
            stroke_name(event), event.character, event.time, self.clock() - int(late * NS)
        )
        self.hands.press(stroke, self._vitals.behind(self.monotonic()))
        if not self._backlog():
            self.frame()
            self.set_timer(ECHO_SECONDS, self.frame)

    def hang_up(self) -> None:
        """The terminal is gone; callable from a signal handler, also before the app runs."""
        self._hung_up = True
        if self.is_running:
            self.call_later(self.leave, Wish.LOST)

    def leave(self, wish: Wish | None = None) -> None:
        """End the console and give the terminal its own title back."""
        if wish is Wish.QUIT and not self._backlog():
            self._write(TITLE_BACK)  # a terminal that is gone has no title to take back
        self.exit(wish)

    def on_app_blur(self) -> None:
        """The operator looks elsewhere."""
        if self.settings.disarm_on_blur:
            self.hands.blurred(self.clock())

    def on_app_focus(self) -> None:
        """The operator is back, from a window that may have drawn over this one."""
        self._redraw()

    def on_resize(self) -> None:
        """Another size, another layout."""
        self._forget()
        self.frame()

    # -- what the hands may wish -----------------------------------------------------------------

    def _grant(self, wish: Wish) -> None:
        if wish is Wish.QUIT:
            self.leave(Wish.QUIT)
        elif wish is Wish.NEXT_THEME:
            self._next_theme()
        elif wish is Wish.REDRAW:
            self._redraw()
        elif wish is Wish.BELL:
            self.bell()
        elif wish is Wish.EXPORT:
            self._export()
        elif wish in (*TAPE_WISHES, Wish.SEEK_TAPE):
            self._move_tape(wish)
        else:
            self._write_screenshot()

    def _redraw(self) -> None:
        """Send every cell: somebody else may have written to the terminal."""
        self._forget()
        for panel in self._painter.panels:
            panel.refresh()

    def _forget(self) -> None:
        """What the terminal shows, nobody knows."""
        if isinstance(self._driver, Forgetful):
            self._driver.forget()

    def _next_theme(self) -> None:
        try:
            palette, wrong = next_palette(self.settings.themes, self.palette.name)
        except ValueError as error:
            self._remark(str(error))
            return
        self._wear(palette)
        for panel in self._painter.panels:
            panel.recolor(palette)
        if wrong:
            self._remark(f"theme {palette.name}; passed over: {wrong}")
        else:
            self._answer(f"theme {palette.name}")

    def _wear(self, palette: Palette) -> None:
        self.palette = palette
        theme = textual_theme(palette)
        self.register_theme(theme)
        self.theme = theme.name

    def _write_screenshot(self) -> None:
        snapshot, folder = self._store.latest(), self.settings.screenshots
        if snapshot is None:
            return
        try:
            path = write_picture(folder, snapshot, self.export_screenshot, self.clock())
        except OSError as error:
            self._remark(f"no picture written to {folder}: {error.strerror}")
            return
        self._answer(f"picture written to {path}")

    def _export(self) -> None:
        snapshot, folder = self._store.latest(), self.settings.exports
        if snapshot is None:
            return
        try:
            written = export(folder, snapshot, self.hands.gaze.book.lines, self.clock())
        except OSError as error:
            self._remark(f"nothing exported to {folder}: {error.strerror}")
            return
        self._answer(f"{len(written)} files written to {folder}")

    def _move_tape(self, wish: Wish) -> None:
        try:
            self._answer(move_tape(self._playback, wish, self.hands.grip.wanted_time))
        except TapeTimeError as error:
            self._remark(str(error))

    def _answer(self, text: str) -> None:
        self.hands.answer(text, self.monotonic())

    def _remark(self, text: str) -> None:
        self.hands.remark(text, self.monotonic())
