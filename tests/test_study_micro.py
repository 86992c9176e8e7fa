"""The micro-price's exact properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.lab.study.micro import Chain, Shape, estimate, weighted_mid

SHAPE = Shape(buckets=10, spreads=3)
steps = st.lists(
    st.tuples(
        st.integers(0, SHAPE.states - 1),
        st.integers(0, SHAPE.states - 1),
        st.sampled_from((-1.0, -0.5, 0.0, 0.0, 0.5, 1.0)),
    ),
    min_size=1,
    max_size=60,
)


def chain_of(lines, shape=SHAPE) -> Chain:
    before, after, move = zip(*lines, strict=True)
    return estimate(shape, np.array(before), np.array(after), np.array(move, dtype=float))


def leaving(lines):
    """`lines` and a way out of every state, so that no one is left for ever in one."""
    return [*lines, *((state, state, 0.5) for state in range(SHAPE.states))]


@given(steps)
def test_swapping_the_sides_turns_the_adjustment(lines):
    adjustment = chain_of(leaving(lines)).adjustment()
    mirror = SHAPE.mirrored(np.arange(SHAPE.states))
    assert np.abs(adjustment + adjustment[mirror]).max() <= 1e-12


@given(steps)
def test_every_state_goes_somewhere_with_certainty(lines):
    chain = chain_of(leaving(lines))
    assert np.abs((chain.quiet + chain.moved).sum(axis=1) - 1).max() <= 1e-12


@given(steps)
def test_moves_that_do_not_know_the_imbalance_adjust_nothing(lines):
    """Every step is taken up as often as down: whatever the states, nothing is foretold."""
    both = [(a, b, sign * move) for a, b, move in leaving(lines) for sign in (1, -1)]
    assert np.abs(chain_of(both).adjustment()).max() <= 1e-12


@given(steps)
def test_later_moves_add_less_and_less(lines):
    """Where each state may be left by either direction onto a state drawn afresh."""
    fresh = [
        (state, after, move)
        for state in range(SHAPE.states)
        for after in range(0, SHAPE.states, 7)
        for move in (0.5, -0.5)
    ]
    increments = np.abs(chain_of([*lines, *fresh]).increments(40)).max(axis=1)
    assert increments[-1] <= 1e-3 * max(increments[0], 1e-12)


@pytest.mark.parametrize("buckets", [4, 10, 25])
def test_a_random_walk_of_the_imbalance_gives_the_weighted_mid(buckets):
    """Imbalance i / buckets, i = 1 .. buckets - 1, goes up or down by one; at the ends the mid
    moves by a tick with probability one half, and the imbalance starts in the middle again."""
    shape = Shape(buckets=buckets - 1, spreads=1)
    middle = (buckets - 2) // 2
    lines = []
    for state in range(shape.states):
        for step in (-1, 1):
            to = state + step
            if 0 <= to < shape.states:
                lines += [(state, to, 0.0)] * 2
            else:
                lines += [(state, middle, float(step)), (state, middle, 0.0)]
    found = chain_of(lines, shape).adjustment()
    expected = np.arange(1, buckets) / buckets - 0.5
    assert np.abs(found - expected).max() <= 1e-12


def test_the_weighted_mid_moves_the_wrong_way_where_the_paper_says():
    """A new small sell order inside the spread ought not to raise the price."""
    before = weighted_mid(*map(np.array, (1000, 1002, 9, 27)))
    after = weighted_mid(*map(np.array, (1000, 1001, 9, 1)))
    assert float(before) == pytest.approx(1000.5)
    assert float(after) == pytest.approx(1000.9)


def test_states_are_numbered_by_imbalance_then_spread():
    bid, ask = np.array([1, 5, 9, 10]), np.array([9, 5, 1, 0])
    state = SHAPE.state(bid, ask, np.array([1, 2, 3, 9]))
    assert state.tolist() == [1 * 3 + 0, 5 * 3 + 1, 9 * 3 + 2, 9 * 3 + 2]
