"""Waits before reconnecting: bounded, jittered, reproducible."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.brokers.kite.backoff import Backoff


@given(st.integers(), st.integers(1, 40))
def test_waits_stay_within_bounds_that_widen_twofold(seed, attempts):
    backoff = Backoff(0.5, 30.0, Random(seed))
    for number in range(1, attempts + 1):
        assert 0.5 <= backoff.next() <= min(30.0, 0.5 * 2**number)


@given(st.integers())
def test_a_seed_reproduces_the_waits(seed):
    first, second = (Backoff(0.5, 30.0, Random(seed)) for _ in range(2))
    assert [first.next() for _ in range(9)] == [second.next() for _ in range(9)]


@given(st.integers())
def test_after_a_good_connection_waits_are_short_again(seed):
    backoff = Backoff(0.5, 30.0, Random(seed))
    for _ in range(9):
        backoff.next()
    backoff.reset()
    assert backoff.next() <= 1.0


def test_waits_are_spread():
    backoff = Backoff(0.5, 30.0, Random(7))
    waits = [backoff.next() for _ in range(50)]
    assert len(set(waits)) == 50
    assert max(waits) > 20.0
    assert min(waits) < 5.0
