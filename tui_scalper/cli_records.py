"""Commands that read what runs left behind."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tui_scalper.cli_options import at_least, load, settings_options

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


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
    replay.add_argument("--at", type=at_least(0), metavar="N", help="as of record N")
    replay.set_defaults(command=_replay)

    changes = actions.add_parser("changes", help="what changed in settings and program, and who")
    changes.add_argument("--days", type=at_least(1), metavar="N", help="only the last N days")
    settings_options(changes)
    changes.set_defaults(command=_changes)


def _file(parser: argparse.ArgumentParser, what: str = "default: the one written last") -> None:
    parser.add_argument("file", type=Path, nargs="?", help=what)
    settings_options(parser)


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

    return replay(_chosen(options), options.at)


def _changes(options: argparse.Namespace) -> int:
    from tui_scalper.journal_tool import changes

    return changes(_folder(options), options.days)
