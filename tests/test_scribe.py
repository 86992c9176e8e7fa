"""What a journal keeps of the pictures: every line once, every change, the most and the least."""

from __future__ import annotations

import msgspec
from engine_rig import START, Rig
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core import commands as cm
from tui_scalper.core.lives import MISSED
from tui_scalper.core.picture import take_picture
from tui_scalper.core.scribe import COUNT_NS, Counted, Said, Scribe, Stood, most_used
from tui_scalper.core.snapshot import (
    Latency,
    Limit,
    LimitUnit,
    LogLine,
    OperatorState,
    Severity,
    Snapshot,
    Tally,
)


def picture(rig: Rig, **changes: object) -> Snapshot:
    seen = take_picture(rig.engine, 1, rig.now, Latency())
    return msgspec.structs.replace(seen, **changes)


def kinds(found: tuple[object, ...]) -> list[str]:
    return [type(one).__name__ for one in found]


def test_nothing_new_is_nothing_kept():
    rig = Rig().open_market()
    scribe = Scribe()
    first = scribe.look(picture(rig))
    assert kinds(first) == ["Said"] * (len(first) - 1) + ["Stood"]
    assert scribe.look(picture(rig)) == ()


def test_a_change_of_state_is_kept_with_what_was_said_of_it():
    rig = Rig().open_market()
    scribe = Scribe()
    scribe.look(picture(rig))
    rig.press(cm.Arm)
    said, stood = scribe.look(picture(rig))
    assert isinstance(said, Said)
    assert (said.severity, said.said_ns) == (Severity.WARN, START)
    assert isinstance(stood, Stood)
    assert stood.operator is OperatorState.ARMED


@given(st.lists(st.integers(0, 9), max_size=8))
def test_every_line_is_kept_once_and_in_order(batches: list[int]):
    plain = picture(Rig().open_market(), log=())
    scribe, written, kept = Scribe(), 0, []
    for count in batches:
        written += count
        lines = [LogLine(number, START, Severity.INFO, "x") for number in range(1, written + 1)]
        seen = msgspec.structs.replace(plain, log=tuple(lines[-9:]))
        kept += [one.number for one in scribe.look(seen) if isinstance(one, Said)]
    assert kept == list(range(1, written + 1))


def test_counts_come_by_the_minute():
    plain = picture(Rig().open_market(), log=())
    scribe = Scribe()
    times = [START + number * COUNT_NS // 4 for number in range(13)]
    looked = [scribe.look(msgspec.structs.replace(plain, at_ns=at)) for at in times]
    assert [at for at, found in zip(times, looked, strict=True) if "Counted" in kinds(found)] == [
        START + COUNT_NS,
        START + 2 * COUNT_NS,
        START + 3 * COUNT_NS,
    ]


def test_signals_whose_lives_found_no_room_are_counted():
    rig = Rig().open_market()
    rig.engine.table.market.lives.head[MISSED] = 3
    scribe = Scribe()
    scribe.look(picture(rig))
    assert scribe.counts.lives_missed == 3


RESULTS = st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=12)


@given(RESULTS)
def test_best_worst_and_fall_are_of_the_result_after_costs(results: list[int]):
    plain = picture(Rig().open_market())
    scribe = Scribe()
    for result in results:
        tally = Tally(realised=result + 70, costs=100, open_pnl=30)
        scribe.look(msgspec.structs.replace(plain, tally=tally))
    way = [0, *results]
    assert scribe.counts.best == max(way)
    assert scribe.counts.worst == min(way)
    falls = [a - b for number, a in enumerate(way) for b in way[number:]]
    assert scribe.counts.drawdown == max(falls)


def limit(name: str, used: int) -> Limit:
    return Limit(name, used, 10, LimitUnit.COUNT)


def test_of_each_limit_the_most_is_kept():
    before = (limit("a", 5), limit("b", 1))
    assert most_used((), before) == before
    now = (limit("b", 2), limit("a", 4), limit("c", 0))
    assert most_used(before, now) == (limit("b", 2), limit("a", 5), limit("c", 0))


def test_a_run_without_a_picture_has_nothing_to_count():
    assert Scribe().counts == Counted()
