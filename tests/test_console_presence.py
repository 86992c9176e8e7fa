"""Whether anybody can be at the screen, as the engine is told."""

from __future__ import annotations

from console_rig import console
from console_snapshots import NOON, order, position, snapshot

from tui_scalper.core.commands import Attend, Disarm, UiBack, UiLost
from tui_scalper.core.snapshot import OperatorState, Snapshot
from tui_scalper.core.venues import Phase
from tui_scalper.presence import Presence
from tui_scalper.runtime.store import CommandQueue
from tui_scalper.unseen import is_needed


def told(queue: CommandQueue) -> list[type]:
    return [type(one) for one in queue.drain()]


def test_a_screen_is_lost_once_and_comes_back_once():
    queue = CommandQueue()
    presence = Presence(queue.put, lost_after=5.0, attended=False)
    for behind in (0.0, 4.9, 5.0, 5.1, 60.0):
        presence.look(100.0, behind, NOON)
    (lost,) = queue.drain()
    assert isinstance(lost, UiLost)
    assert lost.why == "the terminal takes no output for 5 s"
    for behind in (1.0, 0.0, 0.0, 6.0):
        presence.look(200.0, behind, NOON)
    assert told(queue) == [UiBack, UiLost]


def test_what_a_full_queue_refuses_is_told_with_the_next_look():
    queue = CommandQueue(1)
    queue.put(Attend(key_ns=NOON))
    presence = Presence(queue.put, lost_after=5.0, attended=False)
    presence.look(100.0, 6.0, NOON)
    assert told(queue) == [Attend]
    presence.look(100.1, 6.1, NOON)
    assert told(queue) == [UiLost]


def test_a_sign_is_given_once_a_second_while_frames_are_taken():
    queue = CommandQueue()
    presence = Presence(queue.put, lost_after=5.0, attended=True)
    for tenth in range(21):
        presence.look(100.0 + tenth / 10, 0.0, NOON)
    assert told(queue) == [Attend] * 3
    presence.look(110.0, 0.1, NOON)
    assert told(queue) == []


async def test_output_nobody_takes_disarms_and_then_loses_the_screen():
    armed = snapshot(operator=OperatorState.ARMED)
    async with console(armed, lost_after=5.0) as rig:
        rig.backlog = 3
        for _ in range(4):
            rig.app._tick()
            rig.seconds += 2.0
        assert [type(one) for one in rig.commands()] == [Disarm, UiLost]
        rig.backlog = 0
        rig.app._tick()
        assert [type(one) for one in rig.commands()] == [UiBack]


def at_rest(**changes: object) -> Snapshot:
    return snapshot(**{"positions": (), "orders": (), **changes})


def test_a_run_without_a_screen_is_needed_while_something_is_open_or_may_be_entered():
    auto = {"auto": True, "operator": OperatorState.ARMED}
    assert is_needed(at_rest(positions=(position(1),)))
    assert is_needed(at_rest(orders=(order(1, 1),)))
    assert is_needed(at_rest(**auto))
    assert not is_needed(at_rest())
    assert not is_needed(at_rest(operator=OperatorState.ARMED)), "nobody can press a key"
    assert not is_needed(at_rest(**auto, paused=True))
    assert not is_needed(at_rest(**auto, phase=Phase.CLOSED))
    assert not is_needed(at_rest(auto=True, operator=OperatorState.KILLED))
