"""A tape as a run of its day saw its stocks: with what the files of lists say of them."""

from __future__ import annotations

from pathlib import Path

from tui_scalper.lab.tape import Tape
from tui_scalper.settings import Settings
from tui_scalper.stock_lists import load_lists


def open_tape(path: Path, settings: Settings) -> Tape:
    """The tape at `path`, its universe described by `lists.industries` and `lists.restricted`.

    Restrictions are those of the day the tape begins on. Raises TapeError, SettingsError.
    """
    tape = Tape.open(path)
    lists = load_lists(settings.lists.industries, settings.lists.restricted)
    tape.universe = lists.described(tape.universe, tape.first_ns)
    return tape
