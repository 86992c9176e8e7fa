"""Keys that move the eyes: lists, panels, pages, how things are drawn. None of them trades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tui_scalper.core.snapshot import Mode
from tui_scalper.hands import asks
from tui_scalper.hands.grip import Grip, Handler, Wish
from tui_scalper.keyguard import Stroke
from tui_scalper.widgets.layout import Panel

PAGE: Final = 10
FAR: Final = 1_000_000
"""More lines than any list has."""


class Looking:
    """What the keys of the eyes do; `open_help` shows the page of keys."""

    def __init__(self, grip: Grip, open_help: Callable[[], None]) -> None:
        self._grip = grip
        self._open_help = open_help

    def table(self) -> dict[str, Handler]:
        """The handler of each action."""
        tables = (self._moves, self._panels, self._views, self._wishes, self._tape)
        return {action: handler for table in tables for action, handler in table().items()}

    def _moves(self) -> dict[str, Handler]:
        return {
            "move.down": lambda key: self._walk(1, key),
            "move.up": lambda key: self._walk(-1, key),
            "move.page_down": lambda key: self._walk(PAGE, key),
            "move.page_up": lambda key: self._walk(-PAGE, key),
            "move.first": lambda key: self._walk(-FAR, key),
            "move.last": lambda key: self._walk(FAR, key),
            "move.pick": self._pick,
            "move.next": lambda key: self._step(1, key),
            "move.previous": lambda key: self._step(-1, key),
            "move.find": self._find,
            "view.filter": self._filter,
        }

    def _panels(self) -> dict[str, Handler]:
        gaze = self._grip.gaze
        return {
            "panel.next": lambda key: gaze.turn(1),
            "panel.previous": lambda key: gaze.turn(-1),
            "panel.positions": lambda key: gaze.front(Panel.POSITIONS),
            "panel.signals": lambda key: gaze.front(Panel.SIGNALS),
            "panel.log": lambda key: gaze.front(Panel.LOG),
            "panel.ladders": lambda key: gaze.toggle_zoom(Panel.LADDERS),
            "panel.risk": lambda key: gaze.toggle_zoom(Panel.RISK),
            "panel.chart": lambda key: gaze.toggle_zoom(Panel.CHART),
            "view.explain": lambda key: gaze.next_explanation(),
            "view.zoom": lambda key: gaze.toggle_zoom(gaze.zoom or gaze.panel),
        }

    def _views(self) -> dict[str, Handler]:
        gaze = self._grip.gaze
        return {
            "view.columns": lambda key: self._say("ladder", gaze.next_columns(), key),
            "view.rungs": lambda key: self._say("ladder", gaze.next_rungs(), key),
            "view.centre": lambda key: gaze.centre(),
            "view.measure": lambda key: self._say("profit in", gaze.next_measure(), key),
            "view.acknowledge": lambda key: gaze.alarms.acknowledge(),
            "view.shelve": self._shelve,
            "view.help": lambda key: self._open_help(),
        }

    def _wishes(self) -> dict[str, Handler]:
        grip = self._grip
        return {
            "view.theme": lambda key: grip.wish(Wish.NEXT_THEME),
            "view.redraw": lambda key: grip.wish(Wish.REDRAW),
            "view.screenshot": lambda key: grip.wish(Wish.SCREENSHOT),
            "app.export": lambda key: grip.wish(Wish.EXPORT),
            "app.quit": self._quit,
        }

    def _tape(self) -> dict[str, Handler]:
        grip = self._grip
        return {
            "replay.hold": lambda key: grip.wish(Wish.HOLD_TAPE),
            "replay.step": lambda key: grip.wish(Wish.STEP_TAPE),
            "replay.faster": lambda key: grip.wish(Wish.FASTER_TAPE),
            "replay.slower": lambda key: grip.wish(Wish.SLOWER_TAPE),
            "replay.seek": self._seek,
            "replay.next_signal": lambda key: grip.wish(Wish.NEXT_SIGNAL),
            "replay.last_signal": lambda key: grip.wish(Wish.LAST_SIGNAL),
            "replay.next_trade": lambda key: grip.wish(Wish.NEXT_TRADE),
            "replay.last_trade": lambda key: grip.wish(Wish.LAST_TRADE),
        }

    def _seek(self, _stroke: Stroke) -> None:
        if self._grip.now is not None and self._grip.now.mode is Mode.REPLAY:
            self._grip.asking = asks.SEEK
        else:
            self._grip.wish(Wish.SEEK_TAPE)

    def _walk(self, lines: int, stroke: Stroke) -> None:
        self._grip.select(self._grip.gaze.below(lines), stroke)

    def _pick(self, stroke: Stroke) -> None:
        rows = self._grip.gaze.signal_rows()
        at = self._grip.which("move.pick", stroke)
        self._grip.select(rows[at] if at < len(rows) else None, stroke)

    def _step(self, step: int, stroke: Stroke) -> None:
        stocks = max(len(self._grip.gaze.symbols), 1)
        self._grip.select((self._grip.gaze.selected + step) % stocks, stroke)

    def _find(self, _stroke: Stroke) -> None:
        self._grip.asking = asks.FIND

    def _filter(self, _stroke: Stroke) -> None:
        self._grip.asking = replace(asks.FILTER, typed=self._grip.gaze.filter)

    def _say(self, what: str, value: str, stroke: Stroke) -> None:
        self._grip.answer(f"{what} {value}", stroke.at)

    def _shelve(self, stroke: Stroke) -> None:
        shelved = self._grip.gaze.alarms.shelve(stroke.key_ns)
        if shelved is None:
            self._grip.remark("no alarm", stroke.at)
        else:
            self._grip.answer(f"shelved for ten minutes: {shelved.text}", stroke.at)

    def _quit(self, _stroke: Stroke) -> None:
        positions, orders = self._grip.gaze.at_risk()
        if positions or orders:
            self._grip.asking = asks.quit_question(positions, orders)
        else:
            self._grip.wish(Wish.QUIT)
