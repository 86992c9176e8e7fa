"""How the console looks and how careful it is, decided before it opens."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from tui_scalper.hands import HandRules, Outside
from tui_scalper.hands.grip import SIZES
from tui_scalper.keymap import DEFAULT_KEYMAP
from tui_scalper.lone_escape import ESCAPE_S
from tui_scalper.vitals import LAG_SECONDS
from tui_scalper.widgets.ladder_look import Columns, LadderLook
from tui_scalper.widgets.measures import Measure
from tui_scalper.widgets.palette import DEFAULT_THEME, packaged_themes
from tui_scalper.widgets.rungs import View


@dataclass(frozen=True)
class ConsoleSettings:
    """How the console looks and how careful it is."""

    theme: str = DEFAULT_THEME
    """Name of a theme file, without its suffix."""
    themes: tuple[Path, ...] = field(default_factory=lambda: (packaged_themes(),))
    """Folders of theme files; a later folder's theme replaces an earlier one's of its name."""
    keymap: str = DEFAULT_KEYMAP
    """Name of a preset, or path of a TOML file that rebinds actions."""
    speed: float = 1.0
    """Market seconds in a second of the operator's."""
    hz: float = 10.0
    """Frames a second."""
    look: LadderLook = field(default_factory=LadderLook)
    """How ladders are drawn at the start."""
    measure: Measure = Measure.MONEY
    """The unit of profit and of distances at the start."""
    screenshots: Path = Path("screenshots")
    """Folder the pictures of the screen are written to."""
    exports: Path = Path("exports")
    """Folder trades and log are written to."""
    first_run: bool = True
    """Show the four lines for newcomers until the first key."""
    bell: bool = True
    """Ring the terminal's bell on an alarm, at most once in five seconds."""
    sync: bool = True
    """Mark every update, so that the terminal shows it as one."""
    ascii_only: bool = False
    """Draw in plain letters."""
    disarm_on_blur: bool = True
    """Disarm when the terminal loses the keyboard focus (auto goes on)."""
    outside_tmux: Outside = Outside.ASK
    """What arming LIVE meets outside tmux and screen, where a stalled link freezes the keys."""
    lag_seconds: float = LAG_SECONDS
    """Disarm when the way to the terminal and back takes so long."""
    lost_after: float = 5.0
    """Output nobody takes for so many seconds: the screen is lost."""
    escape_wait: float = ESCAPE_S
    """An Esc that no byte follows for so many seconds is the key, not the begin of another."""
    attended: bool = False
    """Give the engine a sign of the screen every second."""
    sizes: tuple[int, ...] = SIZES
    """What the size keys of a staged entry set, percent of the most."""


def ladder_look(lines: str, columns: str) -> LadderLook:
    """Ladders as the settings name their lines and their columns."""
    return LadderLook(view=View[lines.upper()], columns=Columns[columns.upper()])


def multiplexed() -> bool:
    """Whether this terminal is inside tmux or screen."""
    return bool(os.environ.get("TMUX") or os.environ.get("STY"))


def hand_rules(settings: ConsoleSettings) -> HandRules:
    """What the hands may do and how, in this terminal."""
    outside = Outside.ALLOW if multiplexed() else settings.outside_tmux
    return HandRules(outside=outside, bell=settings.bell, sizes=settings.sizes)
