"""The trailing stop and the time exit of a protected position."""

from __future__ import annotations

from engine_rig import Rig
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core import columns as c
from tui_scalper.core.config import EngineConfig, ProtectionRules
from tui_scalper.core.effects import ModifyOrder
from tui_scalper.core.goal_table import Goal
from tui_scalper.core.orders import OrderKind, ReportStatus
from tui_scalper.core.prices import stop_trigger, trailed_stop
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import BP, NS, Side

TRAILING = EngineConfig(mode=Mode.SIM, run_id="T", protection=ProtectionRules(trail_bp=25))
TIMED = EngineConfig(mode=Mode.SIM, run_id="T", protection=ProtectionRules(time_exit_ns=60 * NS))


def changes(effects: list) -> list[ModifyOrder]:
    return [effect for effect in effects if isinstance(effect, ModifyOrder)]


def test_the_stop_follows_step_by_step_and_never_back():
    rig = Rig(config=TRAILING).open_market()
    position = rig.hold()
    entry = position.entry.value // position.bought
    first = position.stop(TRAILING.protection)
    wake = int(rig.engine.table.cells[0, c.WAKE_BID_HIGH])
    assert entry * 1.0025 <= wake < entry * 1.0026
    assert not changes(rig.book(0, wake - position.instrument.tick))
    (change,) = changes(rig.book(0, wake))
    assert change.terms.kind is OrderKind.STOP_LIMIT
    assert first < change.terms.trigger <= entry
    rig.report(position.exit, ReportStatus.TRIGGER_PENDING)
    moved = position.stop(TRAILING.protection)
    assert not changes(rig.book(0, entry))
    assert position.stop(TRAILING.protection) == moved


def test_two_steps_at_once_are_one_change():
    rig = Rig(config=TRAILING).open_market()
    position = rig.hold()
    entry = position.entry.value // position.bought
    (change,) = changes(rig.book(0, entry * 10_060 // 10_000 // 10 * 10))
    assert position.steps == 2
    assert change.terms.trigger > entry


def test_the_target_is_still_taken_while_trailing():
    rig = Rig(config=TRAILING).open_market()
    position = rig.hold()
    target = position.target(TRAILING.protection)
    (change,) = changes(rig.book(0, target))
    assert (change.terms.kind, change.terms.price) == (OrderKind.LIMIT, target)
    assert position.goal is Goal.TAKE


def test_a_position_held_long_enough_is_closed():
    rig = Rig(config=TIMED).open_market()
    position = rig.hold()
    rig.wait(59 * NS)
    assert position.goal is Goal.PROTECT
    effects = rig.wait(2 * NS)
    assert position.goal is Goal.EXIT
    assert position.reason == "time exit"
    assert changes(effects)[0].terms.kind is OrderKind.LIMIT


@given(
    price=st.integers(1_000, 10_000_000),
    quantity=st.integers(1, 100_000),
    odd=st.integers(0, 99_999),
    gained=st.integers(-100, 500),
    tick=st.sampled_from([1, 5, 10, 50]),
    side=st.sampled_from(list(Side)),
)
def test_a_trailed_stop_is_on_tick_and_secures_no_more_than_asked(
    price, quantity, odd, gained, tick, side
):
    value = price * quantity + odd % quantity
    stop = trailed_stop(value, quantity, side, gained, tick)
    assert stop % tick == 0
    exact = value * (BP + side * gained)
    assert (exact - stop * quantity * BP) * side >= 0
    assert (exact - (stop + side * tick) * quantity * BP) * side < 0


def test_a_trailed_stop_of_each_side_by_hand():
    """Ten shares at 1,000.03: 0.5 % secured is 1,005.03 bought and 995.03 sold, on 5 paise."""
    value = 10 * 1_000_03
    assert trailed_stop(value, 10, Side.BUY, 50, 5) == 1_005_00
    assert trailed_stop(value, 10, Side.SELL, 50, 5) == 995_05


@given(price=st.integers(10_000, 1_000_000), side=st.sampled_from(list(Side)))
def test_unmoved_it_is_never_tighter_than_the_stop_itself(price, side):
    plain = stop_trigger(price * 10, 10, side, 25, 5)
    assert (plain - trailed_stop(price * 10, 10, side, -25, 5)) * side >= 0
