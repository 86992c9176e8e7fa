"""Probability of backtest overfitting: chance, a true edge, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tui_scalper.lab.overfitting import overfitting


def test_noise_is_overfitted_half_of_the_time():
    found = [
        overfitting(np.random.default_rng(seed).normal(size=(320, 20))).probability
        for seed in range(12)
    ]
    # Twelve samples of spread about 0.2 each.
    assert np.mean(found) == pytest.approx(0.5, abs=0.15)


def test_a_true_edge_is_not():
    returns = np.random.default_rng(1).normal(size=(320, 20))
    returns[:, 7] += 1.0
    found = overfitting(returns)
    assert found.probability < 0.01
    assert found.loss == 0
    assert found.splits == 12_870


def test_by_hand_in_two_blocks():
    """One trial wins the first block, the other the second: the best is always the worst."""
    returns = np.array([[2.0, -1.0], [1.0, -2.0], [-1.0, 2.0], [-2.0, 1.0]])
    assert overfitting(returns, blocks=2) == (1.0, 2, 1.0)


def test_trials_that_never_trade_tie():
    assert overfitting(np.zeros((16, 3)), blocks=4).probability == 1.0


@pytest.mark.parametrize(("shape", "blocks"), [((16, 1), 4), ((3, 2), 4), ((16, 2), 3)])
def test_what_cannot_be_split_is_refused(shape, blocks):
    with pytest.raises(ValueError, match="at least 2 trials"):
        overfitting(np.zeros(shape), blocks)
