"""Themes: a colour or attribute for every role a piece of text can play.

A theme is a TOML file with two tables: ``[screen]`` (``background``, ``foreground`` and
optionally ``ansi = true`` for a theme that leaves the colours to the terminal) and
``[roles]``, one Rich style text for each member of `Role`, e.g.
``alarm = "bold #ffffff on #b3261e"``.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from rich.color import Color as RichColor
from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.color import Color, ColorParseError

DEFAULT_THEME: Final = "sky-orange"


class Role(StrEnum):
    """What a piece of text is; a theme says how it looks."""

    TEXT = "text"
    STRONG = "strong"
    DIM = "dim"
    BID = "bid"
    ASK = "ask"
    BID_BEST = "bid_best"
    ASK_BEST = "ask_best"
    LAST = "last"
    OWN = "own"
    MARK = "mark"
    """Entry, stop and target of a held position."""
    GAIN = "gain"
    LOSS = "loss"
    GOOD = "good"
    INFO = "info"
    WARN = "warn"
    ALARM = "alarm"
    PANEL = "panel"
    """Header bar of a panel."""
    PANEL_FOCUS = "panel_focus"
    CURSOR = "cursor"
    """The selected stock in a list."""
    KEY = "key"
    STRIP = "strip"
    """The action strip while it waits for the operator."""
    MODE_SIM = "mode_sim"
    MODE_REPLAY = "mode_replay"
    MODE_PAPER = "mode_paper"
    MODE_TEST = "mode_test"
    MODE_LIVE = "mode_live"
    DISARMED = "disarmed"
    ARMED = "armed"
    STAGED = "staged"
    KILLED = "killed"


class ThemeError(ValueError):
    """A theme file cannot be used; the text names the file, the key and what to do."""


@dataclass(frozen=True)
class Palette:
    """A theme ready to draw with."""

    name: str
    background: str
    foreground: str
    ansi: bool
    dark: bool
    styles: Mapping[Role, Style]

    def ground(self, role: Role) -> RichColor | None:
        """Background of `role`; the screen's where it has none, None for the terminal's own."""
        own = self.styles[role].bgcolor
        if own is not None or self.ansi:
            return own
        return Color.parse(self.background).rich_color


def packaged_themes() -> Path:
    """Folder of the themes that come with the console: in the wheel, or in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def theme_files(folders: Sequence[Path]) -> dict[str, Path]:
    """Theme files by name, the default first; a later folder's file replaces an earlier one's."""
    found = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    return dict(sorted(found.items(), key=lambda item: (item[0] != DEFAULT_THEME, item[0])))


def load_palette(folders: Sequence[Path], name: str) -> Palette:
    """The theme `name` of the last of `folders` that has one. Raises ThemeError."""
    return _palette(*_table(folders, name, ()))


def _table(
    folders: Sequence[Path], name: str, above: tuple[str, ...]
) -> tuple[Path, dict[str, object]]:
    """Where the theme `name` is and what it says, with what it leaves to its `base`."""
    path, table = _read(folders, name)
    base = table.pop("base", None)
    if base is None:
        return path, table
    if not isinstance(base, str) or base in (name, *above):
        raise ThemeError(f"theme file {path}: base must name another theme, not {base!r}")
    _, under = _table(folders, base, (name, *above))
    for section, values in under.items():
        own = table.setdefault(section, {})
        if isinstance(values, dict) and isinstance(own, dict):
            table[section] = {**values, **own}
    return path, table


def _read(folders: Sequence[Path], name: str) -> tuple[Path, dict[str, object]]:
    files = theme_files(folders)
    path = files.get(name)
    if path is None:
        near = "".join(f"; did you mean {one!r}?" for one in _near(name, tuple(files)))
        places = " or ".join(str(folder) for folder in folders)
        known = ", ".join(files) or "none"
        raise ThemeError(f"theme {name!r}: no file {name}.toml in {places}; themes: {known}{near}")
    try:
        return path, tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ThemeError(f"theme file {path}: {error}; correct the file") from error


def _near(name: str, known: Sequence[str]) -> list[str]:
    return difflib.get_close_matches(name, known, 1, 0.5)


def _palette(path: Path, table: Mapping[str, object]) -> Palette:
    screen = _section(path, table, "screen")
    roles = _section(path, table, "roles")
    _refuse_unknown(path, "screen", screen, ("background", "foreground", "ansi"))
    _refuse_unknown(path, "roles", roles, tuple(role.value for role in Role))
    ansi = screen.get("ansi", False)
    if not isinstance(ansi, bool):
        raise ThemeError(f"theme file {path}: screen.ansi must be true or false, not {ansi!r}")
    background = _color(path, screen, "background")
    return Palette(
        name=path.stem,
        background=background,
        foreground=_color(path, screen, "foreground"),
        ansi=ansi,
        dark=ansi or Color.parse(background).brightness < 0.5,
        styles={role: _style(path, roles, role) for role in Role},
    )


def _section(path: Path, table: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = table.get(name)
    if not isinstance(section, dict):
        raise ThemeError(f"theme file {path}: table [{name}] is missing; add it")
    return section


def _refuse_unknown(
    path: Path, section: str, table: Mapping[str, object], known: tuple[str, ...]
) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0.0)
            raise ThemeError(
                f"theme file {path}: unknown key {section}.{key}; did you mean {near[0]!r}?"
            )


def _color(path: Path, screen: Mapping[str, object], key: str) -> str:
    value = screen.get(key)
    if not isinstance(value, str):
        raise ThemeError(f"theme file {path}: screen.{key} is missing; give a colour")
    try:
        Color.parse(value)
    except ColorParseError as error:
        raise ThemeError(f"theme file {path}: screen.{key} = {value!r} is no colour") from error
    return value


def _style(path: Path, roles: Mapping[str, object], role: Role) -> Style:
    value = roles.get(role.value)
    if not isinstance(value, str):
        raise ThemeError(f"theme file {path}: roles.{role.value} is missing; give a style")
    try:
        return Style.parse(value)
    except StyleSyntaxError as error:
        raise ThemeError(
            f"theme file {path}: roles.{role.value} = {value!r} is no style; "
            "write e.g. 'bold #ffffff on #b3261e'"
        ) from error
