"""The engine's time: what is done to the machine's clock does not move it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core.units import NS
from tui_scalper.runtime.clocks import WallClock

STEPS = st.lists(st.tuples(st.integers(0, 100 * NS), st.integers(-(10**18), 10**18)))


@given(STEPS, st.integers(10**18, 2 * 10**18), st.integers(0, 10**15))
def test_setting_the_machines_clock_moves_nothing_but_the_skew(steps, wall, steady):
    machine = {"wall": wall, "steady": steady}
    clock = WallClock(wall=lambda: machine["wall"], steady=lambda: machine["steady"])
    passed = skewed = 0
    for passes, set_by in steps:
        machine["wall"] += passes + set_by
        machine["steady"] += passes
        passed += passes
        skewed += set_by
        assert clock.now() == wall + passed
        assert clock.skew() == skewed


def test_a_real_machine_goes_forward_and_agrees_with_itself():
    clock = WallClock()
    readings = [clock.now() for _ in range(1_000)]
    assert readings == sorted(readings)
    assert abs(clock.skew()) < NS
