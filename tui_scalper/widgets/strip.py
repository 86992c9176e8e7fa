"""The action strip: two lines below the ladders where everything that waits for a key stands.

It shows, by urgency: a burning fuse, a question, the staged entry, the kill checklist, an
alarm nobody has acknowledged, and otherwise what can be done next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tui_scalper.core.prices import Pricing
from tui_scalper.core.snapshot import OperatorState, Snapshot, StageView
from tui_scalper.widgets import text
from tui_scalper.widgets.banner import mode_face, profit_line
from tui_scalper.widgets.lines import Line, LinePanel, fit, spread, width_of
from tui_scalper.widgets.palette import Role

PRICED: Final = {Pricing.TAKE: "take to", Pricing.JOIN: "join at", Pricing.LIMIT: "limit"}
STRIP_LINES: Final = 2
FUSE_SECONDS: Final = 1.5
FUSE_CELLS: Final = 15
QUESTION_EDGES: Final = 4
"""Blanks around the mode and the words of a question."""


@dataclass(frozen=True)
class Fuse:
    """A key that waits for its second tap until `until` (seconds, monotonic)."""

    action: str
    row: int
    text: str
    began: float

    @property
    def until(self) -> float:
        """When the first tap is forgotten."""
        return self.began + FUSE_SECONDS


class Topic(StrEnum):
    """What a question is about."""

    ARM_LIVE = "arm live"
    OUTSIDE = "arm live outside tmux"
    RESET_KILL = "reset kill"
    RESUME = "resume"
    AUTO_ON = "auto on"
    AUTO_STOCK_ON = "auto on for a stock"
    UNSKIP = "enter a stock again"
    FIND = "find"
    FILTER = "filter"
    SEEK = "seek"
    QUIT = "quit"


TYPED: Final = frozenset({Topic.ARM_LIVE, Topic.RESET_KILL, Topic.FIND, Topic.FILTER, Topic.SEEK})
"""Questions answered by typing; the others by one key."""


@dataclass(frozen=True)
class Question:
    """Something the console asks; `typed` is the answer so far."""

    topic: Topic
    text: str
    keys: str
    typed: str = ""
    row: int | None = None
    """The stock it is about, where it is about one."""


Asking = Fuse | Question | None


@dataclass(frozen=True)
class StripView:
    """What the strip is told besides the snapshot."""

    asking: Asking = None
    alarm: str = ""
    """The alarm in front, in words; empty when there is none."""
    alarms: int = 0
    """How many there are."""
    flood: int = 0
    """How many came in ten minutes, when they are too many to attend to; else 0."""
    alarm_keys: str = ""
    """Which keys acknowledge and shelve it."""
    matches: tuple[str, ...] = ()
    hint: str = ""
    sent: bool = False
    """The staged entry was confirmed and awaits the engine."""
    send_key: str = ""
    """Which key sends a staged entry."""
    stage_keys: tuple[str, ...] = ()
    """What else its keys do, the most urgent first; what has no room is left out."""
    reset_key: str = ""
    """Which key releases the kill latch."""
    speed: float = 1.0
    """Market seconds in a second of the operator's."""
    with_day: bool = False
    """The banner has no second line, so the day stands here."""


def strip_lines(
    snapshot: Snapshot, view: StripView, *, now_ns: int, monotonic: float, width: int
) -> tuple[Line, Line]:
    """Both lines."""
    if isinstance(view.asking, Fuse):
        return _fuse(view.asking, monotonic, width)
    if isinstance(view.asking, Question):
        return _question(snapshot, view, view.asking, width)
    if snapshot.stage is not None:
        return _stage(snapshot, snapshot.stage, view, now_ns, width)
    if snapshot.operator is OperatorState.KILLED:
        return _killed(snapshot, view, width)
    return _idle(snapshot, view, width)


def _fuse(fuse: Fuse, monotonic: float, width: int) -> tuple[Line, Line]:
    left = max(0.0, min(1.0, (fuse.until - monotonic) / FUSE_SECONDS))
    burning = text.bar(round(left * FUSE_CELLS * 8), FUSE_CELLS)
    return (
        fit(((f" ! {fuse.text}", Role.ALARM),), width, Role.ALARM),
        fit(
            (
                ("   same key again ", Role.STRIP),
                (burning, Role.OWN),
                (" any other key forgets", Role.STRIP),
            ),
            width,
            Role.STRIP,
        ),
    )


def _question(
    snapshot: Snapshot, view: StripView, question: Question, width: int
) -> tuple[Line, Line]:
    word, role = mode_face(snapshot.mode)
    answer = f"{question.typed}_" if question.topic in TYPED else ""
    room = width - len(word) - len(answer) - QUESTION_EDGES
    asked = text.cut(question.text, room)
    ask: Line = ((f" {word} ", role), (f" {asked} ", Role.STRIP), (answer, Role.OWN))
    below = question.keys
    if view.matches:
        below = f"{'  '.join(view.matches)}   {below}"
    return fit(ask, width, Role.STRIP), fit(((f"   {below}", Role.STRIP),), width, Role.STRIP)


