"""Stoikov's micro-price: where the mid is expected to go, from queue imbalance and spread.

Source: S. Stoikov, The micro-price: a high-frequency estimator of future prices,
Quantitative Finance 18 (2018) 1959-1966.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tui_scalper.lab.layout import Ints
from tui_scalper.lab.study.fits import Floats

BUCKETS: Final = 10
TERMS: Final = 6
"""Moves of the mid looked ahead; further ones change nothing."""


@dataclass(frozen=True)
class Shape:
    """How states are numbered: imbalance buckets times spreads of 1 to `spreads` ticks, the
    widest standing for all wider."""

    buckets: int
    spreads: int

    @property
    def states(self) -> int:
        """How many there are."""
        return self.buckets * self.spreads

    def state(self, bid: Ints, ask: Ints, spread: Ints) -> Ints:
        """State of best quantities `bid`, `ask` and a `spread` in ticks."""
        bucket = np.minimum(self.buckets * bid // (bid + ask), self.buckets - 1)
        return bucket * self.spreads + np.clip(spread, 1, self.spreads) - 1

    def mirrored(self, state: Ints) -> Ints:
        """The same with the sides swapped."""
        bucket, spread = state // self.spreads, state % self.spreads
        return (self.buckets - 1 - bucket) * self.spreads + spread


@dataclass(frozen=True)
class Chain:
    """Estimated from symmetrised steps. Float64, states by states; states never left are 0."""

    shape: Shape
    quiet: Floats
    """Q: to another state, the mid unmoved."""
    moved: Floats
    """T: to another state by a move of the mid."""
    drift: Floats
    """Expected move of the mid in one step, ticks (R k)."""

    def adjustment(self, terms: int = TERMS) -> Floats:
        """float64[states]: micro-price less mid, ticks: the sum of B^j G1, j below `terms`."""
        return np.asarray(self.increments(terms).sum(axis=0))

    def increments(self, terms: int) -> Floats:
        """float64[terms, states]: B^j G1, what the j-th move of the mid adds."""
        solved = np.linalg.solve(
            np.eye(self.shape.states) - self.quiet,
            np.column_stack((self.drift, self.moved)),
        )
        first, onward = solved[:, 0], solved[:, 1:]
        parts = [first]
        for _ in range(terms - 1):
            parts.append(onward @ parts[-1])
        return np.array(parts)


def estimate(shape: Shape, before: Ints, after: Ints, move: Floats) -> Chain:
    """The chain of steps from state `before` to `after` with a `move` of the mid, ticks.

    Every step counts a second time with the sides swapped, so that no direction is preferred.
    """
    states = shape.states
    start = np.concatenate((before, shape.mirrored(before)))
    end = np.concatenate((after, shape.mirrored(after)))
    by = np.concatenate((move, -move))
    visits = np.bincount(start, minlength=states).astype(float)
    still = by == 0
    quiet, moved = (
        np.bincount(start[one] * states + end[one], minlength=states * states)
        .reshape(states, states)
        .astype(float)
        for one in (still, ~still)
    )
    # Up and down are summed apart, so that what mirrors is equal to the last bit.
    up = np.bincount(start, weights=np.maximum(by, 0), minlength=states)
    down = np.bincount(start, weights=np.maximum(-by, 0), minlength=states)
    share = np.maximum(visits, 1)[:, np.newaxis]
    return Chain(shape, quiet / share, moved / share, (up - down) / share[:, 0])


def weighted_mid(bid_price: Ints, ask_price: Ints, bid: Ints, ask: Ints) -> Floats:
    """Mid weighted by the queue of the other side."""
    return (bid_price * ask + ask_price * bid) / (bid + ask)
