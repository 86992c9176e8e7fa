"""Opens the console over a run: terminal checks, start-up lines, the app, an orderly end."""

from __future__ import annotations

import gc
import shutil
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from tui_scalper.app import ScalperApp
from tui_scalper.assembly import Run
from tui_scalper.console_settings import ConsoleSettings, ladder_look
from tui_scalper.core.instruments import Universe
from tui_scalper.hands import Outside
from tui_scalper.hangup import HangUp
from tui_scalper.keymap_file import find_keymap
from tui_scalper.keytester import KeyTester, report
from tui_scalper.letters import Glyphs, needs_ascii
from tui_scalper.patience import patience
from tui_scalper.plans import plan_for
from tui_scalper.playback import Playback
from tui_scalper.replaying import ReplayRun
from tui_scalper.reports import Reporter
from tui_scalper.runtime.clocks import MarketClock, WallClock
from tui_scalper.runtime.store import CommandQueue, SnapshotStore
from tui_scalper.runtime.warmup import compiling
from tui_scalper.settings import Settings, SettingsError, made_state
from tui_scalper.turned import Turned, as_turned, remember, remembered
from tui_scalper.unseen import go_on_unseen
from tui_scalper.watchdog import start_watchdog
from tui_scalper.widgets.measures import Measure
from tui_scalper.widgets.palette import load_palette, packaged_themes, theme_files

SMALLEST = (40, 10)
"""Columns and rows below which nothing useful can be shown."""

SEEN = "seen-first-screen"
"""A file of the state directory: whoever trades from there has seen the greeting."""

COLLECTIONS = (2_000, 5, 10_000)
"""Young objects before a collection of them, and how many of those before an older one."""


def run_console(settings: Settings, *, record: Path | None) -> int:
    """The console on what the settings name."""
    require_terminal()
    made_state(settings)
    plan = plan_for(settings, record)
    run = Run(plan, settings.state)
    return _open(
        settings,
        run,
        started=lambda: start_watchdog(settings, plan.config.run_id),
        lost=lambda: go_on_unseen(run),
    )


def replay_console(
    settings: Settings, path: Path, *, speed: float, at: str | None, auto: bool
) -> int:
    """The console on a tape; `auto` arms it and turns auto on where it begins."""
    require_terminal()
    made_state(settings)
    run = ReplayRun(settings, path, speed=speed, at=at, auto=auto)
    return _open(settings, run, newcomer=not auto, playback=run.playback)


def try_keys(settings: Settings) -> int:
    """Show what the terminal makes of every key of the keymap."""
    require_terminal()
    keymap = find_keymap(settings.console.keymap)
    palette = load_palette((packaged_themes(), settings.state / "themes"), settings.console.theme)
    tester = KeyTester(keymap, palette)
    tester.run(mouse=False)
    print(report(keymap, tester.seen))
    return 0


def require_terminal() -> None:
    """Raise SettingsError where no console can be shown."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise SettingsError("the console needs a terminal; without one use --headless")
    if not sys.stderr.isatty():
        raise SettingsError(
            "the console is drawn on the error output, which goes elsewhere (2> or 2>&1): "
            "nothing would be seen; start it without that, or use --headless"
        )
    size = shutil.get_terminal_size()
    if size.columns < SMALLEST[0] or size.lines < SMALLEST[1]:
        raise SettingsError(
            f"the terminal is {size.columns}x{size.lines}; make it 80x24 or larger "
            f"(at least {SMALLEST[0]}x{SMALLEST[1]})"
        )


class Running(Protocol):
    """What the console is opened over: a run on an exchange, or on a tape."""

    store: SnapshotStore
    commands: CommandQueue
    reporter: Reporter

    @property
    def clock(self) -> WallClock | MarketClock:
        """The engine's clock."""

    def start(self) -> Universe:
        """Bring everything up. Raises what could not be brought up."""

    def stop(self) -> None:
        """End the run in order."""


def _open(
    settings: Settings,
    run: Running,
    *,
    started: Callable[[], object] | None = None,
    lost: Callable[[], object] | None = None,
    newcomer: bool = True,
    playback: Playback | None = None,
) -> int:
    """Show the console until it is left.

    `started` is called when the run is up, `lost` when its terminal closed; `newcomer`: greet
    somebody who never saw it.
    """
    first_run = newcomer and not (settings.state / SEEN).exists()
    console = console_settings(settings, speed=run.clock.speed, first_run=first_run)
    check_looks(console)
    with HangUp() as hang_up:
        with patience("starting", compiling):
            universe = run.start()
        try:
            hang_up.started()
            if started is not None:
                started()
            app = ScalperApp(
                run.store,
                run.commands,
                clock=run.clock.now,
                symbols=tuple(one.symbol for one in universe),
                settings=console,
                playback=playback,
            )
            forget_typed_ahead()
            with settled_collector():
                hang_up.run(app)
                if hang_up.lost and lost is not None:
                    lost()
            keep_screen(settings.state, app.turned)
            return app.return_code or 0
        finally:
            run.stop()
            with suppress(OSError):  # the terminal may be gone; the report is in its file
                print(run.reporter.trouble or f"report: {run.reporter.written}", file=sys.stderr)


def forget_typed_ahead() -> None:
    """Drop keys that were typed before there was a screen: nobody saw what they would do."""
    with suppress(OSError, ValueError, termios.error):  # no terminal, nothing typed
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def console_settings(settings: Settings, *, speed: float, first_run: bool) -> ConsoleSettings:
    """What the settings ask of the console, and how its operator left it."""
    themes = (packaged_themes(), settings.state / "themes")
    asked = as_turned(settings.console, remembered(settings.state), theme_files(themes))
    return ConsoleSettings(
        first_run=first_run,
        theme=asked.theme,
        themes=themes,
        keymap=asked.keymap,
        speed=speed,
        hz=float(asked.refresh),
        sync=asked.sync,
        ascii_only=needs_ascii(Glyphs(asked.glyphs)),
        screenshots=settings.state / "screenshots",
        exports=settings.state / "exports",
        outside_tmux=Outside(asked.outside_tmux),
        lag_seconds=float(asked.disarm_round_trip),
        disarm_on_blur=asked.disarm_on_blur,
        lost_after=float(asked.lost_after),
        escape_wait=float(asked.escape_wait),
        look=ladder_look(asked.ladder_lines, asked.ladder_columns),
        measure=Measure(asked.profit_in),
        attended=settings.operator.attended > 0,
        sizes=settings.operator.sizes,
    )


def keep_screen(state: Path, turned: Turned) -> None:
    """The first screen was seen, and the next start looks like this end."""
    try:
        (state / SEEN).touch()
        remember(state, turned)
    except OSError as error:
        with suppress(OSError):  # the terminal may be gone
            print(
                f"how the screen looked is not kept in {state}: {error.strerror}", file=sys.stderr
            )


def check_looks(console: ConsoleSettings) -> None:
    """Raise ThemeError or KeymapError before anything is started."""
    load_palette(console.themes, console.theme)
    find_keymap(console.keymap)


@contextmanager
def settled_collector() -> Iterator[None]:
    """Freeze what start-up made, and collect what comes after it seldom enough and in small bites.

    A collection holds the engine up as well: a full one of everything by a tenth of a second,
    one of twenty thousand young objects by six milliseconds (benchmarks/bench_beside.py).
    """
    gc.collect()
    gc.freeze()
    before = gc.get_threshold()
    gc.set_threshold(*COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
