"""R4: killed after every journal record of many runs, the next engine agrees with the broker."""

from __future__ import annotations

from collections import Counter

import pytest
from restart_world import KilledError, Last, World

from tui_scalper.core import commands as cm
from tui_scalper.core.config import Style
from tui_scalper.core.snapshot import Protection, TradingState
from tui_scalper.core.units import NS
from tui_scalper.exchange.orders import OrderType, Status
from tui_scalper.soak.claims import Claim, Result

RUNS = 20
STYLED = [(Style.ENGINE, seed) for seed in range(RUNS)] + [
    (Style.BROKER, seed) for seed in range(RUNS // 4)
]
LENGTH = 60 * NS
SETTLE = 8 * NS
GUARDED = frozenset({Protection.PROTECTED, Protection.TAKING, Protection.EXITING})


def play(world: World) -> None:
    """A stretch of automatic trading."""
    world.live_on(world.now + NS)
    world.press(cm.Arm, cm.AutoOn)
    world.live_on(world.now + LENGTH)


def records_of(seed: int, style: Style) -> int:
    world = World(seed, style)
    play(world)
    return len(world.records)


def restarted(seed: int, style: Style, kill_at: int, forget: int = 0) -> World:
    """The world of `seed`, killed after record `kill_at`, with its next engine settled.

    The last `forget` records never reached the disk (a power cut).
    """
    world = World(seed, style)
    world.kill_at = kill_at
    world.last = Last.SENT if kill_at % 2 else Last.LOST
    try:
        play(world)
    except KilledError:
        world.kill_at = -1
        if forget:
            del world.records[max(len(world.records) - forget, 1) :]
            world.boot()
        world.start()
    world.live_on(world.now + SETTLE)
    world.fall_silent()
    return world


def check(world: World, where: str) -> None:
    engine, exchange = world.engine, world.exchange
    assert engine.trading is TradingState.ACTIVE, where
    tags = Counter(order.asked.tag for order in exchange.orders() if not order.parent_id)
    assert max(tags.values(), default=0) <= 1, f"{where}: doubled {tags}"
    held = {one.row: one.quantity for one in exchange.positions() if one.quantity}
    ours = {
        row: position.held * position.side
        for row, position in engine.desk.positions.items()
        if position.held
    }
    assert ours == held, where
    for row, position in engine.desk.positions.items():
        if position.held:
            assert position.protection() in GUARDED, f"{where}: {position.protection()}"
            exits = [
                one
                for one in exchange.live_orders()
                if one.row == row and one.asked.side is position.side.opposite
            ]
            assert len(exits) <= 1, f"{where}: {len(exits)} live exits"
    for order in exchange.live_orders():
        if order.status is Status.TRIGGER_PENDING:
            assert order.asked.type is OrderType.STOP_LIMIT
            assert order.row in ours, f"{where}: a stop guards nothing"


@pytest.mark.parametrize(("style", "seed"), STYLED)
@pytest.mark.parametrize("longest", [0, 8], ids=["R4 kill", "R5 power cut"])
def test_killed_at_every_record(proved, seed: int, style: Style, longest: int):
    total = records_of(seed, style)
    claim = Claim.R5 if longest else Claim.R4
    assert total > 20
    for kill_at in range(2, total):
        forget = kill_at * 7919 % (longest + 1)
        who = f"seed {seed}, stops held by the {style}"
        where = f"{who}, killed after record {kill_at} of {total}, {forget} forgotten"
        try:
            world = restarted(seed, style, kill_at, forget)
            check(world, where)
            world.press(cm.Pause)
            if world.engine.desk.positions:
                world.press(cm.Flatten)
            world.live_on(world.now + SETTLE)
            left = [one for one in world.exchange.positions() if one.quantity]
            assert not left, f"{where}: {left} left after flatten"
        except AssertionError:
            raise
        except Exception as error:
            raise AssertionError(f"{where}: {error!r}") from error
    proved(Result(claim=claim, done=total - 2, unit="kills"))
