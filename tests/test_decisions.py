"""What was decided, and on what: kept beside every order, and judged again from the journal."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from engine_rig import PRICES, STOCKS, Rig
from hypothesis import given
from hypothesis import strategies as st
from live_run import live_run
from test_controls import BID, SIM, book, proposal, standing
from test_live_loop import enter

from tui_scalper.core import columns as c
from tui_scalper.core import commands as cm
from tui_scalper.core.config import EngineConfig, RiskLimits
from tui_scalper.core.decisions import (
    Decided,
    Steered,
    decision,
    judged_again,
    packed,
    unpacked,
)
from tui_scalper.core.effects import CancelOrder, ModifyOrder, PlaceOrder, PollFunds
from tui_scalper.core.events import OrderReported, Placed
from tui_scalper.core.goal_table import Goal
from tui_scalper.core.journalled import Record, RunStarted
from tui_scalper.core.orders import Purpose
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.risk import Approved, Refused, judge
from tui_scalper.core.snapshot import Mode
from tui_scalper.manifest import config_of, manifest_of
from tui_scalper.runtime.journal import ENCODER
from tui_scalper.runtime.journal_file import DECODER, scan
from tui_scalper.settings import load_settings


def decided_of(rig: Rig, effect: object):
    return decision(rig.desk, rig.engine.table.cells, rig.engine.proposer.entered, effect)


def kept(body: Decided) -> Decided:
    """What a journal gives back of it."""
    found = DECODER.decode(ENCODER.encode(Record(seq=0, at_ns=0, body=body))).body
    assert isinstance(found, Decided)
    return found


@given(
    quantity=st.integers(1, 2_000),
    ticks=st.integers(-3, 30),
    depth=st.integers(1, 4_000),
    funds=st.integers(0, 10**9),
    trades=st.integers(0, 12),
)
def test_every_decision_is_judged_the_same_again(quantity, ticks, depth, funds, trades):
    row = book(ASK_QUANTITY=depth)
    wanted = proposal(quantity=quantity, limit=BID + 5 * ticks)
    at = standing(funds=funds, trades=trades)
    judged = judge(SIM, wanted, at, row)
    expected = judged.expected_value if isinstance(judged, Approved) else 0
    decided = Decided(
        tag="T", proposal=wanted, standing=at, expected_value=expected, row=packed(row)
    )
    assert judged_again(SIM, kept(decided)) == judged


def test_other_rules_judge_otherwise():
    rig = Rig().open_market(lean=1)
    rig.enter()
    (sent,) = [one for one in rig.effects if isinstance(one, PlaceOrder)]
    decided = decided_of(rig, sent)
    assert isinstance(judged_again(rig.config, decided), Approved)
    stricter = EngineConfig(mode=Mode.SIM, risk=RiskLimits(max_positions=0))
    found = judged_again(stricter, decided)
    assert isinstance(found, Refused)
    assert found.reason is Refusal.MAX_POSITIONS


def test_an_entry_is_kept_with_the_row_and_the_account_it_was_judged_by():
    rig = Rig().open_market(lean=1)
    order = rig.enter()
    (sent,) = [one for one in rig.effects if isinstance(one, PlaceOrder)]
    decided = decided_of(rig, sent)
    assert isinstance(decided, Decided)
    assert decided.tag == order.tag
    assert decided.standing.instrument == STOCKS[0]
    assert decided.standing.positions == 0, "as it was before the entry"
    assert np.array_equal(unpacked(decided.row), rig.engine.table.cells[0])
    assert decided.expected_value == order.wanted.quantity * (PRICES[0] + 5)


def test_the_decision_of_another_entry_is_not_taken_for_this_one():
    rig = Rig().open_market(lean=1)
    rig.enter()
    (sent,) = [one for one in rig.effects if isinstance(one, PlaceOrder)]
    for other in (
        msgspec.structs.replace(sent, row=1),
        msgspec.structs.replace(sent, terms=msgspec.structs.replace(sent.terms, quantity=1)),
    ):
        assert decided_of(rig, other) is None
    rig.engine.proposer.entered = None
    assert decided_of(rig, sent) is None


def test_an_exit_is_kept_with_its_reason_and_the_price_it_was_expected_at():
    rig = Rig().open_market()
    position = rig.hold()
    stop = position.exit
    placed = PlaceOrder(
        tag=stop.tag,
        row=0,
        symbol=stop.symbol,
        exchange="NSE",
        side=stop.side,
        terms=stop.wanted,
        purpose=Purpose.EXIT,
    )
    steered = decided_of(rig, placed)
    assert isinstance(steered, Steered)
    assert (steered.goal, steered.reason) == (Goal.PROTECT, "stop")
    assert steered.expected == stop.wanted.trigger

    target = position.target(rig.config.protection)
    (change,) = [one for one in rig.book(0, target) if isinstance(one, ModifyOrder)]
    steered = decided_of(rig, change)
    assert (steered.goal, steered.expected) == (Goal.TAKE, target)
    assert unpacked(steered.row)[c.BID_PRICE] == target


def test_an_exit_at_market_is_expected_at_the_best_price_of_its_moment():
    rig = Rig().open_market()
    rig.hold()
    (change,) = [one for one in rig.press(cm.Flatten, row=0) if isinstance(one, ModifyOrder)]
    steered = decided_of(rig, change)
    assert (steered.goal, steered.expected) == (Goal.EXIT, PRICES[0])
    rig.engine.table.cells[0, c.BID_PRICE] = 0
    assert decided_of(rig, change).expected == rig.engine.table.cells[0, c.LTP]
    rig.engine.table.cells[0, c.LTP] = 0
    assert decided_of(rig, change).expected == change.terms.price


def test_what_is_no_order_of_ours_has_no_decision():
    rig = Rig().open_market()
    position = rig.hold()
    stranger = ModifyOrder(order_id="none", terms=position.exit.terms)
    own = ModifyOrder(order_id=position.entry.order_id, terms=position.entry.terms)
    for effect in (PollFunds(), CancelOrder(order_id="1"), stranger, own):
        assert decided_of(rig, effect) is None


def test_a_row_of_another_version_is_refused():
    with pytest.raises(ValueError, match="2 columns where this version"):
        unpacked(bytes(16))


def test_the_rules_of_a_run_are_read_back_from_its_manifest():
    overrides = {
        "risk.daily_loss": "1234.5",
        "lists.deny": "B,A",
        "session.windows": "09:30-11:00",
        "protection.stop": "0.30",
    }
    given_then = load_settings(overrides=overrides, environment={})
    rules = given_then.engine_config(Mode.SIM, "A")
    manifest = manifest_of(given_then, Mode.SIM, 1.0)
    assert config_of(manifest) == rules
    fast = config_of(msgspec.structs.replace(manifest, speed=10.0))
    assert fast.operator.arm_ns == 10 * rules.operator.arm_ns


def test_a_run_journals_each_decision_before_any_news_of_its_order(tmp_path: Path):
    with live_run(tmp_path) as live:
        enter(live)
    (path,) = (tmp_path / "journal").iterdir()
    bodies = [record.body for record in scan(path).records]
    (run,) = [body for body in bodies if isinstance(body, RunStarted)]
    config = config_of(run.manifest)
    orders = [body for body in bodies if isinstance(body, PlaceOrder)]
    assert {order.purpose for order in orders} == {Purpose.ENTRY, Purpose.EXIT}
    for order in orders:
        (beside,) = [
            body
            for body in bodies[bodies.index(order) :]
            if isinstance(body, Decided | Steered) and body.tag == order.tag
        ][:1]
        news = [
            body
            for body in bodies
            if (isinstance(body, Placed) and body.tag == order.tag)
            or (isinstance(body, OrderReported) and body.report.tag == order.tag)
        ]
        assert bodies.index(order) < bodies.index(beside) < bodies.index(news[0])
        if isinstance(beside, Decided):
            again = judged_again(config, beside)
            assert isinstance(again, Approved)
            assert again.expected_value == beside.expected_value


def test_an_order_leaves_also_when_its_decision_cannot_be_told(tmp_path: Path, monkeypatch):
    def broken(*told: object) -> None:
        if isinstance(told[-1], PlaceOrder):
            raise RuntimeError("no words")

    monkeypatch.setattr("tui_scalper.runtime.keeper.decision", broken)
    with live_run(tmp_path) as live:
        enter(live)
        seen = live.store.latest()
        assert any("internal error in decisions" in line.text for line in seen.log)
        assert seen.paused
