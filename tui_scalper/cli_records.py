"""Commands that read what runs left behind."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tui_scalper.cli_options import UsageError, at_least, load, settings_options, time_of_day
from tui_scalper.core.units import NS

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_records(commands: Commands) -> None:
    """All of them."""
    add_journal(commands)
    add_report(commands)
    add_explain(commands)
    add_rerun(commands)
    add_watchdog(commands)


def add_journal(commands: Commands) -> None:
    """`journal` and its actions."""
    journal = commands.add_parser("journal", help="read journals")
    actions = journal.add_subparsers(title="actions", metavar="ACTION", required=True)

    show = actions.add_parser("show", help="print every record as a line of JSON")
    _file(show)
    show.set_defaults(command=_show)

    verify = actions.add_parser("verify", help="check a journal, or every one of a folder")
    _file(verify, "a journal or a folder of them; default: the state directory's")
    verify.set_defaults(command=_verify)

    replay = actions.add_parser("replay", help="rebuild the state at any record")
    _file(replay)
    when = replay.add_mutually_exclusive_group()
    when.add_argument("--at", type=at_least(0), metavar="N", help="as of record N")
    when.add_argument(
        "--time", type=_within_second, metavar="HH:MM:SS", help="as of that venue time"
    )
    replay.set_defaults(command=_replay)

    changes = actions.add_parser("changes", help="what changed in settings and program, and who")
    changes.add_argument("--days", type=at_least(1), metavar="N", help="only the last N days")
    settings_options(changes)
    changes.set_defaults(command=_changes)


def add_report(commands: Commands) -> None:
    """`report`."""
    report = commands.add_parser("report", help="what a day came to, from its journal")
    report.add_argument("date", nargs="?", metavar="DATE", help="YYYY-MM-DD; default: the last run")
    report.add_argument("--journal", type=Path, metavar="FILE", help="of this journal")
    report.add_argument("--json", action="store_true", help="one JSON object a journal")
    report.add_argument("--csv", type=Path, metavar="FILE", help="write the trades to FILE")
    settings_options(report)
    report.set_defaults(command=_report)


def add_explain(commands: Commands) -> None:
    """`explain`."""
    explain = commands.add_parser(
        "explain", help="every reading, threshold and blocker of a stock at a time of a tape"
    )
    explain.add_argument("tape", type=Path)
    explain.add_argument("--symbol", required=True, metavar="S", help="the stock")
    when = "venue time, HH:MM[:SS[.fraction]]; default: the end of the tape"
    explain.add_argument("--at", type=time_of_day, metavar="TIME", help=when)
    explain.add_argument("--auto", action="store_true", help="with the engine's own entries")
    explain.add_argument("--json", action="store_true", help="one JSON object")
    settings_options(explain)
    explain.set_defaults(command=_explain)


def add_rerun(commands: Commands) -> None:
    """`rerun`."""
    rerun = commands.add_parser(
        "rerun", help="a recorded live run again, without sockets: does it come to the same?"
    )
    rerun.add_argument("tape", type=Path, help="what `run --record TAPE` recorded")
    own = "of the run that recorded it; default: found in the state directory"
    rerun.add_argument("--journal", type=Path, metavar="FILE", help=own)
    settings_options(rerun)
    rerun.set_defaults(command=_rerun)


def add_watchdog(commands: Commands) -> None:
    """`watchdog`."""
    watchdog = commands.add_parser("watchdog", help="act when a console's process dies")
    watchdog.add_argument("--run", default="", metavar="ID", help="only over this run")
    settings_options(watchdog)
    watchdog.set_defaults(command=_watchdog)


def _file(parser: argparse.ArgumentParser, what: str = "default: the one written last") -> None:
    parser.add_argument("file", type=Path, nargs="?", help=what)
    settings_options(parser)


def _within_second(text: str) -> int:
    """The last nanosecond of a second of the day. Raises ArgumentTypeError."""
    return time_of_day(text) // NS * NS + NS - 1


def _folder(options: argparse.Namespace) -> Path:
    from tui_scalper.runtime.journals import folder_of

    return folder_of(load(options).state)


def _chosen(options: argparse.Namespace) -> Path:
    """The journal asked for, or the newest. Raises JournalError where there is none."""
    from tui_scalper.runtime.journals import newest

    file: Path | None = options.file
    return newest(_folder(options)) if file is None else file


def _show(options: argparse.Namespace) -> int:
    from tui_scalper.journal_tool import show

    return show(_chosen(options))


def _verify(options: argparse.Namespace) -> int:
    from tui_scalper.journal_tool import verify

    return verify(options.file or _folder(options))


def _replay(options: argparse.Namespace) -> int:
    from tui_scalper.journal_tool import replay

    return replay(_chosen(options), options.at, options.time)


def _explain(options: argparse.Namespace) -> int:
    from tui_scalper.explain_tool import explain_tape

    return explain_tape(
        load(options),
        options.tape,
        options.symbol,
        options.at,
        auto=options.auto,
        json=options.json,
    )


def _rerun(options: argparse.Namespace) -> int:
    from tui_scalper.rerun_tool import rerun_tape

    return rerun_tape(_folder(options), options.tape, options.journal)


def _watchdog(options: argparse.Namespace) -> int:
    from tui_scalper.watchdog import run_watchdog

    return run_watchdog(load(options), options.run)


def _report(options: argparse.Namespace) -> int:
    from tui_scalper.report_tool import journals_of, report

    if options.journal is not None and options.date is not None:
        raise UsageError("report takes a date or --journal FILE, not both")
    chosen = options.journal
    files = journals_of(_folder(options), options.date) if chosen is None else [chosen]
    return report(files, json=options.json, table=options.csv)


def _changes(options: argparse.Namespace) -> int:
    from tui_scalper.journal_tool import changes

    return changes(_folder(options), options.days)
