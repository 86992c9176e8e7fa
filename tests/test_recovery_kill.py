"""A console killed with SIGKILL at any moment comes back with its positions, guarded, once."""

from __future__ import annotations

import random

import pytest

from tui_scalper.soak.kills import KILLS, ORDERS, killed_in_a_row

BATCHES = 4


@pytest.mark.parametrize("batch", range(BATCHES))
def test_killed_anywhere_nothing_is_lost_or_doubled(proved, batch):
    """R4: after each SIGKILL the next start agrees with the exchange and guards every share."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    progress = killed_in_a_row(seed, KILLS.batch)
    proved(KILLS.result(progress))
    assert progress.violations == 0, progress.failures
    assert progress.sums[ORDERS] > 0, "killed before anything was at stake"
