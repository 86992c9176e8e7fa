"""The whole way of a tick over real sockets: embedded exchange, feed, engine, gateway, journal."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_run import LiveRun, live_run

from tui_scalper.cli import main
from tui_scalper.core import commands as cm
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.events import Link, Placed
from tui_scalper.core.journalled import Note, RunStarted
from tui_scalper.core.snapshot import OperatorState, Protection, Snapshot, TradingState
from tui_scalper.core.units import Side
from tui_scalper.exchange.orders import OrderType, Status
from tui_scalper.runtime.journal_file import scan


def tradable(seen: Snapshot) -> int:
    """A row whose book can be bought, -1 when none can yet."""
    for ladder in seen.ladders:
        if ladder.bids and ladder.asks and ladder.updates > 2:
            return ladder.row
    return -1


def enter(live: LiveRun, side: Side = Side.BUY) -> int:
    """Arm, stage and confirm an entry by hand; returns the row once a stop guards it."""
    seen = live.wait(lambda s: tradable(s) >= 0, "a tradable book")
    row = tradable(seen)
    live.give(cm.Arm)
    live.wait(lambda s: s.operator is OperatorState.ARMED, "armed")
    for _ in range(20):
        live.give(cm.Stage, row=row, side=side)
        seen = live.wait(lambda s: s.stage or s.tally.refused, "staged or refused")
        if seen.stage is None:
            row = (row + 1) % seen.instruments
            continue
        live.give(cm.Confirm, stage_id=seen.stage.stage_id)
        seen = live.wait(lambda s: s.stage is None, "sent")
        if seen.positions:
            break
    live.wait(lambda s: any(p.protection is Protection.PROTECTED for p in s.positions), "protected")
    return row


def test_a_confirmed_entry_fills_is_guarded_by_a_resting_stop_and_closes_flat(tmp_path: Path):
    with live_run(tmp_path) as live:
        row = enter(live)
        seen = live.wait(lambda s: s.positions and s.positions[0].quantity, "filled")
        position = seen.positions[0]
        stops = [
            order
            for order in live.exchange.orders()
            if order.status is Status.TRIGGER_PENDING and order.row == row
        ]
        assert [order.asked.type for order in stops] == [OrderType.STOP_LIMIT]
        assert stops[0].asked.quantity == position.quantity
        assert stops[0].asked.trigger == position.stop < position.entry_price < position.target
        assert stops[0].asked.side is Side.SELL

        live.give(cm.Flatten, row=row)
        seen = live.wait(lambda s: not s.positions, "flat")
        assert seen.tally.wins + seen.tally.losses == 1
        assert all(held.quantity == 0 for held in live.exchange.positions())
        done = [order for order in live.exchange.orders() if order.asked.side is Side.SELL]
        assert [order.status for order in done] == [Status.COMPLETE], "one exit order, changed"
        assert seen.tally.realised == sum(held.realised for held in live.exchange.positions())


def test_a_stop_the_broker_holds_guards_from_the_entry_on_and_is_left_through(tmp_path: Path):
    with live_run(tmp_path, protection__style="broker") as live:
        row = enter(live)
        seen = live.wait(lambda s: s.positions and s.positions[0].quantity, "filled")
        position = seen.positions[0]
        entry = next(one for one in live.exchange.orders() if one.asked.side is Side.BUY)
        live.wait(lambda _: leg_of(live).asked.trigger == position.stop, "at the exact stop")
        stop = leg_of(live)
        assert (stop.parent_id, stop.asked.quantity) == (entry.order_id, position.quantity)
        assert stop.status is Status.TRIGGER_PENDING

        live.give(cm.Flatten, row=row)
        seen = live.wait(lambda s: not s.positions, "flat")
        assert seen.tally.wins + seen.tally.losses == 1
        assert all(held.quantity == 0 for held in live.exchange.positions())
        assert leg_of(live).status is Status.COMPLETE
        sent = [one for one in live.exchange.orders() if not one.parent_id]
        assert [one.variety for one in sent] == ["co"], "one order was sent, and it was enough"


def leg_of(live: LiveRun):
    (leg,) = [one for one in live.exchange.orders() if one.parent_id]
    return leg


def test_a_silent_feed_stops_entries_keeps_the_stop_and_recovers(tmp_path: Path):
    with live_run(tmp_path) as live:
        row = enter(live)
        live.exchange.faults.silent_feed = True
        live.wait(lambda s: s.link is not Link.LIVE, "stall noticed")
        seen = live.wait(lambda s: s.operator is OperatorState.DISARMED, "disarmed by itself")
        assert "market data" in seen.disarmed_why
        live.give(cm.Arm)
        live.give(cm.Stage, row=(row + 1) % 8, side=Side.BUY)
        live.wait(lambda s: dict(s.tally.refused).get("link_down"), "entry refused")
        assert any(o.status is Status.TRIGGER_PENDING for o in live.exchange.orders())
        live.exchange.faults.silent_feed = False
        live.wait(lambda s: s.link is Link.LIVE, "live again")
        seen = live.wait(lambda s: s.positions or s.tally.wins + s.tally.losses, "still known")
        assert not seen.positions or seen.positions[0].protection in (
            Protection.PROTECTED,
            Protection.TAKING,
        )


def test_an_unanswered_order_becomes_unknown_and_is_found_again_never_sent_twice(tmp_path: Path):
    with live_run(tmp_path) as live:
        live.exchange.faults.lose_answers = 1
        live.exchange.faults.drop_updates = 1_000
        seen = live.wait(lambda s: tradable(s) >= 0, "a tradable book")
        row = tradable(seen)
        live.give(cm.Arm)
        live.give(cm.Stage, row=row, side=Side.BUY)
        seen = live.wait(lambda s: s.stage, "staged")
        assert seen.stage is not None
        live.give(cm.Confirm, stage_id=seen.stage.stage_id)
        live.wait(lambda s: any(p.protection is Protection.UNKNOWN for p in s.positions), "unknown")
        live.wait(
            lambda s: (
                any(p.protection is Protection.PROTECTED for p in s.positions)
                or s.tally.wins + s.tally.losses
            ),
            "found in the order book and protected",
        )
        buys = [o for o in live.exchange.orders() if o.asked.side is Side.BUY]
        assert len(buys) == 1


def test_kill_cancels_flattens_and_latches(tmp_path: Path):
    with live_run(tmp_path) as live:
        enter(live)
        live.give(cm.Kill)
        seen = live.wait(
            lambda s: s.kill_steps and all(done for _, done in s.kill_steps), "all steps done"
        )
        assert seen.operator is OperatorState.KILLED
        assert not seen.positions
        assert all(held.quantity == 0 for held in live.exchange.positions())
        live.give(cm.Arm)
        live.wait(lambda s: dict(s.tally.refused).get("killed"), "arming refused")


@pytest.mark.parametrize("by_file", [False, True], ids=["by command", "by file"])
def test_a_kill_from_another_shell_leaves_everything_and_outlives_the_run(tmp_path, by_file):
    """No screen is there: the run itself looks for the latch."""
    with live_run(tmp_path) as live:
        enter(live)
        if by_file:
            (tmp_path / "KILL").touch()
        else:
            assert main(("kill", "--set", f"state_dir={tmp_path}")) == 0
        seen = live.wait(
            lambda s: s.kill_steps and all(done for _, done in s.kill_steps), "all steps done"
        )
        assert seen.operator is OperatorState.KILLED
        assert all(held.quantity == 0 for held in live.exchange.positions())
    with live_run(tmp_path) as live:
        live.wait(lambda s: s.operator is OperatorState.KILLED, "killed still")
        live.give(cm.Arm)
        live.wait(lambda s: dict(s.tally.refused).get("killed"), "arming refused")


def test_the_journal_has_every_intent_before_its_answer(tmp_path: Path):
    with live_run(tmp_path) as live:
        enter(live)
    (path,) = (tmp_path / "journal").iterdir()
    bodies = [record.body for record in scan(path).records]
    sent = {body.tag: n for n, body in enumerate(bodies) if isinstance(body, PlaceOrder)}
    placed = {body.tag: n for n, body in enumerate(bodies) if isinstance(body, Placed)}
    assert sent
    assert placed.keys() <= sent.keys()
    assert all(sent[tag] < placed[tag] for tag in placed)
    assert isinstance(bodies[0], RunStarted)
    assert bodies[-1] == Note(text="stop")


@pytest.mark.parametrize("speed", ["5"])
def test_auto_mode_trades_by_itself_at_any_speed(tmp_path: Path, speed: str):
    with live_run(tmp_path, sim__speed=speed, sim__instruments="50") as live:
        live.give(cm.Arm)
        live.give(cm.AutoOn)
        seen = live.wait(lambda s: s.tally.trades, "an automatic entry")
        assert seen.auto
        assert seen.log


def test_nothing_a_start_asks_for_is_crowded_out(tmp_path: Path):
    with live_run(tmp_path) as live:
        seen = live.wait(lambda seen: seen.trading is TradingState.ACTIVE, "books that agree")
        texts = [line.text for line in seen.log]
    assert not any("too many requests" in text for text in texts), texts
