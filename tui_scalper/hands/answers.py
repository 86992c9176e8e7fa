"""What a key means while the console asks something."""

from __future__ import annotations

from typing import Final

from tui_scalper.core import commands as say
from tui_scalper.hands import asks
from tui_scalper.hands.grip import Grip, Wish
from tui_scalper.keyguard import Stroke, Verdict
from tui_scalper.keymap import Context, Kind
from tui_scalper.widgets.strip import TYPED, Question, Topic

HARMLESS: Final = frozenset({Topic.FIND, Topic.FILTER, Topic.SEEK})
"""Questions a burst of keys may answer."""
EDITING: Final = frozenset({"enter", "escape", "backspace", "space"})
"""Keys of the questions themselves that are no letters."""


class Answers:
    """Takes the keys while a question stands."""

    def __init__(self, grip: Grip) -> None:
        self._grip = grip

    def wants(self, question: Question, stroke: Stroke) -> bool:
        """Whether the key is an answer. What lowers the risk is none, except where one types."""
        if question.topic in TYPED and (len(stroke.name) == 1 or stroke.name in EDITING):
            return True
        if stroke.name in asks.KEYS.get(question.topic, ()):
            return True
        action = self._grip.keymap.find(Context.MAIN, stroke.name)
        return action is None or action.kind is not Kind.REDUCE

    def matches(self) -> tuple[str, ...]:
        """Symbols that fit what is typed after find."""
        asking = self._grip.asking
        if isinstance(asking, Question) and asking.topic is Topic.FIND:
            return self._grip.gaze.matches(asking.typed)
        return ()

    def take(self, question: Question, stroke: Stroke, verdict: Verdict) -> None:
        """Answer `question`, or type one letter of the answer."""
        if stroke.name == "escape":
            self._grip.asking = None
            if question.topic is Topic.FILTER:
                self._grip.gaze.filter = ""
        elif question.topic in TYPED and stroke.name != "enter":
            self._type(asks.typed(question, stroke))
        elif verdict is not Verdict.SINGLE and question.topic not in HARMLESS:
            self._grip.asking = None
            self._grip.remark("keys came in a burst: the question was dropped", stroke.at)
        else:
            self._settle(question, stroke)

    def _type(self, question: Question) -> None:
        self._grip.asking = question
        if question.topic is Topic.FILTER:
            self._grip.gaze.filter = question.typed

    def _settle(self, question: Question, stroke: Stroke) -> None:
        found = self.matches()
        grip, topic = self._grip, question.topic
        grip.asking = None
        if topic is Topic.QUIT:
            self._leave(stroke)
        elif stroke.name != "enter":
            grip.answer("left as it was", stroke.at)
        elif topic is Topic.OUTSIDE:
            grip.asking = asks.ARM_LIVE
        elif topic in asks.CONSENT:
            grip.tell(asks.CONSENT[topic], stroke, **asks.terms(question))
        elif topic is Topic.SEEK:
            grip.wanted_time = question.typed
            grip.wish(Wish.SEEK_TAPE)
        elif found:
            grip.select(grip.gaze.symbols.index(found[0]), stroke)
        elif topic is Topic.FIND:
            grip.remark(f"no stock matches {question.typed!r}", stroke.at)

    def _leave(self, stroke: Stroke) -> None:
        if stroke.name in ("y", "Y"):
            self._grip.wish(Wish.QUIT)
        elif stroke.name in ("f", "F"):
            self._grip.tell(say.Flatten, stroke)
            self._grip.answer("flattening everything; quit again once flat", stroke.at)
