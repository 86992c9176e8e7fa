"""The one door for keys: what a machine typed, what came late, what nobody bound stays out.

Whether a command is allowed is the engine's to say. The door keeps the hands honest (held
keys, floods, double sends, pastes, Caps Lock) and asks before it asks the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_scalper.core import commands as say
from tui_scalper.core.snapshot import Snapshot
from tui_scalper.gaze import Gaze, is_ready
from tui_scalper.hands import asks
from tui_scalper.hands.answers import Answers
from tui_scalper.hands.entries import Entries
from tui_scalper.hands.exits import Exits
from tui_scalper.hands.grip import Grip, Handler, HandRules, Wish
from tui_scalper.hands.looking import Looking
from tui_scalper.hands.operating import Operating
from tui_scalper.hands.resting import Resting
from tui_scalper.keyguard import Debounce, KeyGuard, Stroke, Verdict
from tui_scalper.keymap import Action, Context, Keymap, Kind
from tui_scalper.widgets.footer import Notice
from tui_scalper.widgets.strip import Asking, Fuse, Question

BLIND_SECONDS: Final = 0.25
"""A screen older than this shows another market than the one the key would act on."""
BELL_SECONDS: Final = 5.0


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
        self.greeting = False
        """Lines for a newcomer stand over the ladders; any key takes them away."""
        self.grip = Grip(gaze, keymap, put, wish, rules)
        self._resting = Resting(keymap)
        self._entries = Entries(self.grip, self._resting)
        self._answers = Answers(self.grip)
        self._guard = KeyGuard()
        self._debounce = Debounce()
        self._blind = 0.0
        """By how many seconds the screen is too old to act on; 0 when it is not."""
        self._rang = float("-inf")
        self._handlers: dict[str, Handler] = {
            **self._entries.table(),
            **Exits(self.grip).table(),
            **Operating(self.grip).table(),
            **Looking(self.grip, self._open_help).table(),
        }

    # -- what the screen shows of it -------------------------------------------------------------

    @property
    def asking(self) -> Asking:
        """What waits for an answer."""
        return self.grip.asking

    @property
    def notice(self) -> Notice | None:
        """The short answer to the last key."""
        return self.grip.notice

    @property
    def stage_sent(self) -> bool:
        """The staged entry on the screen was confirmed already."""
        return self._entries.sent

    @property
    def strip_rests(self) -> bool:
        """A strip ended by itself a moment ago: its keys do nothing."""
        return self._resting.now

    def matches(self) -> tuple[str, ...]:
        """Symbols that fit what is typed after find."""
        return self._answers.matches()

    # -- what happens without a key ------------------------------------------------------------

    def see(self, snapshot: Snapshot, *, now_ns: int, monotonic: float) -> None:
        """Take in the newest snapshot and let old fuses and notices go out."""
        self._resting.see(self.gaze.snapshot, snapshot, monotonic)
        rings, focus = self.gaze.see(snapshot, now_ns=now_ns, monotonic=monotonic)
        if focus is not None:
            self.grip.put(say.Focus(key_ns=now_ns, seq=snapshot.seq, row=focus))
        if rings and self.grip.rules.bell and monotonic - self._rang >= BELL_SECONDS:
            self._rang = monotonic
            self.grip.wish(Wish.BELL)
        self.expire(monotonic)

    def shown(self, snapshot: Snapshot) -> None:
        """This snapshot is on its way to the terminal."""
        self.grip.drawn = snapshot

    def expire(self, monotonic: float) -> None:
        """Forget a burnt fuse and a notice that was shown long enough."""
        self.grip.expire(monotonic)
        self._resting.expire(monotonic)

    def remark(self, text: str, monotonic: float) -> None:
        """Say what was not done and why, or what needs a look."""
        self.grip.remark(text, monotonic)

    def answer(self, text: str, monotonic: float) -> None:
        """Say what was done."""
        self.grip.answer(text, monotonic)

    def resized(self, *, too_small: bool, key_ns: int) -> None:
        """The terminal changed size; under the least size nothing stays armed, not even auto."""
        now = self.gaze.snapshot
        if too_small and not self.gaze.too_small and now is not None and is_ready(now):
            self.grip.put(say.Disarm(key_ns=key_ns, seq=now.seq, why="the screen was too small"))
        self.gaze.too_small = too_small

    def lagging(self, *, lag: bool, key_ns: int) -> None:
        """The link to the screen became slow, or good again; on a slow one nothing stays armed."""
        if lag and not self.gaze.lag:
            self.grip.disarm(key_ns, "the link to the screen is too slow")
        self.gaze.lag = lag

    def blurred(self, key_ns: int) -> None:
        """The terminal lost the keyboard: an armed hand is disarmed, auto goes on."""
        self.grip.disarm(key_ns, "the terminal lost the keyboard")

    def pasted(self, monotonic: float, key_ns: int) -> None:
        """Text was pasted: it never acts, and a hand that pastes is not at its keys."""
        self.grip.disarm(key_ns, "text was pasted")
        self.remark("pasted text is ignored", monotonic)

    # -- keys ----------------------------------------------------------------------------------

    def press(self, stroke: Stroke, behind: float = 0.0) -> None:
        """Handle one key; the screen the hand saw is `behind` seconds old."""
        verdict = self._guard.judge(stroke)
        self._blind = behind if behind > BLIND_SECONDS else 0.0
        self.expire(stroke.at)
        # Where the screen is too small for a greeting, nobody sees one.
        greeted, self.greeting = self.greeting and not self.gaze.too_small, False
        asking = self.asking
        if isinstance(asking, Question) and self._answers.wants(asking, stroke):
            self._answer(asking, stroke, verdict)
            return
        if self._resting.holds(stroke.name):
            self.grip.asking = None
            self.remark(f"{stroke.name!r} was the strip's key, and the strip is gone", stroke.at)
            return
        action = self._find(stroke)
        if self.help_open:
            # The page hides the market: its closing key may only do what lowers the risk.
            self.help_open = action is not None and self._turns_page(action)
            if action is None or action.kind is not Kind.REDUCE:
                return
        if greeted and (action is None or action.kind is not Kind.REDUCE):
            return
        if action is None:
            if verdict is not Verdict.REPEAT:
                self._unbound(stroke)
        elif self._is_clean(action, stroke, verdict):
            self._perform(action, stroke)

    def _answer(self, question: Question, stroke: Stroke, verdict: Verdict) -> None:
        consents = question.topic in asks.CONSENT and stroke.name == "enter"
        if consents and self._blind:
            self._refuse_blind(stroke)
        else:
            self._answers.take(question, stroke, verdict)

    def _context(self) -> Context:
        now = self.gaze.snapshot
        staged = now is not None and now.stage is not None
        return Context.STAGE if staged else Context.MAIN

    def _find(self, stroke: Stroke) -> Action | None:
        """The action of a key; Caps Lock keeps no key from lowering the risk."""
        context = self._context()
        action = self.keymap.find(context, stroke.name)
        if action is not None or not self._is_capital(stroke):
            return action
        if self.keymap.find(Context.MAIN, stroke.name) is not None:
            return None
        small = self.keymap.find(context, stroke.name.lower())
        return small if small is not None and small.kind is Kind.REDUCE else None

    @staticmethod
    def _is_capital(stroke: Stroke) -> bool:
        return len(stroke.name) == 1 and stroke.name.isascii() and stroke.name.isupper()

    def _is_clean(self, action: Action, stroke: Stroke, verdict: Verdict) -> bool:
        """Whether a hand pressed this key; moving about may repeat."""
        if verdict is Verdict.REPEAT:
            return action.kind is Kind.MOVE
        if action.kind is Kind.INCREASE:
            return self._may_increase(stroke, verdict)
        return True

    def _may_increase(self, stroke: Stroke, verdict: Verdict) -> bool:
        if self._blind:
            self._refuse_blind(stroke)
        elif verdict is Verdict.BURST:
            self.grip.disarm(stroke.key_ns, "keys came in a burst")
            self.remark("keys came in a burst: nothing that adds risk was done", stroke.at)
            self._entries.drop(stroke)
        return not self._blind and verdict is not Verdict.BURST

    def _refuse_blind(self, stroke: Stroke) -> None:
        """Nobody adds risk by a picture that is old."""
        self.grip.asking = None
        words = f"the screen is {self._blind:.1f} s behind: nothing that adds risk was done"
        self.remark(words, stroke.at)
        self._entries.drop(stroke)

    def _turns_page(self, action: Action) -> bool:
        """Whether the help key turned to another page."""
        self.help_page += 1
        return action.id == "view.help" and self.help_page < self.help_pages

    def _open_help(self) -> None:
        self.help_open, self.help_page = True, 0

    def _unbound(self, stroke: Stroke) -> None:
        if self._context() is Context.STAGE:
            if self._entries.held(stroke):
                return
            self._entries.drop(stroke)
            self.remark(f"{stroke.name!r} is no key of a staged entry: dropped", stroke.at)
        elif stroke.name == "escape":
            self.grip.asking = None
            self.gaze.clear()
        elif stroke.character and not stroke.character.isascii():
            self.remark(f"{stroke.character!r} is no key; is the keyboard layout Latin?", stroke.at)
        else:
            self.remark(self._hint(stroke), stroke.at)

    def _hint(self, stroke: Stroke) -> str:
        """What to say of a key that nothing is bound to."""
        label = self.keymap.label("view.help")
        caps = self._is_capital(stroke) and self.keymap.find(Context.MAIN, stroke.name.lower())
        asked = "; is Caps Lock on?" if caps else ";"
        return f"{stroke.name!r} is not bound{asked} {label} shows the keys"

    def _perform(self, action: Action, stroke: Stroke) -> None:
        fuse = self.asking
        burning = isinstance(fuse, Fuse) and fuse.action == action.id
        row = self.gaze.selected
        if not burning and self._debounce.too_soon(action, row, stroke.at):
            return
        if fuse is not None and not burning:
            self.grip.asking = None
            if isinstance(fuse, Fuse) and action.kind is Kind.INCREASE:
                # The fuse stands where the staged entry would: what adds risk must be seen first.
                return
        self._debounce.acted(action, row, stroke.at)
        self._handlers[action.id](stroke)
