"""Random walks of the engine against a truthful broker with bad manners.

Every walk is one seed. Invariants are judged after every event; afterwards the faults heal,
and the engine must agree with the broker, be protected, and go flat on demand.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from random import Random

import pytest
from engine_rig import FUNDS, MS, PRICES, START, STOCKS, Rig, fill_book
from faulty_broker import FaultyBroker, Manners, Resting

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core import events as ev
from tui_scalper.core.config import (
    EngineConfig,
    EntryRules,
    ProtectionRules,
    RiskLimits,
    SignalRules,
    SizingRules,
    Style,
)
from tui_scalper.core.orders import Purpose
from tui_scalper.core.picture import take_picture
from tui_scalper.core.snapshot import Latency, Mode, Protection
from tui_scalper.core.units import NS, Side

WALKS = int(os.environ.get("WALKS", "250"))
STEPS = 600
LIMITS = RiskLimits(
    daily_trades=1_000,
    daily_loss=10**12,
    cooldown_ns=1 * NS,
    auto_entries=1_000,
    duplicate_ns=1,
)
"""Limits that would keep a short walk from trading stand wide open, and so do the next two."""
SIGNALS = SignalRules(spike_bp=10_000)
ENTRY = EntryRules(min_depth_pct=0)


def manners(rng: Random) -> Manners:
    """From polite to awful."""
    bad = rng.choice((0.0, 0.03, 0.15))
    return Manners(
        lost=bad * rng.random(),
        silent=bad * rng.random(),
        refused=bad * rng.random(),
        rejected=bad * rng.random(),
        untold=2 * bad * rng.random(),
        doubled=2 * bad,
        partial=rng.choice((0.0, 0.5)),
        unread=rng.choice((0.0, 0.0, 0.2)),
        slow=rng.choice((5, 50, 300)) * MS,
    )


class World:
    """Market, broker, operator and engine under one seed."""

    def __init__(self, seed: int, styles: Sequence[Style] = tuple(Style)) -> None:
        self.rng = Random(seed)
        config = EngineConfig(
            mode=Mode.SIM,
            run_id="W",
            signals=SIGNALS,
            entry=ENTRY,
            risk=LIMITS,
            sizing=SizingRules(capital_bp=self.rng.choice((200, 2_000))),
            protection=ProtectionRules(style=self.rng.choice(styles)),
        )
        self.rig = Rig(config=config)
        self.cells = self.rig.engine.table.cells
        self.broker = FaultyBroker(self.rng, self.cells, FUNDS)
        self.bids = list(PRICES)
        self.moves_ns = START
        self.pictures = 0
        self.tell(ev.LinkChanged(at_ns=START, link=ev.Link.LIVE))
        self.tell(ev.FundsReported(at_ns=START, available=FUNDS))

    def tell(self, event: ev.Event) -> None:
        """Hand an event to the engine, its effects to the broker; judge both."""
        for effect in self.rig.give(event):
            self.broker.carry_out(effect, self.rig.engine.now_ns)
        self.judge_truth()

    def judge_truth(self) -> None:
        """What must be true at the broker, whatever the engine believes."""
        tags = [order.tag for order in self.broker.orders.values() if not order.parent_id]
        assert len(tags) == len(set(tags)), "an order was sent twice"
        blotter = self.rig.desk.blotter
        for row in range(len(STOCKS)):
            exits = [
                order
                for order in self.broker.orders.values()
                if order.row == row and order.open and self.leaves(order)
            ]
            assert len(exits) <= 1, "two exits rest at the broker"
            held = self.broker.held(row)
            for order in exits:
                assert order.side * held < 0, "an exit without a position rests at the broker"
                assert order.open <= abs(held)
        for order in self.broker.orders.values():
            known = blotter.by_id(order.order_id)
            if not order.parent_id:
                known = blotter.by_tag(order.tag)
                assert known is not None
            assert known is None or known.filled <= order.filled, (
                "the engine believes in more than was filled"
            )

    def leaves(self, order: Resting) -> bool:
        """Whether it is an exit of ours, or the stop the broker holds for an entry."""
        return bool(order.parent_id) or self.rig.order(order.tag).purpose is Purpose.EXIT

    # -- moving on -------------------------------------------------------------------------

    def step(self) -> None:
        """The next thing in time happens: the broker's, the engine's clock or the market."""
        broker_ns = self.broker.next_ns
        wake_ns = self.rig.engine.wake_ns
        now = min(self.moves_ns, wake_ns, broker_ns if broker_ns is not None else wake_ns)
        self.rig.now = now = max(now, self.rig.now)
        if broker_ns is not None and broker_ns <= now:
            event = self.broker.happen()
            if event is not None:
                self.tell(event)
        elif wake_ns <= now:
            self.tell(ev.ClockTicked(at_ns=now))
        else:
            self.act()
            self.moves_ns = now + self.rng.randrange(1 * MS, 200 * MS)

    def act(self) -> None:
        """The market moves, a key is pressed, or the connection flaps."""
        dice = self.rng.random()
        if dice < 0.8:
            self.move()
        elif dice < 0.97:
            command = self.command()
            self.tell(ev.Commanded(at_ns=self.rig.now, command=command))
        elif dice < 0.975:
            link = self.rng.choice((*ev.Link, *[ev.Link.LIVE] * 8))
            self.tell(ev.LinkChanged(at_ns=self.rig.now, link=link, why="walk"))
            if link is ev.Link.DOWN:
                self.rig.engine.table.forget()
        elif dice < 0.99:
            self.tell(ev.ClockTicked(at_ns=self.rig.now - 5 * NS))
        else:
            self.pictures += 1
            check_picture(self.rig, self.pictures)

    def move(self, jump: float = 0.04) -> None:
        """One book moves by a few ticks, sometimes by a percent."""
        rng = self.rng
        row = rng.randrange(len(STOCKS))
        tick = STOCKS[row].tick
        far = self.bids[row] // 80 // tick
        ticks = rng.randint(-far, far) if rng.random() < jump else rng.randint(-3, 3)
        self.bids[row] = max(self.bids[row] + ticks * tick, 100 * tick)
        bid = self.bids[row]
        ask = bid + tick * rng.choice((1, 1, 1, 2, 3))
        if rng.random() < 0.01:
            bid, ask = rng.choice(((0, ask), (bid, 0), (0, 0)))
        fill_book(
            self.cells[row],
            bid,
            ask,
            lean=rng.choice((-1, 0, 0, 1)),
            ltp=rng.choice((bid, ask)),
            depth=rng.choice((30, 5_000, 5_000)),
            at_ns=self.rig.now,
        )
        self.broker.market_moved(row, self.rig.now)
        for effect in self.rig.frame(row):
            self.broker.carry_out(effect, self.rig.engine.now_ns)
        self.judge_truth()

    def command(self) -> cm.Command:
        """Any key, usually a fresh one."""
        rng = self.rng
        key = self.rig.now - rng.choice((0, 0, 0, 100 * MS, 400 * MS))
        row = rng.randrange(len(STOCKS))
        staged = self.rig.engine.operator.staged
        stage_id = staged.stage_id if staged is not None else 0
        weighted: list[tuple[float, cm.Command]] = [
            (8, cm.Arm(key_ns=key)),
            (4, cm.Stage(key_ns=key, row=row, side=rng.choice((None, *Side)))),
            (3, cm.StageBest(key_ns=key)),
            (8, cm.Confirm(key_ns=key, stage_id=stage_id)),
            (8, cm.AutoOn(key_ns=key)),
            (8, cm.Resume(key_ns=key)),
            (1, cm.NudgePrice(key_ns=key, ticks=rng.randint(-5, 5))),
            (1, cm.NudgeQuantity(key_ns=key, lots=rng.randint(-50, 50))),
            (1, cm.Disarm(key_ns=key)),
            (1, cm.DropStage(key_ns=key)),
            (1, cm.AutoOff(key_ns=key)),
            (1, cm.Pause(key_ns=key)),
            (2, cm.CancelEntries(key_ns=key, row=rng.choice((None, row)))),
            (1, cm.Flatten(key_ns=key, row=rng.choice((None, row, row, row)))),
            (2, cm.BreakEven(key_ns=key, row=row)),
            (0.4, cm.Kill(key_ns=key)),
            (8, cm.ResetKill(key_ns=key, word="RESET")),
            (1, cm.Focus(key_ns=key, row=row)),
        ]
        weights = [weight for weight, _ in weighted]
        return rng.choices([command for _, command in weighted], weights)[0]

    # -- afterwards ------------------------------------------------------------------------

    def settle(self, seconds: int) -> None:
        """Let time pass in a calm market with a polite broker."""
        until = self.rig.now + seconds * NS
        while self.rig.now < until:
            broker_ns = self.broker.next_ns
            wake = min(self.rig.engine.wake_ns, broker_ns or until, until)
            self.rig.now = max(self.rig.now, wake)
            if broker_ns is not None and broker_ns <= self.rig.now:
                event = self.broker.happen()
                if event is not None:
                    self.tell(event)
            elif self.rig.engine.wake_ns <= self.rig.now:
                self.tell(ev.ClockTicked(at_ns=self.rig.now))

    def calm(self) -> None:
        """The faults heal, every book is whole and fresh."""
        self.broker.manners = Manners()
        self.tell(ev.LinkChanged(at_ns=self.rig.now, link=ev.Link.LIVE))
        self.tell(ev.Commanded(at_ns=self.rig.now, command=cm.Pause(key_ns=self.rig.now)))
        self.whole_books()

    def whole_books(self) -> None:
        """Every stock is quoted on both sides where it was last."""
        for row, bid in enumerate(self.bids):
            fill_book(self.cells[row], bid, bid + STOCKS[row].tick, lean=0, at_ns=self.rig.now)
            self.broker.market_moved(row, self.rig.now)
            for effect in self.rig.frame(row):
                self.broker.carry_out(effect, self.rig.engine.now_ns)


def check_picture(rig: Rig, seq: int) -> None:
    """A picture can be taken in any state, and shows what the desk holds."""
    picture = take_picture(rig.engine, seq, rig.now, Latency())
    desk = rig.desk
    assert [(p.row, p.quantity) for p in picture.positions] == [
        (row, position.held) for row, position in desk.positions.items()
    ]
    assert [p.protection for p in picture.positions] == [
        position.protection() for position in desk.positions.values()
    ]
    assert picture.operator is rig.engine.operator.state
    assert (picture.stage is None) == (rig.engine.operator.staged is None)
    assert picture.tally.realised == sum(trade.pnl for trade in desk.trades)
    assert picture.tally.wins + picture.tally.losses == len(desk.trades)


def walk(seed: int) -> World:
    """One walk with its ending; raises AssertionError naming the seed."""
    world = World(seed)
    world.broker.manners = manners(world.rng)
    try:
        for _ in range(STEPS):
            world.step()
        world.calm()
        world.settle(40)
        judge_calm(world)
        world.tell(ev.Commanded(at_ns=world.rig.now, command=cm.Kill(key_ns=world.rig.now)))
        world.whole_books()
        world.settle(40)
        judge_flat(world)
    except Exception as error:
        raise AssertionError(f"seed {seed} at {world.rig.now - START} ns: {error}") from error
    return world


def judge_calm(world: World) -> None:
    """Healed: the engine and the broker hold the same, and all of it is guarded."""
    desk = world.rig.desk
    for row in range(len(STOCKS)):
        position = desk.positions.get(row)
        believed = position.held * position.side if position is not None else 0
        assert believed == world.broker.held(row)
        if position is not None:
            guarded = (Protection.PROTECTED, Protection.TAKING, Protection.EXITING)
            shown = position.exit is not None and position.exit.live
            assert position.protection() in guarded or shown
            assert position.exit is not None
            assert position.exit.live
            assert position.exit.open_quantity == position.held


def judge_flat(world: World) -> None:
    """Killed in a calm market: nothing held, nothing working, every paisa accounted for."""
    desk = world.rig.desk
    assert desk.positions == {}
    assert [order for order in world.broker.orders.values() if order.open] == []
    assert [world.broker.held(row) for row in range(len(STOCKS))] == [0, 0, 0]
    assert desk.day.realised == world.broker.cash()
    check_picture(world.rig, 1_000)


@pytest.mark.parametrize("block", range(5))
def test_walks(block):
    trades = 0
    for seed in range(block, WALKS, 5):
        trades += len(walk(seed).rig.desk.trades)
    assert trades > WALKS // 5, "the walks hardly trade; they prove nothing"


def test_a_walk_is_the_same_twice():
    first, second = walk(7), walk(7)
    assert first.rig.effects == second.rig.effects
    assert list(first.rig.engine.chronicle.lines) == list(second.rig.engine.chronicle.lines)
    assert (first.cells == second.cells).all()
    assert first.cells[0, c.UPDATES] > 0
