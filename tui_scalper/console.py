"""Opens the console over a run: terminal checks, start-up lines, the app, an orderly end."""

from __future__ import annotations

import gc
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tui_scalper.app import ConsoleSettings, ScalperApp
from tui_scalper.assembly import Plan, Run, plan_for, replay_plan, sim_start_ns
from tui_scalper.core.commands import Arm, AutoOn
from tui_scalper.core.snapshot import Mode
from tui_scalper.keymap import find_keymap
from tui_scalper.keytester import KeyTester, report
from tui_scalper.lab.tape import Tape
from tui_scalper.playback import Playback
from tui_scalper.runtime.clocks import MarketClock
from tui_scalper.settings import Settings, SettingsError, made_state
from tui_scalper.watchdog import start_watchdog
from tui_scalper.widgets.palette import load_palette, packaged_themes

SMALLEST = (40, 10)
"""Columns and rows below which nothing useful can be shown."""


def run_console(settings: Settings, *, record: Path | None) -> int:
    """The console on what the settings name."""
    require_terminal()
    made_state(settings)
    return _open(settings, plan_for(settings, record))


def replay_console(
    settings: Settings, path: Path, *, speed: float, at: str | None, auto: bool
) -> int:
    """The console on a tape; `auto` arms it and turns auto on as soon as data is live."""
    require_terminal()
    made_state(settings)
    at_ns = None if at is None else tape_time(path, at)
    return _open(settings, replay_plan(settings, path, speed, at_ns), auto=auto)


def try_keys(settings: Settings) -> int:
    """Show what the terminal makes of every key of the keymap."""
    require_terminal()
    keymap = find_keymap(settings.console.keymap)
    palette = load_palette((packaged_themes(), settings.state / "themes"), settings.console.theme)
    tester = KeyTester(keymap, palette)
    tester.run(mouse=False)
    print(report(keymap, tester.seen))
    return 0


def tape_time(path: Path, at: str) -> int:
    """``HH:MM[:SS]`` of the tape's day at its venue, nanoseconds UTC."""
    tape = Tape.open(path)
    venue = tape.universe.venue
    try:
        of_day = sim_start_ns(at, venue) - sim_start_ns("0:0", venue)
    except ValueError:
        raise SettingsError(f"--at {at}: write HH:MM or HH:MM:SS, venue time") from None
    return venue.midnight(tape.first_ns) + of_day


def require_terminal() -> None:
    """Raise SettingsError where no console can be shown."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise SettingsError("the console needs a terminal; without one use --headless")
    size = shutil.get_terminal_size()
    if size.columns < SMALLEST[0] or size.lines < SMALLEST[1]:
        raise SettingsError(
            f"the terminal is {size.columns}x{size.lines}; make it 80x24 or larger "
            f"(at least {SMALLEST[0]}x{SMALLEST[1]})"
        )


def _open(settings: Settings, plan: Plan, *, auto: bool = False) -> int:
    seen = settings.state / "seen-first-screen"
    console = ConsoleSettings(
        first_run=not (auto or seen.exists()),
        theme=settings.console.theme,
        themes=(packaged_themes(), settings.state / "themes"),
        keymap=settings.console.keymap,
        speed=plan.clock.speed,
        hz=float(settings.console.refresh),
        screenshots=settings.state / "screenshots",
        exports=settings.state / "exports",
    )
    check_looks(console)
    run = Run(plan, settings.state)
    print("starting ...", file=sys.stderr, end="", flush=True)
    try:
        universe = run.start()
    finally:
        print("\r            \r", file=sys.stderr, end="", flush=True)
    try:
        if plan.mode is not Mode.REPLAY:
            start_watchdog(settings, plan.config.run_id)
        if auto:
            run.wait_until_ready()
            run.press(Arm, AutoOn)
        app = ScalperApp(
            run.store,
            run.commands,
            clock=plan.clock.now,
            symbols=tuple(one.symbol for one in universe),
            settings=console,
            playback=playback_of(plan),
        )
        with settled_collector(), hang_up_ends(app):
            app.run(mouse=False)
        seen.touch()
        return app.return_code or 0
    finally:
        run.stop()
        with suppress(OSError):  # the terminal may be gone; the report is in its file
            print(run.reporter.trouble or f"report: {run.reporter.written}", file=sys.stderr)


def playback_of(plan: Plan) -> Playback | None:
    """The hand on a replay's tape; None for every other run."""
    if plan.mode is Mode.REPLAY and isinstance(plan.clock, MarketClock):
        return Playback(plan.clock)
    return None


def check_looks(console: ConsoleSettings) -> None:
    """Raise ThemeError or KeymapError before anything is started."""
    load_palette(console.themes, console.theme)
    find_keymap(console.keymap)


@contextmanager
def settled_collector() -> Iterator[None]:
    """Freeze what start-up made: full collections would stall the engine by a tenth of a second."""
    gc.collect()
    gc.freeze()
    before = gc.get_threshold()
    gc.set_threshold(20_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def hang_up_ends(app: ScalperApp) -> Iterator[None]:
    """A closed terminal or a terminate signal ends the app in order, engine and all."""

    def leave(_number: int, _frame: object) -> None:
        app.call_later(app.leave)

    kept = {number: signal.signal(number, leave) for number in (signal.SIGHUP, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
