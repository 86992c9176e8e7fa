"""Shows what the console hears when a key is pressed, and which of its keys never arrived.

Terminals, multiplexers and keyboard layouts keep some keys to themselves; better found out
here than with a position open. Nothing trades.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region

from tui_scalper.keymap import ACTIONS, RESERVED, Context, Keymap, key_label
from tui_scalper.widgets.lines import Line, LinePanel, fit
from tui_scalper.widgets.palette import Palette, Role

HEARD_LINES: Final = 5
CELL: Final = 10
ENDS: Final = "ctrl+c"


def stroke_name(event: events.Key) -> str:
    """The name keymaps use for a key."""
    printable = event.is_printable and event.character != " "
    return event.character if printable and event.character else event.key


def meaning(keymap: Keymap, name: str) -> str:
    """What a key does, in words."""
    found = dict.fromkeys(
        action.id for context in Context if (action := keymap.find(context, name)) is not None
    )
    if found:
        return ", ".join(found)
    return "reserved for the terminal" if name in RESERVED else "not bound"


def wanted_keys(keymap: Keymap) -> tuple[str, ...]:
    """Every key of the keymap once, in the order of the help page."""
    return tuple(dict.fromkeys(key for one in ACTIONS for key in keymap.keys_of(one.id)))


def sheet_lines(
    keymap: Keymap, heard: Sequence[str], seen: frozenset[str], width: int
) -> list[Line]:
    """Title, the newest keys and what they do, then every key with a mark once it came."""
    wanted = [key for key in wanted_keys(keymap) if key != ENDS]
    left = sum(key not in seen for key in wanted)
    title = f" KEYS  press each once; {left} of {len(wanted)} not heard yet; Ctrl+C ends"
    lines = [fit(((title, Role.PANEL_FOCUS),), width, Role.PANEL_FOCUS)]
    for name in [*heard][-HEARD_LINES:]:
        words = f" {key_label(name):>10}  {name!r}: {meaning(keymap, name)}"
        lines.append(fit(((words, Role.STRONG),), width, Role.TEXT))
    lines += [()] * (HEARD_LINES + 2 - len(lines))
    across = max(width // CELL, 1)
    for at in range(0, len(wanted), across):
        cells = tuple(
            (
                f" {'✓' if key in seen else '·'} {key_label(key)}"[:CELL].ljust(CELL),
                Role.GOOD if key in seen else Role.DIM,
            )
            for key in wanted[at : at + across]
        )
        lines.append(fit(cells, width, Role.TEXT))
    return lines


class KeyTester(App[None]):
    """Hears keys until Ctrl+C."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = []

    def __init__(self, keymap: Keymap, palette: Palette) -> None:
        super().__init__()
        self.animation_level = "none"
        self._bound = keymap
        self._heard: list[str] = []
        self.seen: frozenset[str] = frozenset()
        self._panel = LinePanel(palette, panel_id="keys")

    def compose(self) -> ComposeResult:
        """One panel."""
        yield self._panel

    def on_mount(self) -> None:
        """Show what is missing, which is everything."""
        self._draw()

    def on_resize(self) -> None:
        """Another size, other lines."""
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        self._panel.place(Region(0, 0, width, height))
        self._panel.show(sheet_lines(self._bound, self._heard, self.seen, width))

    async def on_event(self, event: events.Event) -> None:
        """Hear a key; everything else is Textual's."""
        if not isinstance(event, events.Key):
            await super().on_event(event)
            return
        event.stop()
        event.prevent_default()
        name = stroke_name(event)
        if name == ENDS:
            self.exit()
            return
        self._heard = [*self._heard, name][-HEARD_LINES:]
        self.seen |= {name}
        self._draw()
        if missing_is_over(self._bound, self.seen):
            self.exit()


def missing_is_over(keymap: Keymap, seen: frozenset[str]) -> bool:
    """Whether every key came."""
    return set(wanted_keys(keymap)) - {ENDS} <= seen


def report(keymap: Keymap, seen: frozenset[str]) -> str:
    """What to do about the keys that never came."""
    missing = [key for key in wanted_keys(keymap) if key not in seen and key != ENDS]
    if not missing:
        return "every key arrives"
    words = ", ".join(f"{key_label(key)} ({meaning(keymap, key)})" for key in missing)
    return f"not heard: {words}. Keys a terminal swallows are rebound in a keymap file"
