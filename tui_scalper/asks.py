"""What the console asks before it asks the engine, and what an answer sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tui_scalper.core import commands as say
from tui_scalper.keyguard import Stroke
from tui_scalper.widgets.strip import Question, Topic

TYPED_MOST: Final = 24

CONSENT: Final[dict[Topic, Callable[..., say.AnyCommand]]] = {
    Topic.ARM_LIVE: say.Arm,
    Topic.RESET_KILL: say.ResetKill,
    Topic.RESUME: say.Resume,
    Topic.AUTO_ON: say.AutoOn,
}
"""What Enter sends in answer to a question; typed answers go along as the word."""

ARM_LIVE: Final = Question(
    Topic.ARM_LIVE, "real money: type LIVE to arm:", "Enter arms | Esc stays disarmed"
)
RESUME: Final = Question(
    Topic.RESUME, "resume entries?", "Enter resumes | any other key stays paused"
)
AUTO_ON: Final = Question(
    Topic.AUTO_ON,
    "AUTO on: the engine sends the strongest signal by itself?",
    "Enter turns it on | any other key leaves it off",
)
RESET_KILL: Final = Question(
    Topic.RESET_KILL,
    "release the kill latch; you will be disarmed. Type RESET:",
    "Enter releases | Esc stays killed",
)
FIND: Final = Question(Topic.FIND, "go to:", "Enter looks | Esc leaves")
FILTER: Final = Question(Topic.FILTER, "filter:", "Enter keeps it | Esc shows everything again")


def quit_question(positions: int, orders: int) -> Question:
    """What leaving would leave behind."""
    return Question(
        Topic.QUIT,
        f"{_count(positions, 'open position')}, {_count(orders, 'working order')}. Stay?",
        "Enter or Esc stays | F flattens all and stays | Y quits now",
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def typed(question: Question, stroke: Stroke) -> Question:
    """The question with one key more typed."""
    if stroke.name == "backspace":
        return replace(question, typed=question.typed[:-1])
    if stroke.character and stroke.character.isprintable() and stroke.character.isascii():
        return replace(question, typed=(question.typed + stroke.character)[:TYPED_MOST])
    return question
