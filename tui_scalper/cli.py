"""The commands of `scalper-tui`, thin: parse, call, print, exit code.

Exit codes: 0 done, 1 it could not be done (one line says why), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tui_scalper import __version__
from tui_scalper.cli_options import (
    EARLY,
    UsageError,
    at_least,
    load,
    port,
    positive,
    settings_options,
    speed,
)
from tui_scalper.cli_records import add_records

SPEED_HELP = "market seconds a second, e.g. 1, 10x"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1
    except Exception as error:
        if not is_expected(error):
            raise
        print(f"scalper-tui: {error}", file=sys.stderr)
        return 1


def is_expected(error: Exception) -> bool:
    """Whether `error` is one of ours, made to be read by a user."""
    from tui_scalper.brokers.port import BrokerError
    from tui_scalper.calendars import CalendarError
    from tui_scalper.exchange.kite_server import ServerError
    from tui_scalper.exchange.master import MasterError
    from tui_scalper.keymap import KeymapError
    from tui_scalper.lab.tape import TapeError
    from tui_scalper.playback import TapeTimeError
    from tui_scalper.runtime.journal_file import JournalError
    from tui_scalper.runtime.lock import LockedError
    from tui_scalper.settings import SettingsError
    from tui_scalper.widgets.palette import ThemeError

    ours = (
        BrokerError,
        CalendarError,
        JournalError,
        KeymapError,
        LockedError,
        MasterError,
        ServerError,
        SettingsError,
        TapeError,
        TapeTimeError,
        ThemeError,
        TimeoutError,
        UsageError,
    )
    return isinstance(error, ours)


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(
        prog="scalper-tui", description="Order-flow trading console for the terminal."
    )
    parser.add_argument("--version", action="version", version=f"scalper-tui {__version__}")
    parser.set_defaults(command=_run, headless=False, record=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    settings_options(parser, EARLY)

    run = commands.add_parser("run", help="open the console (the default command)")
    settings_options(run)
    _screen_options(run)
    run.add_argument("--seconds", type=positive, help="headless: how long, market seconds")
    run.add_argument("--record", type=Path, metavar="TAPE", help="record the session to a tape")
    run.set_defaults(command=_run)

    replay = commands.add_parser("replay", help="play a tape, in the console or headless")
    replay.add_argument("tape", type=Path)
    settings_options(replay)
    _screen_options(replay)
    replay.add_argument("--speed", type=speed, help=f"console: {SPEED_HELP}")
    replay.add_argument("--at", metavar="HH:MM[:SS]", help="console: start here, venue time")
    replay.set_defaults(command=_replay)

    exchange = commands.add_parser("exchange", help="run the simulated exchange alone")
    settings_options(exchange)
    exchange.add_argument("--kite-port", type=port, required=True, metavar="PORT")
    exchange.add_argument("--seed", type=at_least(0), help="seed of the order flow")
    exchange.add_argument("--tape", type=Path, help="play a recorded tape instead")
    exchange.add_argument("--instruments", type=at_least(1), help="how many stocks")
    exchange.add_argument("--master", type=Path, help="instrument master (CSV)")
    exchange.add_argument("--speed", type=speed, default=1.0, help=SPEED_HELP)
    exchange.set_defaults(command=_exchange)

    imports = commands.add_parser("import", help="turn a recording into a tape")
    imports.add_argument("file", type=Path)
    imports.add_argument("-o", "--output", type=Path, required=True, metavar="TAPE")
    imports.set_defaults(command=_import)

    login = commands.add_parser("login", help="today's Kite login")
    settings_options(login)
    login.set_defaults(command=_login)

    settings = commands.add_parser("settings", help="print the settings in force")
    settings_options(settings)
    settings.set_defaults(command=_settings)

    add_records(commands)

    keys = commands.add_parser("keys", help="see which keys this terminal passes on")
    settings_options(keys)
    keys.set_defaults(command=_keys)

    kill = commands.add_parser("kill", help="set the kill latch of a running console")
    settings_options(kill)
    kill.set_defaults(command=_kill)

    warm = commands.add_parser("warm-up", help="compile the kernels into the cache")
    warm.set_defaults(command=_warm_up)
    return parser


def _screen_options(parser: argparse.ArgumentParser) -> None:
    """Options of commands that open the console, or do without."""
    parser.add_argument("--no-sync", action="store_true", help="console: do not mark updates")
    parser.add_argument("--headless", action="store_true", help="without the console")
    parser.add_argument("--auto", action="store_true", help="send the strongest signal by itself")
    parser.add_argument("--json", action="store_true", help="headless: one JSON object")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _run(options: argparse.Namespace) -> int:
    from tui_scalper.console import run_console
    from tui_scalper.headless import run_headless

    settings = load(options)
    if options.headless:
        if options.seconds is None:
            raise UsageError("run --headless needs --seconds N, so that it ends")
        return run_headless(
            settings, options.seconds, auto=options.auto, json=options.json, record=options.record
        )
    return run_console(settings, record=options.record)


def _replay(options: argparse.Namespace) -> int:
    from tui_scalper.console import replay_console
    from tui_scalper.headless import replay_headless

    settings = load(options)
    if options.headless:
        if options.at is not None:
            raise UsageError("--at is for the console; a headless replay plays the whole tape")
        if options.speed is not None:
            raise UsageError("--speed is for the console; a headless replay is as fast as it can")
        return replay_headless(settings, options.tape, auto=options.auto, json=options.json)
    return replay_console(
        settings, options.tape, speed=options.speed or 1.0, at=options.at, auto=options.auto
    )


def _exchange(options: argparse.Namespace) -> int:
    from tui_scalper.standalone import serve_exchange

    return serve_exchange(
        load(options),
        port=options.kite_port,
        seed=options.seed,
        tape=options.tape,
        instruments=options.instruments,
        master=options.master,
        speed=options.speed,
    )


def _import(options: argparse.Namespace) -> int:
    from tui_scalper.lab.importers import import_file

    summary = import_file(options.file, options.output, progress=_import_progress)
    skipped = ", ".join(f"{name} {count}" for name, count in summary.skipped) or "none"
    _say(
        f"\r{summary.recording}: {summary.updates:,} updates of {summary.instruments} "
        f"instruments to {options.output}; rows skipped: {skipped}"
    )
    return 0


def _import_progress(rows: int, seconds: float) -> None:
    if sys.stderr.isatty():
        print(f"\r{rows:,} rows, {seconds:.0f} s", end="", file=sys.stderr, flush=True)


def _login(options: argparse.Namespace) -> int:
    from tui_scalper.standalone import log_in

    return log_in(load(options))


def _settings(options: argparse.Namespace) -> int:
    print(load(options).model_dump_json(indent=2))
    return 0


def _keys(options: argparse.Namespace) -> int:
    from tui_scalper.console import try_keys

    return try_keys(load(options))


def _kill(options: argparse.Namespace) -> int:
    from tui_scalper.runtime.latch import KillLatch
    from tui_scalper.runtime.lock import StateLock
    from tui_scalper.settings import made_state

    latch = KillLatch(made_state(load(options)))
    latch.set()
    owner = StateLock.owner(latch.path.parent)
    does = (
        f"the console (process {owner}) blocks entries, cancels and flattens at once"
        if owner
        else "no console runs on this state directory: nothing was cancelled or flattened; what "
        "is open stays at the broker, with its stop, until a console is started or you close it "
        "there"
    )
    print(f"kill latch set: {latch.path}; {does}. Nothing is entered until it is reset there")
    return 0


def _warm_up(_: argparse.Namespace) -> int:
    from tui_scalper.lab.warmup import warm_up_tapes
    from tui_scalper.runtime.abandoning import abandoned_by_interrupt
    from tui_scalper.runtime.warmup import warm_up

    _say("compiling kernels (first time: up to a minute) ...")
    began = time.perf_counter()
    warm_up()
    with abandoned_by_interrupt():
        warm_up_tapes()
    _say(f"kernels are ready ({time.perf_counter() - began:.1f} s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
