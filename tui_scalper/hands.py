"""The operator's hands: keys become commands.

No trading logic lives here: whether a command is allowed is the engine's to say. This
keeps the hands honest (held keys, floods, double sends) and asks before it asks the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from tui_scalper import asks
from tui_scalper.core import commands as say
from tui_scalper.core.snapshot import Mode, OperatorState, Snapshot
from tui_scalper.core.units import Side
from tui_scalper.gaze import Gaze, is_ready
from tui_scalper.keyguard import KeyGuard, Stroke, Verdict
from tui_scalper.keymap import Action, Context, Keymap, Kind
from tui_scalper.widgets.footer import Notice
from tui_scalper.widgets.layout import Panel
from tui_scalper.widgets.strip import TYPED, Asking, Fuse, Question, Topic

NOTICE_SECONDS: Final = 3.0
HELD_ENTER_SECONDS: Final = 0.7
"""Enter after the Enter that staged: sooner than this it is the same finger, held."""
BLIND_SECONDS: Final = 0.25
"""A screen older than this shows another market than the one the key would act on."""
BELL_SECONDS: Final = 5.0
PAGE: Final = 10
HARMLESS: Final = frozenset({Topic.FIND, Topic.FILTER})
"""Questions a burst of keys may answer."""
FAR: Final = 1_000_000
"""More lines than any list has."""


class Wish(StrEnum):
    """What the hands want of the screen around it."""

    QUIT = "quit"
    NEXT_THEME = "next theme"
    SCREENSHOT = "screenshot"
    EXPORT = "export"
    HOLD_TAPE = "hold tape"
    STEP_TAPE = "step tape"
    BELL = "bell"


@dataclass(frozen=True)
class HandRules:
    """What the surroundings allow."""

    live_refusal: str = ""
    """Why LIVE must not be armed from this terminal; empty when it may."""
    bell: bool = True
    """Ring on an alarm."""


class Hands:
    """Turns keys into commands and moves of the gaze.

    `put` hands a command to the engine and says whether it was taken; `wish` asks the
    application for something that is not a command.
    """

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
        self.help_open = False
        self.help_page = 0
        self.help_pages = 1
        """How many pages the keys take on a screen of this size."""
        self.asking: Asking = None
        self.notice: Notice | None = None
        self.first_key_seen = False
        self._put = put
        self._wish = wish
        self._rules = rules
        self._guard = KeyGuard()
        self._blind = 0.0
        """By how many seconds the screen is too old to act on; 0 when it is not."""
        self._drawn = 0
        """Number of the newest snapshot the operator was shown."""
        self._sent_stage = -1
        self._staged_by_enter = float("-inf")
        self._rang = float("-inf")
        self._handlers = self._table()

    # -- what happens without a key ------------------------------------------------------------

    def see(self, snapshot: Snapshot, *, now_ns: int, monotonic: float) -> None:
        """Take in the newest snapshot and let old fuses and notices go out."""
        rings, focus = self.gaze.see(snapshot, now_ns=now_ns, monotonic=monotonic)
        if focus is not None:
            self._put(say.Focus(key_ns=now_ns, seq=snapshot.seq, row=focus))
        if rings and self._rules.bell and monotonic - self._rang >= BELL_SECONDS:
            self._rang = monotonic
            self._wish(Wish.BELL)
        self.expire(monotonic)

    def shown(self, seq: int) -> None:
        """The snapshot of this number is on its way to the terminal."""
        self._drawn = seq

    def expire(self, monotonic: float) -> None:
        """Forget a burnt fuse and a notice that was shown long enough."""
        if isinstance(self.asking, Fuse) and monotonic >= self.asking.until:
            self.asking = None
        if self.notice is not None and monotonic >= self.notice.until:
            self.notice = None

    def resized(self, *, too_small: bool, key_ns: int) -> None:
        """The terminal changed size; under the least size nothing stays armed."""
        now = self.gaze.snapshot
        if too_small and not self.gaze.too_small and now is not None and is_ready(now):
            self._put(say.Disarm(key_ns=key_ns, seq=now.seq, why="(terminal too small)"))
        self.gaze.too_small = too_small

    def lagging(self, *, lag: bool, key_ns: int) -> None:
        """The link to the screen became slow, or good again; on a slow one nothing stays armed."""
        now = self.gaze.snapshot
        if lag and not self.gaze.lag and now is not None and not now.auto and is_ready(now):
            self._put(say.Disarm(key_ns=key_ns, seq=now.seq, why="(link to the screen too slow)"))
        self.gaze.lag = lag

    def blurred(self, key_ns: int) -> None:
        """The terminal lost the keyboard: an armed hand is disarmed, auto goes on."""
        now = self.gaze.snapshot
        if now is not None and not now.auto and is_ready(now):
            self._put(say.Disarm(key_ns=key_ns, seq=now.seq, why="(terminal lost the keyboard)"))

    @property
    def stage_sent(self) -> bool:
        """The staged entry on the screen was confirmed already."""
        stage = self.gaze.snapshot.stage if self.gaze.snapshot is not None else None
        return stage is not None and stage.stage_id == self._sent_stage

    def matches(self) -> tuple[str, ...]:
        """Symbols that fit what is typed after find."""
        asking = self.asking
        if isinstance(asking, Question) and asking.topic is Topic.FIND:
            return self.gaze.matches(asking.typed)
        return ()

    # -- keys ----------------------------------------------------------------------------------

    def press(self, stroke: Stroke, behind: float = 0.0) -> None:
        """Handle one key; the screen the hand saw is `behind` seconds old."""
        verdict = self._guard.judge(stroke)
        self._blind = behind if behind > BLIND_SECONDS else 0.0
        self.first_key_seen = True
        self.expire(stroke.at)
        if isinstance(self.asking, Question) and not self._kills(stroke):
            self._answer(self.asking, stroke, verdict)
            return
        action = self.keymap.find(self._context(), stroke.name)
        if self.help_open:
            # The page hides the market: its closing key may only do what lowers the risk.
            self.help_open = action is not None and self._turns_page(action)
            if action is None or action.kind is not Kind.REDUCE:
                return
        if action is None:
            self._unbound(stroke)
        elif self._is_clean(action, stroke, verdict):
            self._perform(action, stroke)

    def pasted(self, monotonic: float) -> None:
        """Text was pasted: it never acts."""
        self.remark("pasted text is ignored", monotonic)

    def remark(self, text: str, monotonic: float) -> None:
        """Show a short answer."""
        self.notice = Notice(text, monotonic + NOTICE_SECONDS)

    def _kills(self, stroke: Stroke) -> bool:
        """The kill key, also inside a question; a letter only where nothing is typed."""
        asking = self.asking
        if isinstance(asking, Question) and asking.topic in TYPED and len(stroke.name) == 1:
            return False
        action = self.keymap.find(Context.MAIN, stroke.name)
        return action is not None and action.id == "kill.latch"

    def _context(self) -> Context:
        now = self.gaze.snapshot
        staged = now is not None and now.stage is not None
        return Context.STAGE if staged else Context.MAIN

    def _is_clean(self, action: Action, stroke: Stroke, verdict: Verdict) -> bool:
        """Whether a hand pressed this key; moving about may repeat."""
        if verdict is Verdict.REPEAT:
            return action.kind is Kind.MOVE
        if self._blind and action.kind is Kind.INCREASE:
            self._refuse_blind(stroke)
            return False
        if verdict is Verdict.BURST and action.kind is Kind.INCREASE:
            self.remark("keys came in a burst: nothing that adds risk was done", stroke.at)
            self._drop(stroke)
            return False
        return True

    def _refuse_blind(self, stroke: Stroke) -> None:
        """Nobody adds risk by a picture that is old."""
        self.asking = None
        words = f"the screen is {self._blind:.1f} s behind: nothing that adds risk was done"
        self.remark(words, stroke.at)
        self._drop(stroke)

    def _turns_page(self, action: Action) -> bool:
        """Whether the help key turned to another page."""
        self.help_page += 1
        return action.id == "view.help" and self.help_page < self.help_pages

    def _unbound(self, stroke: Stroke) -> None:
        if self._context() is Context.STAGE:
            self._drop(stroke)
            self.remark(f"{stroke.name!r} is no key of a staged entry: dropped", stroke.at)
        elif stroke.name == "escape":
            self._escape()
        elif stroke.character and not stroke.character.isascii():
            self.remark(f"{stroke.character!r} is no key; is the keyboard layout Latin?", stroke.at)
        else:
            label = self.keymap.label("view.help")
            self.remark(f"{stroke.name!r} is not bound; {label} shows the keys", stroke.at)

    def _escape(self) -> None:
        self.asking = None
        self.gaze.clear()

    def _perform(self, action: Action, stroke: Stroke) -> None:
        fuse = self.asking
        if isinstance(fuse, Fuse) and fuse.action != action.id:
            self.asking = None
            if action.kind is Kind.INCREASE:
                # The fuse stands where the staged entry would: what adds risk must be seen first.
                return
        self._handlers[action.id](stroke)

    def _table(self) -> dict[str, Callable[[Stroke], object]]:
        """The handler of every action."""
        return {
            "operator.arm": self._arm,
            "operator.disarm": lambda key: self._tell(say.Disarm, key),
            "auto.pause": self._pause,
            "auto.toggle": self._auto,
            "stage.buy": lambda key: self._stage(Side.BUY, key),
            "stage.sell": lambda key: self._stage(Side.SELL, key),
            "stage.signal": self._stage_signal,
            "stage.best": lambda key: self._tell(say.StageBest, key),
            "stage.send": self._confirm,
            "stage.drop": self._drop,
            "stage.price_up": lambda key: self._nudge_price(1, key),
            "stage.price_down": lambda key: self._nudge_price(-1, key),
            "stage.more": lambda key: self._nudge_quantity(1, key),
            "stage.less": lambda key: self._nudge_quantity(-1, key),
            "exit.flatten": self._flatten,
            "exit.flatten_all": self._flatten_all,
            "exit.break_even": self._break_even,
            "exit.cancel": lambda key: self._cancel(self.gaze.selected, key),
            "exit.cancel_all": lambda key: self._cancel(None, key),
            "kill.latch": self._kill,
            "kill.reset": self._reset_kill,
            "move.down": lambda key: self._walk(1, key),
            "move.up": lambda key: self._walk(-1, key),
            "move.page_down": lambda key: self._walk(PAGE, key),
            "move.page_up": lambda key: self._walk(-PAGE, key),
            "move.first": lambda key: self._walk(-FAR, key),
            "move.last": lambda key: self._walk(FAR, key),
            "move.pick": self._pick,
            "move.next": lambda key: self._step_stock(1, key),
            "move.previous": lambda key: self._step_stock(-1, key),
            "move.find": self._find,
            "panel.next": lambda key: self.gaze.turn(1),
            "panel.previous": lambda key: self.gaze.turn(-1),
            "panel.positions": lambda key: self.gaze.front(Panel.POSITIONS),
            "panel.signals": lambda key: self.gaze.front(Panel.SIGNALS),
            "panel.log": lambda key: self.gaze.front(Panel.LOG),
            "panel.ladders": lambda key: self.gaze.toggle_zoom(Panel.LADDERS),
            "panel.risk": lambda key: self.gaze.toggle_zoom(Panel.RISK),
            "panel.chart": lambda key: self.gaze.toggle_zoom(Panel.CHART),
            "view.filter": self._filter,
            "view.explain": self._explain,
            "replay.hold": lambda key: self._wish(Wish.HOLD_TAPE),
            "replay.step": lambda key: self._wish(Wish.STEP_TAPE),
            "view.zoom": lambda key: self.gaze.toggle_zoom(self.gaze.panel),
            "view.columns": lambda key: self._say("ladder", self.gaze.next_columns(), key),
            "view.rungs": lambda key: self._say("ladder", self.gaze.next_rungs(), key),
            "view.centre": lambda key: self.gaze.centre(),
            "view.measure": lambda key: self._say("profit in", self.gaze.next_measure(), key),
            "view.acknowledge": lambda key: self.gaze.alarms.acknowledge(),
            "view.shelve": self._shelve,
            "view.theme": lambda key: self._wish(Wish.NEXT_THEME),
            "view.screenshot": lambda key: self._wish(Wish.SCREENSHOT),
            "app.export": lambda key: self._wish(Wish.EXPORT),
            "view.help": self._help,
            "app.quit": self._quit,
        }

    # -- commands --------------------------------------------------------------------------------

    def _tell(self, kind: Callable[..., say.AnyCommand], stroke: Stroke, **terms: Any) -> bool:
        """Put a command of `kind` on the queue, dated like the key; says so when it is full."""
        taken = self._put(kind(key_ns=stroke.key_ns, seq=self._drawn, **terms))
        if not taken:
            self.remark("the engine is not taking commands: queue full, key refused", stroke.at)
        return taken

    def _arm(self, stroke: Stroke) -> None:
        if self.gaze.too_small:
            self.remark("terminal too small to arm: make it 80x24 or larger", stroke.at)
            return
        if self.gaze.snapshot is None or self.gaze.snapshot.mode is not Mode.LIVE:
            self._tell(say.Arm, stroke)
        elif self._rules.live_refusal:
            self.remark(self._rules.live_refusal, stroke.at)
        else:
            self.asking = asks.ARM_LIVE

    def _pause(self, stroke: Stroke) -> None:
        if self.gaze.snapshot is not None and self.gaze.snapshot.paused:
            self.asking = asks.RESUME
        else:
            self._tell(say.Pause, stroke)

    def _auto(self, stroke: Stroke) -> None:
        if self.gaze.snapshot is not None and not self.gaze.snapshot.auto:
            self.asking = asks.AUTO_ON
        else:
            self._tell(say.AutoOff, stroke)

    def _stage(self, side: Side, stroke: Stroke) -> None:
        self._tell(say.Stage, stroke, row=self.gaze.selected, side=side)

    def _stage_signal(self, stroke: Stroke) -> None:
        self._staged_by_enter = stroke.at
        self._tell(say.Stage, stroke, row=self.gaze.selected)

    def _confirm(self, stroke: Stroke) -> None:
        stage = self.gaze.snapshot.stage if self.gaze.snapshot is not None else None
        if stage is None or self.stage_sent:
            return
        if stroke.at - self._staged_by_enter < HELD_ENTER_SECONDS:
            self.remark("Enter came with the one that staged: press it again to send", stroke.at)
            return
        if self._tell(say.Confirm, stroke, stage_id=stage.stage_id):
            self._sent_stage = stage.stage_id

    def _drop(self, stroke: Stroke) -> None:
        if self._context() is Context.STAGE:
            self._tell(say.DropStage, stroke)

    def _nudge_price(self, ticks: int, stroke: Stroke) -> None:
        self._tell(say.NudgePrice, stroke, ticks=ticks)

    def _nudge_quantity(self, lots: int, stroke: Stroke) -> None:
        self._tell(say.NudgeQuantity, stroke, lots=lots)

    def _flatten(self, stroke: Stroke) -> None:
        row = self.gaze.selected
        if self._second_tap("exit.flatten", row, f"FLATTEN {self.gaze.symbol(row)}?", stroke):
            self._tell(say.Flatten, stroke, row=row)

    def _flatten_all(self, stroke: Stroke) -> None:
        if self._second_tap("exit.flatten_all", -1, "FLATTEN EVERY POSITION?", stroke):
            self._tell(say.Flatten, stroke)

    def _kill(self, stroke: Stroke) -> None:
        what = "KILL: block entries, cancel every order, flatten every position?"
        if isinstance(self.asking, Question):
            self.asking = None
        if self._second_tap("kill.latch", -1, what, stroke):
            self._tell(say.Kill, stroke)

    def _second_tap(self, action_id: str, row: int, text: str, stroke: Stroke) -> bool:
        fuse = self.asking
        if isinstance(fuse, Fuse) and fuse.action == action_id and fuse.row == row:
            self.asking = None
            return True
        self.asking = Fuse(action_id, row, text, stroke.at)
        return False

    def _reset_kill(self, stroke: Stroke) -> None:
        if self.gaze.snapshot is None or self.gaze.snapshot.operator is not OperatorState.KILLED:
            self.remark("the kill latch is not set", stroke.at)
            return
        self.asking = asks.RESET_KILL

    def _break_even(self, stroke: Stroke) -> None:
        self._tell(say.BreakEven, stroke, row=self.gaze.selected)

    def _cancel(self, row: int | None, stroke: Stroke) -> None:
        self._tell(say.CancelEntries, stroke, row=row)

    # -- moving and looking ------------------------------------------------------------------

    def _select(self, row: int | None, stroke: Stroke) -> None:
        """Look at `row`, if there is one."""
        if row is not None and 0 <= row < len(self.gaze.symbols):
            self.gaze.select(row, stroke.key_ns)
            self._tell(say.Focus, stroke, row=row)

    def _walk(self, lines: int, stroke: Stroke) -> None:
        self._select(self.gaze.below(lines), stroke)

    def _pick(self, stroke: Stroke) -> None:
        rows = self.gaze.signal_rows()
        at = int(stroke.name) - 1 if stroke.name.isdecimal() else 0
        self._select(rows[at] if at < len(rows) else None, stroke)

    def _step_stock(self, step: int, stroke: Stroke) -> None:
        stocks = max(len(self.gaze.symbols), 1)
        self._select((self.gaze.selected + step) % stocks, stroke)

    def _find(self, _stroke: Stroke) -> None:
        self.asking = asks.FIND

    def _filter(self, _stroke: Stroke) -> None:
        self.asking = replace(asks.FILTER, typed=self.gaze.filter)

    def _explain(self, _stroke: Stroke) -> None:
        self.gaze.explain = not self.gaze.explain

    def _say(self, what: str, value: str, stroke: Stroke) -> None:
        self.remark(f"{what} {value}", stroke.at)

    def _shelve(self, stroke: Stroke) -> None:
        shelved = self.gaze.alarms.shelve(stroke.key_ns)
        self.remark(
            f"shelved for ten minutes: {shelved.text}" if shelved else "no alarm", stroke.at
        )

    def _help(self, _stroke: Stroke) -> None:
        self.help_open, self.help_page = True, 0

    def _quit(self, _stroke: Stroke) -> None:
        positions, orders = self.gaze.at_risk()
        if not positions and not orders:
            self._wish(Wish.QUIT)
            return
        self.asking = asks.quit_question(positions, orders)

    # -- questions ---------------------------------------------------------------------------

    def _answer(self, question: Question, stroke: Stroke, verdict: Verdict) -> None:
        if stroke.name == "escape":
            self.asking = None
            if question.topic is Topic.FILTER:
                self.gaze.filter = ""
        elif question.topic in TYPED and stroke.name != "enter":
            self._type(asks.typed(question, stroke))
        elif self._blind and question.topic in asks.CONSENT:
            self._refuse_blind(stroke)
        elif verdict is not Verdict.SINGLE and question.topic not in HARMLESS:
            self.asking = None
            self.remark("keys came in a burst: the question was dropped", stroke.at)
        else:
            self._settle(question, stroke)

    def _type(self, question: Question) -> None:
        self.asking = question
        if question.topic is Topic.FILTER:
            self.gaze.filter = question.typed

    def _settle(self, question: Question, stroke: Stroke) -> None:
        found = self.matches()
        self.asking = None
        topic = question.topic
        if topic is Topic.QUIT:
            self._answer_quit(stroke)
        elif stroke.name != "enter":
            self.remark("left as it was", stroke.at)
        elif topic in asks.CONSENT:
            terms = {"word": question.typed} if topic in TYPED else {}
            self._tell(asks.CONSENT[topic], stroke, **terms)
        elif found:
            self._select(self.gaze.symbols.index(found[0]), stroke)
        elif topic is Topic.FIND:
            self.remark(f"no stock matches {question.typed!r}", stroke.at)

    def _answer_quit(self, stroke: Stroke) -> None:
        if stroke.name in ("y", "Y"):
            self._wish(Wish.QUIT)
        elif stroke.name in ("f", "F"):
            self._tell(say.Flatten, stroke)
            self.remark("flattening everything; quit again once flat", stroke.at)
