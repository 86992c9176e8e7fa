"""What the operator last turned on the screen, for the next start: theme, ladders, profit's unit.

A file of the state directory, in the words of the settings. A setting somebody wrote down
counts more; a file that cannot be read counts for nothing and is written anew on leaving.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final, Literal

import msgspec

from tui_scalper.settings.places import Console
from tui_scalper.widgets.ladder_look import LadderLook
from tui_scalper.widgets.measures import Measure

NAME: Final = "screen.json"


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the section `console` that keys change while it runs."""

    theme: str
    ladder_lines: Literal["levels", "ticks"]
    ladder_columns: Literal["plain", "sum", "change"]
    profit_in: Literal["money", "ticks", "percent"]


def turned_to(theme: str, look: LadderLook, measure: Measure) -> Turned:
    """What a screen was turned to, in the words of the settings."""
    words = {
        "theme": theme,
        "ladder_lines": look.view.name.lower(),
        "ladder_columns": look.columns.name.lower(),
        "profit_in": measure.value,
    }
    return msgspec.convert(words, Turned)


def remember(state: Path, turned: Turned) -> None:
    """Keep it for the next start. Raises OSError when the file cannot be written."""
    (state / NAME).write_bytes(msgspec.json.encode(turned))


def remembered(state: Path) -> Turned | None:
    """What was kept; None for nothing, and for what nobody can read."""
    try:
        return msgspec.json.decode((state / NAME).read_bytes(), type=Turned)
    except (OSError, msgspec.DecodeError):
        return None


def as_turned(console: Console, turned: Turned | None, themes: Collection[str]) -> Console:
    """`console` as it was left, but for what a setting names and a theme that is gone."""
    if turned is None:
        return console
    kept = msgspec.structs.asdict(turned)
    if turned.theme not in themes:
        del kept["theme"]
    return console.model_copy(
        update={name: value for name, value in kept.items() if name not in console.model_fields_set}
    )
