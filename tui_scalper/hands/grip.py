"""What every key has in common: what is looked at, what is asked, the way to the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tui_scalper.core import commands as say
from tui_scalper.core.snapshot import Snapshot
from tui_scalper.gaze import Gaze, is_ready
from tui_scalper.keyguard import Stroke
from tui_scalper.keymap import Keymap
from tui_scalper.widgets.footer import Notice, Tone
from tui_scalper.widgets.strip import Asking, Fuse

NOTICE_SECONDS: Final = 3.0
SIZES: Final = (10, 25, 50, 75, 100)
"""Quantity presets, percent of the most the engine would send itself."""

Handler = Callable[[Stroke], object]


class Wish(StrEnum):
    """What the hands want of the screen around it."""

    QUIT = "quit"
    LOST = "lost"
    """The terminal is gone: nobody quit, nobody is there."""
    NEXT_THEME = "next theme"
    REDRAW = "redraw"
    SCREENSHOT = "screenshot"
    EXPORT = "export"
    HOLD_TAPE = "hold tape"
    STEP_TAPE = "step tape"
    FASTER_TAPE = "faster tape"
    SLOWER_TAPE = "slower tape"
    SEEK_TAPE = "seek tape"
    NEXT_SIGNAL = "next signal"
    LAST_SIGNAL = "last signal"
    NEXT_TRADE = "next trade"
    LAST_TRADE = "last trade"
    BELL = "bell"


class Outside(StrEnum):
    """What arming LIVE meets outside tmux and screen, where a stalled link freezes the keys."""

    ASK = "ask"
    REFUSE = "refuse"
    ALLOW = "allow"


@dataclass(frozen=True)
class HandRules:
    """What the surroundings allow, and what the operator set."""

    outside: Outside = Outside.ALLOW
    """What arming LIVE meets in this terminal."""
    bell: bool = True
    """Ring on an alarm."""
    sizes: tuple[int, ...] = SIZES
    """What the size keys of a staged entry set, percent of the most."""


class Grip:
    """What the keys share; `put` hands a command to the engine and says whether it took it."""

    def __init__(
        self,
        gaze: Gaze,
        keymap: Keymap,
        put: Callable[[say.AnyCommand], bool],
        wish: Callable[[Wish], None],
        rules: HandRules,
    ) -> None:
        self.gaze = gaze
        self.keymap = keymap
        self.put = put
        self.wish = wish
        self.rules = rules
        self.asking: Asking = None
        self.notice: Notice | None = None
        self.wanted_time = ""
        """The time of day the tape should go to, as it was typed."""
        self.drawn: Snapshot | None = None
        """The newest snapshot the operator was shown."""

    @property
    def now(self) -> Snapshot | None:
        """The newest snapshot; None before the first."""
        return self.gaze.snapshot

    @property
    def seq(self) -> int:
        """Number of the newest snapshot the operator was shown; 0 before the first."""
        return self.drawn.seq if self.drawn is not None else 0

    def seen(self, row: int) -> say.Seen | None:
        """What the operator was shown of `row`; None before anything was."""
        drawn = self.drawn
        if drawn is None:
            return None
        book = next((one for one in drawn.ladders if one.row == row), None)
        stage = drawn.stage if drawn.stage is not None and drawn.stage.row == row else None
        if stage is not None:
            return say.Seen(drawn.at_ns, stage.bid, stage.ask)
        if book is None:
            return say.Seen(drawn.at_ns)
        bid = book.bids[0].price if book.bids else 0
        ask = book.asks[0].price if book.asks else 0
        return say.Seen(drawn.at_ns, bid, ask)

    def tell(self, kind: Callable[..., say.AnyCommand], stroke: Stroke, **terms: Any) -> bool:
        """Put a command of `kind` on the queue, dated like the key; says so when it is full."""
        taken = self.put(kind(key_ns=stroke.key_ns, seq=self.seq, **terms))
        if not taken:
            self.remark("the engine is not taking commands: queue full, key refused", stroke.at)
        return taken

    def disarm(self, key_ns: int, why: str) -> None:
        """Nobody asked: an armed hand is disarmed. Auto goes on, it is not a hand's."""
        now = self.now
        if now is not None and not now.auto and is_ready(now):
            self.put(say.Disarm(key_ns=key_ns, seq=now.seq, why=why))

    def remark(self, text: str, monotonic: float) -> None:
        """Say what was not done and why, or what needs a look."""
        self.notice = Notice(text, monotonic + NOTICE_SECONDS)

    def answer(self, text: str, monotonic: float) -> None:
        """Say what was done."""
        self.notice = Notice(text, monotonic + NOTICE_SECONDS, Tone.DONE)

    def expire(self, monotonic: float) -> None:
        """Forget a burnt fuse and a notice that was shown long enough."""
        if isinstance(self.asking, Fuse) and monotonic >= self.asking.until:
            self.asking = None
        if self.notice is not None and monotonic >= self.notice.until:
            self.notice = None

    def second_tap(self, action_id: str, row: int, text: str, stroke: Stroke) -> bool:
        """Whether this is the second tap of a key that needs two; the first lights a fuse."""
        fuse = self.asking
        if isinstance(fuse, Fuse) and fuse.action == action_id and fuse.row == row:
            self.asking = None
            return True
        self.asking = Fuse(action_id, row, text, stroke.at)
        return False

    def select(self, row: int | None, stroke: Stroke) -> None:
        """Look at `row`, if there is one."""
        if row is not None and 0 <= row < len(self.gaze.symbols):
            self.gaze.select(row, stroke.key_ns)
            self.tell(say.Focus, stroke, row=row)

    def which(self, action_id: str, stroke: Stroke) -> int:
        """Which of the keys of an action was pressed, counted from 0."""
        keys = self.keymap.keys_of(action_id)
        return keys.index(stroke.name) if stroke.name in keys else 0
