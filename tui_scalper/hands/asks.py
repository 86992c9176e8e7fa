"""What the console asks before it asks the engine, and what an answer sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from tui_scalper.core import commands as say
from tui_scalper.core.snapshot import OperatorState, Snapshot, TradingState
from tui_scalper.keyguard import Stroke
from tui_scalper.widgets.strip import TYPED, Question, Topic
from tui_scalper.widgets.text import counted

TYPED_MOST: Final = 24

CONSENT: Final[dict[Topic, Callable[..., say.AnyCommand]]] = {
    Topic.ARM_LIVE: say.Arm,
    Topic.RESET_KILL: say.ResetKill,
    Topic.RESUME: say.Resume,
    Topic.AUTO_ON: say.AutoOn,
    Topic.AUTO_STOCK_ON: say.AutoStockOn,
    Topic.UNSKIP: say.UnskipStock,
}
"""What Enter sends in answer to a question; a typed answer goes along as the word."""

KEYS: Final[Mapping[Topic, frozenset[str]]] = {Topic.QUIT: frozenset("yYfF")}
"""Letters that answer a question, whatever else they are bound to."""

ARM_LIVE: Final = Question(
    Topic.ARM_LIVE, "real money: type LIVE to arm:", "Enter arms | Esc stays disarmed"
)
OUTSIDE: Final = Question(
    Topic.OUTSIDE,
    "outside tmux and screen a stalled link freezes the keys. Arm LIVE?",
    "Enter goes on | any other key stays disarmed",
)
RESUME: Final = Question(
    Topic.RESUME, "resume entries?", "Enter resumes | any other key stays paused"
)
AUTO_ON: Final = Question(
    Topic.AUTO_ON,
    "AUTO on: the engine sends the strongest signal by itself?",
    "Enter turns it on | any other key leaves it off",
)
FIND: Final = Question(Topic.FIND, "go to:", "Enter looks | Esc leaves")
FILTER: Final = Question(Topic.FILTER, "filter:", "Enter keeps it | Esc shows everything again")
SEEK: Final = Question(
    Topic.SEEK, "go to time HH:MM[:SS]:", "Enter goes, back or ahead | Esc leaves"
)
LATCHED: Final = frozenset({TradingState.REDUCING, TradingState.HALTED})


def auto_stock_on(row: int, symbol: str) -> Question:
    """Whether the engine may enter `row` by itself again."""
    return Question(
        Topic.AUTO_STOCK_ON,
        f"{symbol}: may the engine enter it by itself again?",
        "Enter: it may | any other key: only by hand",
        row=row,
    )


def unskip(row: int, symbol: str) -> Question:
    """Whether `row` may be entered again today."""
    return Question(
        Topic.UNSKIP,
        f"{symbol} is skipped for today: enter it again?",
        "Enter: it may be entered | any other key: it stays skipped",
        row=row,
    )


def reset(now: Snapshot) -> Question | None:
    """What would be released and what that leads to; None when nothing is latched."""
    latched = []
    if now.operator is OperatorState.KILLED:
        latched.append("the kill latch")
    if now.trading in LATCHED:
        latched.append(f"{now.trading.value} ({now.trading_text})")
    if not latched:
        return None
    held = len(now.positions)
    keys = "Enter: for every stock and later run; disarmed, auto off after | Esc stays"
    if held:
        keys = f"{held} not flat yet: it will be refused until every position is | Esc stays"
    return Question(Topic.RESET_KILL, f"type RESET to release {' and '.join(latched)}:", keys)


def quit_question(positions: int, orders: int) -> Question:
    """What leaving would leave behind."""
    return Question(
        Topic.QUIT,
        f"{counted(positions, 'open position')}, {counted(orders, 'working order')}. Stay?",
        "Enter or Esc stays | F flattens all and stays | Y quits now",
    )


def terms(question: Question) -> dict[str, Any]:
    """What the answer says besides yes."""
    if question.topic in TYPED:
        return {"word": question.typed}
    return {} if question.row is None else {"row": question.row}


def typed(question: Question, stroke: Stroke) -> Question:
    """The question with one key more typed."""
    if stroke.name == "backspace":
        return replace(question, typed=question.typed[:-1])
    if stroke.character and stroke.character.isprintable() and stroke.character.isascii():
        return replace(question, typed=(question.typed + stroke.character)[:TYPED_MOST])
    return question
