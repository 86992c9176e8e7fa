"""The operator's hands: keys become commands, and what is being looked at is remembered.

No trading logic lives here: whether a command is allowed is the engine's to say. This
keeps the hands honest (held keys, floods, double sends) and asks before it asks the engine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from tui_scalper.core import commands as say
from tui_scalper.core.snapshot import (
    LogLine,
    Mode,
    OperatorState,
    OrderRow,
    PositionRow,
    Protection,
    SignalRow,
    Snapshot,
)
from tui_scalper.core.units import NS, Side
from tui_scalper.keyguard import KeyGuard, Stroke, Verdict
from tui_scalper.keymap import BY_ID, Action, Context, Keymap, Kind
from tui_scalper.widgets.footer import Notice
from tui_scalper.widgets.layout import LISTS, Panel
from tui_scalper.widgets.log import LogBook
from tui_scalper.widgets.signals import StillOrder
from tui_scalper.widgets.strip import TYPED, Asking, Fuse, Question, Topic

NOTICE_SECONDS: Final = 3.0
HELD_ENTER_SECONDS: Final = 0.7
"""Enter after the Enter that staged: sooner than this it is the same finger, held."""
SETTLE_NS: Final = 2 * NS
"""The list keeps still this long after the cursor moved."""
BELL_SECONDS: Final = 5.0
TYPED_MOST: Final = 24
MATCHES_SHOWN: Final = 6
PAGE: Final = 10
ORDER_OVER: Final = frozenset({"filled", "cancelled", "rejected", "absent"})


class Wish(StrEnum):
    """What the hands want of the screen around it."""

    QUIT = "quit"
    NEXT_THEME = "next theme"
    SCREENSHOT = "screenshot"
    BELL = "bell"


@dataclass(frozen=True)
class HandRules:
    """What the surroundings allow."""

    live_refusal: str = ""
    """Why LIVE must not be armed from this terminal; empty when it may."""
    bell: bool = True
    """Ring on an alarm."""


class Hands:
    """State of the operator's side of the screen.

    `put` hands a command to the engine and says whether it was taken; `wish` asks the
    application for something that is not a command.
    """

    def __init__(
        self,
        symbols: tuple[str, ...],
        keymap: Keymap,
        put: Callable[[say.AnyCommand], bool],
        wish: Callable[[Wish], None],
        rules: HandRules,
    ) -> None:
        self.symbols = symbols
        self.keymap = keymap
        self.snapshot: Snapshot | None = None
        self.selected = 0
        self.panel = Panel.SIGNALS
        self.zoom: Panel | None = None
        self.cumulative = False
        self.help_open = False
        self.too_small = False
        self.signal_lines = 0
        self.log_back = 0
        self.asking: Asking = None
        self.notice: Notice | None = None
        self.first_key_seen = False
        self.order = StillOrder()
        self.shown: tuple[SignalRow | None, ...] = ()
        self.book = LogBook()
        self._put = put
        self._wish = wish
        self._rules = rules
        self._guard = KeyGuard()
        self._sent_stage = -1
        self._looked_at = -1
        self._staged_by_enter = float("-inf")
        self._moved_ns = 0
        self._rang = float("-inf")
        self._heard = float("inf")
        self._engine_focus = -1
        self._asked_focus: deque[int] = deque(maxlen=16)
        self._handlers = self._table()
        self._valid_when = self._validity()

    # -- what the engine says ----------------------------------------------------------------

    def see(self, snapshot: Snapshot, *, now_ns: int, monotonic: float) -> None:
        """Take in the newest snapshot and let old fuses and notices go out."""
        if snapshot is not self.snapshot:
            self.snapshot = snapshot
            self._heard = monotonic
            self._read(snapshot.log, monotonic)
            self._follow_focus(snapshot.focus)
            self._look_at_stage(snapshot, now_ns)
        held = snapshot.stage is not None or 0 <= now_ns - self._moved_ns < SETTLE_NS
        self.shown = self.order.arrange(
            snapshot.signals, self.signal_lines, now_ns=now_ns, held=held
        )
        self.expire(monotonic)

    def _read(self, log: Sequence[LogLine], monotonic: float) -> None:
        """Keep the new lines of the log; ring when an alarm is among them."""
        before = len(self.book.alarms())
        fresh = self.book.add(log)
        if self.log_back:
            self.log_back += fresh
        rung_lately = monotonic - self._rang < BELL_SECONDS
        if self._rules.bell and len(self.book.alarms()) > before and not rung_lately:
            self._rang = monotonic
            self._wish(Wish.BELL)

    def silence(self, monotonic: float) -> float:
        """Seconds since the engine's last snapshot."""
        return max(monotonic - self._heard, 0.0)

    def expire(self, monotonic: float) -> None:
        """Forget a burnt fuse and a notice that was shown long enough."""
        if isinstance(self.asking, Fuse) and monotonic >= self.asking.until:
            self.asking = None
        if self.notice is not None and monotonic >= self.notice.until:
            self.notice = None

    def _follow_focus(self, focus: int) -> None:
        """Follow the engine's focus, except where it only echoes a move made here."""
        if focus == self._engine_focus:
            return
        self._engine_focus = focus
        if focus not in self._asked_focus:
            self.selected = focus
        elif focus == self.selected:
            self._asked_focus.clear()

    def _look_at_stage(self, snapshot: Snapshot, now_ns: int) -> None:
        """What is staged is what is looked at: its book belongs beside it."""
        stage = snapshot.stage
        if stage is None or stage.stage_id == self._looked_at:
            return
        self._looked_at = stage.stage_id
        if stage.row != self.selected:
            self.selected = stage.row
            self._asked_focus.append(stage.row)
            self._send(say.Focus(key_ns=now_ns, seq=snapshot.seq, row=stage.row))

    def shrunk(self, *, too_small: bool, key_ns: int) -> None:
        """The terminal changed size; under the least size nothing stays armed."""
        snapshot = self.snapshot
        armed = snapshot is not None and _ready(snapshot)
        if too_small and not self.too_small and armed:
            self._send(say.Disarm(key_ns=key_ns, seq=self._seq()))
        self.too_small = too_small

    def blurred(self, key_ns: int) -> None:
        """The terminal lost the keyboard: an armed hand is disarmed, auto goes on."""
        snapshot = self.snapshot
        if snapshot is not None and not snapshot.auto and _ready(snapshot):
            self._send(say.Disarm(key_ns=key_ns, seq=self._seq()))

    @property
    def stage_sent(self) -> bool:
        """The staged entry on the screen was confirmed already."""
        snapshot = self.snapshot
        return (
            snapshot is not None
            and snapshot.stage is not None
            and snapshot.stage.stage_id == self._sent_stage
        )

    def matches(self) -> tuple[str, ...]:
        """Symbols that fit what is typed after find: prefixes first."""
        if not isinstance(self.asking, Question) or self.asking.topic is not Topic.FIND:
            return ()
        typed = self.asking.typed.upper()
        if not typed:
            return ()
        ahead = [name for name in self.symbols if name.upper().startswith(typed)]
        inside = [name for name in self.symbols if typed in name.upper()[1:]]
        unique = dict.fromkeys([*sorted(ahead, key=len), *inside])
        return tuple(unique)[:MATCHES_SHOWN]

    def at_risk(self) -> tuple[int, int]:
        """Open positions and working orders."""
        if self.snapshot is None:
            return 0, 0
        return sum(map(_open, self.snapshot.positions)), sum(map(_working, self.snapshot.orders))

    # -- keys ----------------------------------------------------------------------------------

    def press(self, stroke: Stroke) -> None:
        """Handle one key."""
        verdict = self._guard.judge(stroke)
        self.first_key_seen = True
        self.expire(stroke.at)
        if isinstance(self.asking, Question) and not self._kills(stroke):
            self._answer(self.asking, stroke, verdict)
            return
        action = self.keymap.find(self._context(), stroke.name)
        if self.help_open:
            # The page hides the market: its closing key may only do what lowers the risk.
            self.help_open = False
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
        staged = self.snapshot is not None and self.snapshot.stage is not None
        return Context.STAGE if staged else Context.MAIN

    def _is_clean(self, action: Action, stroke: Stroke, verdict: Verdict) -> bool:
        """Whether a hand pressed this key; moving about may repeat."""
        if verdict is Verdict.REPEAT:
            return action.kind is Kind.MOVE
        if verdict is Verdict.BURST and action.kind is Kind.INCREASE:
            self.remark("keys came in a burst: nothing that adds risk was done", stroke.at)
            self._drop(stroke)
            return False
        return True

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
        self.zoom = None

    def _perform(self, action: Action, stroke: Stroke) -> None:
        fuse = self.asking
        if isinstance(fuse, Fuse) and fuse.action != action.id:
            self.asking = None
            if action.kind is Kind.INCREASE:
                # The fuse stands where the staged entry would: what adds risk must be seen first.
                return
        self._handlers[action.id](stroke)

    def _table(self) -> dict[str, Callable[[Stroke], None]]:
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
            "exit.cancel": lambda key: self._cancel(self.selected, key),
            "exit.cancel_all": lambda key: self._cancel(None, key),
            "kill.latch": self._kill,
            "kill.reset": self._reset_kill,
            "move.down": lambda key: self._walk(1, key),
            "move.up": lambda key: self._walk(-1, key),
            "move.page_down": lambda key: self._walk(PAGE, key),
            "move.page_up": lambda key: self._walk(-PAGE, key),
            "move.first": lambda key: self._walk(-len(self.symbols) - len(self.book.lines), key),
            "move.last": lambda key: self._walk(len(self.symbols) + len(self.book.lines), key),
            "move.pick": self._pick,
            "move.next": lambda key: self._step_stock(1, key),
            "move.previous": lambda key: self._step_stock(-1, key),
            "move.find": self._find,
            "panel.next": lambda key: self._turn_panel(1),
            "panel.previous": lambda key: self._turn_panel(-1),
            "view.zoom": lambda key: self._zoom(self.panel),
            "view.log": lambda key: self._zoom(Panel.LOG),
            "view.columns": self._columns,
            "view.acknowledge": lambda key: self.book.acknowledge(),
            "view.theme": lambda key: self._wish(Wish.NEXT_THEME),
            "view.screenshot": lambda key: self._wish(Wish.SCREENSHOT),
            "view.help": self._help,
            "app.quit": self._quit,
        }

    # -- commands --------------------------------------------------------------------------------

    def _seq(self) -> int:
        return self.snapshot.seq if self.snapshot is not None else 0

    def _send(self, command: say.AnyCommand) -> bool:
        return self._put(command)

    def _tell(self, kind: Callable[..., say.AnyCommand], stroke: Stroke) -> None:
        self._command(kind(key_ns=stroke.key_ns, seq=self._seq()), stroke)

    def _command(self, command: say.AnyCommand, stroke: Stroke) -> bool:
        taken = self._send(command)
        if not taken:
            self.remark("the engine is not taking commands: queue full, key refused", stroke.at)
        return taken

    def _arm(self, stroke: Stroke) -> None:
        if self.too_small:
            self.remark("terminal too small to arm: make it 80x24 or larger", stroke.at)
            return
        if self.snapshot is None or self.snapshot.mode is not Mode.LIVE:
            self._command(say.Arm(key_ns=stroke.key_ns, seq=self._seq()), stroke)
        elif self._rules.live_refusal:
            self.remark(self._rules.live_refusal, stroke.at)
        else:
            self.asking = Question(
                Topic.ARM_LIVE, "real money: type LIVE to arm:", "Enter arms | Esc stays disarmed"
            )

    def _pause(self, stroke: Stroke) -> None:
        if self.snapshot is not None and self.snapshot.paused:
            self.asking = Question(
                Topic.RESUME, "resume entries?", "Enter resumes | any other key stays paused"
            )
        else:
            self._tell(say.Pause, stroke)

    def _auto(self, stroke: Stroke) -> None:
        if self.snapshot is not None and not self.snapshot.auto:
            self.asking = Question(
                Topic.AUTO_ON,
                "AUTO on: the engine sends the strongest signal by itself?",
                "Enter turns it on | any other key leaves it off",
            )
        else:
            self._tell(say.AutoOff, stroke)

    def _stage(self, side: Side, stroke: Stroke) -> None:
        self._command(
            say.Stage(key_ns=stroke.key_ns, seq=self._seq(), row=self.selected, side=side), stroke
        )

    def _stage_signal(self, stroke: Stroke) -> None:
        self._staged_by_enter = stroke.at
        self._command(say.Stage(key_ns=stroke.key_ns, seq=self._seq(), row=self.selected), stroke)

    def _confirm(self, stroke: Stroke) -> None:
        stage = self.snapshot.stage if self.snapshot is not None else None
        if stage is None or self.stage_sent:
            return
        if stroke.at - self._staged_by_enter < HELD_ENTER_SECONDS:
            self.remark("Enter came with the one that staged: press it again to send", stroke.at)
            return
        order = say.Confirm(key_ns=stroke.key_ns, seq=self._seq(), stage_id=stage.stage_id)
        if self._command(order, stroke):
            self._sent_stage = stage.stage_id

    def _drop(self, stroke: Stroke) -> None:
        if self._context() is Context.STAGE:
            self._tell(say.DropStage, stroke)

    def _nudge_price(self, ticks: int, stroke: Stroke) -> None:
        self._command(say.NudgePrice(key_ns=stroke.key_ns, seq=self._seq(), ticks=ticks), stroke)

    def _nudge_quantity(self, lots: int, stroke: Stroke) -> None:
        self._command(say.NudgeQuantity(key_ns=stroke.key_ns, seq=self._seq(), lots=lots), stroke)

    def _flatten(self, stroke: Stroke) -> None:
        row = self.selected
        if self._second_tap("exit.flatten", row, f"FLATTEN {self.symbol(row)}?", stroke):
            self._command(say.Flatten(key_ns=stroke.key_ns, seq=self._seq(), row=row), stroke)

    def _flatten_all(self, stroke: Stroke) -> None:
        if self._second_tap("exit.flatten_all", -1, "FLATTEN EVERY POSITION?", stroke):
            self._command(say.Flatten(key_ns=stroke.key_ns, seq=self._seq()), stroke)

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
        if self.snapshot is None or self.snapshot.operator is not OperatorState.KILLED:
            self.remark("the kill latch is not set", stroke.at)
            return
        self.asking = Question(
            Topic.RESET_KILL,
            "release the kill latch; you will be disarmed. Type RESET:",
            "Enter releases | Esc stays killed",
        )

    def _break_even(self, stroke: Stroke) -> None:
        self._command(
            say.BreakEven(key_ns=stroke.key_ns, seq=self._seq(), row=self.selected), stroke
        )

    def _cancel(self, row: int | None, stroke: Stroke) -> None:
        self._command(say.CancelEntries(key_ns=stroke.key_ns, seq=self._seq(), row=row), stroke)

    # -- moving and looking ------------------------------------------------------------------

    def symbol(self, row: int) -> str:
        """Trading symbol of a row."""
        return self.symbols[row] if 0 <= row < len(self.symbols) else f"row {row}"

    def select(self, row: int, stroke: Stroke) -> None:
        """Look at `row`."""
        if not self._guarded_drop(stroke) and 0 <= row < len(self.symbols):
            self.selected = row
            self._moved_ns = stroke.key_ns
            self._asked_focus.append(row)
            self._command(say.Focus(key_ns=stroke.key_ns, seq=self._seq(), row=row), stroke)

    def _guarded_drop(self, stroke: Stroke) -> bool:
        """A staged entry does not survive a look elsewhere; True when one was dropped."""
        if self._context() is not Context.STAGE:
            return False
        self._drop(stroke)
        return True

    def _walk(self, lines: int, stroke: Stroke) -> None:
        """Move the cursor of the list in front by `lines`."""
        panel = self.zoom or self.panel
        if panel is Panel.LOG:
            most = max(len(self.book.lines) - 1, 0)
            self.log_back = min(max(self.log_back - lines, 0), most)
            return
        rows = self._rows(panel)
        if rows:
            at = rows.index(self.selected) + lines if self.selected in rows else 0
            self.select(rows[min(max(at, 0), len(rows) - 1)], stroke)

    def _rows(self, panel: Panel) -> tuple[int, ...]:
        if panel is Panel.POSITIONS and self.snapshot is not None:
            ranked = sorted(
                self.snapshot.positions, key=lambda one: one.protection is Protection.CLOSED
            )
            return tuple(dict.fromkeys(one.row for one in ranked))
        return self.order.rows

    def _pick(self, stroke: Stroke) -> None:
        at = int(stroke.name) - 1 if stroke.name.isdecimal() else 0
        rows = self.order.rows
        if at < len(rows):
            self.select(rows[at], stroke)

    def _step_stock(self, step: int, stroke: Stroke) -> None:
        if self.symbols:
            self.select((self.selected + step) % len(self.symbols), stroke)

    def _find(self, _stroke: Stroke) -> None:
        self.asking = Question(Topic.FIND, "find:", "Enter looks | Esc leaves")

    def _turn_panel(self, step: int) -> None:
        self.panel = LISTS[(LISTS.index(self.panel) + step) % len(LISTS)]
        if self.zoom is not None:
            self.zoom = self.panel

    def _zoom(self, panel: Panel) -> None:
        self.zoom = None if self.zoom is panel else panel
        self.log_back = 0

    def _columns(self, _stroke: Stroke) -> None:
        self.cumulative = not self.cumulative

    def _help(self, _stroke: Stroke) -> None:
        self.help_open = True

    def _quit(self, _stroke: Stroke) -> None:
        positions, orders = self.at_risk()
        if not positions and not orders:
            self._wish(Wish.QUIT)
            return
        self.asking = Question(
            Topic.QUIT,
            f"{_count(positions, 'open position')}, {_count(orders, 'working order')}. Stay?",
            "Enter or Esc stays | F flattens all and stays | Y quits now",
        )

    # -- questions ---------------------------------------------------------------------------

    def _answer(self, question: Question, stroke: Stroke, verdict: Verdict) -> None:
        if stroke.name == "escape":
            self.asking = None
        elif question.topic in TYPED and stroke.name != "enter":
            self.asking = _typed(question, stroke)
        elif verdict is not Verdict.SINGLE and question.topic is not Topic.FIND:
            self.asking = None
            self.remark("keys came in a burst: the question was dropped", stroke.at)
        else:
            self._settle(question, stroke)

    def _settle(self, question: Question, stroke: Stroke) -> None:
        found = self.matches()
        self.asking = None
        head = {"key_ns": stroke.key_ns, "seq": self._seq()}
        if question.topic is Topic.QUIT:
            self._answer_quit(stroke)
        elif stroke.name != "enter":
            self.remark("left as it was", stroke.at)
        elif question.topic is Topic.ARM_LIVE:
            self._command(say.Arm(**head, word=question.typed), stroke)
        elif question.topic is Topic.RESET_KILL:
            self._command(say.ResetKill(**head, word=question.typed), stroke)
        elif question.topic is Topic.RESUME:
            self._command(say.Resume(**head), stroke)
        elif question.topic is Topic.AUTO_ON:
            self._command(say.AutoOn(**head), stroke)
        elif found:
            self.select(self.symbols.index(found[0]), stroke)
        else:
            self.remark(f"no stock matches {question.typed!r}", stroke.at)

    def _answer_quit(self, stroke: Stroke) -> None:
        if stroke.name in ("y", "Y"):
            self._wish(Wish.QUIT)
        elif stroke.name in ("f", "F"):
            self._command(say.Flatten(key_ns=stroke.key_ns, seq=self._seq()), stroke)
            self.remark("flattening everything; quit again once flat", stroke.at)

    # -- what is valid now ---------------------------------------------------------------------

    def valid(self, action_id: str) -> bool:
        """Whether an action can do something now; it is only shown dimmer when it cannot."""
        if self.snapshot is None:
            return action_id.startswith(("app.", "view.", "kill.latch"))
        rule = self._valid_when.get(action_id)
        if rule is not None:
            return rule(self.snapshot)
        return BY_ID[action_id].context is not Context.STAGE or self.snapshot.stage is not None

    def _validity(self) -> dict[str, Callable[[Snapshot], bool]]:
        """When an action is valid, for those that are not always."""
        return {
            "operator.arm": lambda now: not _killed(now) and not self.too_small,
            "operator.disarm": _ready,
            "stage.buy": _ready,
            "stage.sell": _ready,
            "stage.signal": lambda now: _ready(now) and now.stage is None,
            "stage.best": lambda now: _ready(now) and now.stage is None,
            "exit.flatten": lambda now: any(
                one.row == self.selected and _open(one) for one in now.positions
            ),
            "exit.flatten_all": lambda now: any(map(_open, now.positions)),
            "exit.break_even": lambda now: any(map(_open, now.positions)),
            "exit.cancel": lambda now: any(map(_working, now.orders)),
            "exit.cancel_all": lambda now: any(map(_working, now.orders)),
            "kill.reset": _killed,
            "view.acknowledge": lambda _now: bool(self.book.alarms()),
        }


def _ready(snapshot: Snapshot) -> bool:
    """Entries may be staged."""
    return snapshot.operator in (OperatorState.ARMED, OperatorState.STAGED)


def _killed(snapshot: Snapshot) -> bool:
    return snapshot.operator is OperatorState.KILLED


def _open(position: PositionRow) -> bool:
    return position.protection is not Protection.CLOSED


def _working(order: OrderRow) -> bool:
    return order.state not in ORDER_OVER


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _typed(question: Question, stroke: Stroke) -> Question:
    """The question with one key more typed."""
    if stroke.name == "backspace":
        return replace(question, typed=question.typed[:-1])
    if stroke.character and stroke.character.isprintable() and stroke.character.isascii():
        return replace(question, typed=(question.typed + stroke.character)[:TYPED_MOST])
    return question
