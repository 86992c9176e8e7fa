"""What several commands take: the settings options, numbers with bounds, and their errors."""

from __future__ import annotations

import argparse
import datetime
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_scalper.settings import Settings

EARLY = "early_"
"""Prefix of the settings options that stand before the command's name."""


class UsageError(Exception):
    """The command makes no sense here: what, and what to do."""


def settings_options(parser: argparse.ArgumentParser, prefix: str = "") -> None:
    """Let a command take settings; `load` reads what was given."""
    group = parser.add_argument_group("settings")
    group.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        dest=f"{prefix}config",
        help="settings file (TOML)",
    )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest=f"{prefix}overrides",
        help="set one value, e.g. risk.daily_trades=5",
    )
    group.add_argument(
        "--mode",
        choices=("sim", "paper", "test", "live"),
        dest=f"{prefix}mode",
        help="short for --set mode=",
    )


def number(text: str) -> float:
    """`text` as a number; NaN, which fits no range, where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def positive(text: str) -> float:
    """A number above 0. Raises ArgumentTypeError."""
    value = number(text)
    if not 0 < value < 10**7:
        raise argparse.ArgumentTypeError(f"{text}: must be above 0")
    return value


def speed(text: str) -> float:
    """Market seconds a second, `10` or `10x`. Raises ArgumentTypeError."""
    value = number(text.lower().removesuffix("x"))
    if not 0 < value <= 1_000:
        raise argparse.ArgumentTypeError(f"{text}: must be above 0 and at most 1000")
    return value


def port(text: str) -> int:
    """A port number, 0 for any free one. Raises ArgumentTypeError."""
    if not (text.isdecimal() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text}: a port is 0 to 65535")
    return int(text)


def at_least(least: int) -> Callable[[str], int]:
    """Takes whole numbers not below `least`."""

    def whole(text: str) -> int:
        if not (text.isdecimal() and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text}: must be {least} or more")
        return int(text)

    return whole


def load(options: argparse.Namespace) -> Settings:
    """The settings a command runs with; options after its name beat those before it."""
    from tui_scalper.settings import SettingsError, load_settings

    given = vars(options)
    both = (EARLY, "") if "overrides" in given else (EARLY,)
    overrides: dict[str, str] = {}
    for pair in (pair for prefix in both for pair in given[f"{prefix}overrides"]):
        key, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(f"--set {pair}: write KEY=VALUE, e.g. risk.daily_trades=5")
        overrides[key.strip()] = value.strip()
    file: Path | None = None
    for prefix in both:
        file = given[f"{prefix}config"] or file
        if mode := given[f"{prefix}mode"]:
            overrides["mode"] = mode
    if given.get("no_sync"):
        overrides["console.sync"] = "false"
    return load_settings(file, overrides)


def time_of_day(text: str) -> int:
    """HH:MM[:SS[.fraction]] as nanoseconds after midnight. Raises ArgumentTypeError."""
    try:
        time = datetime.time.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: write HH:MM:SS or HH:MM, venue time") from None
    seconds = (time.hour * 60 + time.minute) * 60 + time.second
    return (seconds * 1_000_000 + time.microsecond) * 1_000