def _stage(
    snapshot: Snapshot, stage: StageView, view: StripView, now_ns: int, width: int
) -> tuple[Line, Line]:
    word, mode_role = mode_face(snapshot.mode)
    side_role = Role.BID_BEST if stage.side > 0 else Role.ASK_BEST
    share = f" ({stage.percent} %)" if stage.percent < 100 else ""
    what = f" {text.SIDE_TEXT[stage.side]} {stage.quantity}{share} {stage.symbol} "
    then = "close, then " if stage.reverses else ""
    order = f"{then}{PRICED[stage.pricing]} {text.price(stage.price)}"
    terms = (
        f" = {text.money(stage.notional, snapshot.currency)}",
        f" → {stage.resulting:+d}",
        f" | stop {text.price(stage.stop)}",
        f" tgt {text.price(stage.target)}",
    )
    head: Line = ((f" {word} ", mode_role), (what, side_role), (order, Role.STRIP))
    first = whole(head, terms, width)
    left = int(max(stage.expires_ns - now_ns, 0) / view.speed)
    loss = f" max loss {text.money(stage.max_loss, snapshot.currency)} "
    clock = f"| book {text.tenths(stage.book_age_ns)} | {text.tenths(left)} left "
    figures: Line = ((loss, Role.WARN), (clock, Role.STRIP))
    if view.sent:
        keys: Line = ((" SENT, awaiting the engine ", Role.STAGED),)
    elif stage.refusal:
        keys = ((f" ! refused now: {stage.refusal} ", Role.ALARM),)
    else:
        send: Line = ((f" {view.send_key} send ", Role.STAGED),)
        keys = whole(send, view.stage_keys, width - width_of(figures))
    return fit(first, width, Role.STRIP), spread(keys, figures, width, Role.STRIP)


def whole(head: Line, terms: Sequence[str], width: int) -> Line:
    """`head` and as many of `terms`, in their order, as are not cut: half a price is another."""
    words = ""
    for term in terms:
        if width_of(head) + len(words) + len(term) > width:
            break
        words += term
    return (*head, (words, Role.STRIP))


def _killed(snapshot: Snapshot, view: StripView, width: int) -> tuple[Line, Line]:
    steps: Line = tuple(
        (f" {'✓' if done else '…'} {name} ", Role.GOOD if done else Role.WARN)
        for name, done in snapshot.kill_steps
    )
    key = view.reset_key
    say = f" ✖ KILLED: no entry leaves until the latch is released with {key} and the word RESET"
    return (
        fit(((say, Role.KILLED),), width, Role.KILLED),
        fit(steps or ((" waiting for the engine's checklist", Role.WARN),), width, Role.STRIP),
    )


def _idle(snapshot: Snapshot, view: StripView, width: int) -> tuple[Line, Line]:
    first: Line = ((f" {view.hint}", Role.STRIP),)
    announced: Line = ()
    if snapshot.disarmed_why and snapshot.operator is OperatorState.DISARMED:
        announced = ((f" ! DISARMED: {snapshot.disarmed_why} ", Role.WARN),)
        first = (*announced, *first)
    if view.alarm:
        more = f" (+{view.alarms - 1} more)" if view.alarms > 1 else ""
        more = f"{more} FLOOD {view.flood} in 10m" if view.flood else more
        first = spread(
            ((f" ‼ {view.alarm}", Role.ALARM),),
            ((f"{more} {view.alarm_keys} ", Role.ALARM),),
            width,
            Role.ALARM,
        )
    second: Line = ()
    if view.alarm and announced:
        second = announced
    elif view.with_day:
        second = profit_line(snapshot, width=width)
    elif snapshot.tally.blocked:
        second = _why_quiet(snapshot)
    return fit(first, width, Role.STRIP), fit(second, width, Role.STRIP)


def _why_quiet(snapshot: Snapshot) -> Line:
    """What holds back most stocks just now."""
    worst = sorted(snapshot.tally.blocked, key=lambda pair: -pair[1])[:4]
    words = "  ".join(f"{name.replace('_', ' ')} {count}" for name, count in worst)
    return ((f" signals {snapshot.tally.signals}   held back: {words}", Role.DIM),)


class StripPanel(LinePanel):
    """The action strip on the screen."""

    GROUND = Role.STRIP

    def draw(self, snapshot: Snapshot, view: StripView, *, now_ns: int, monotonic: float) -> None:
        """Show what waits for the operator."""
        width = self.extent.width
        self.show(strip_lines(snapshot, view, now_ns=now_ns, monotonic=monotonic, width=width))
