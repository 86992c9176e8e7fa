"""A stock seen at regular moments: the last book known at each, and the returns around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tui_scalper.core.units import BP
from tui_scalper.lab.layout import Ints
from tui_scalper.lab.study.fits import NAN, Floats
from tui_scalper.lab.study.hours import SECOND, STRETCHES, grid, last_before
from tui_scalper.lab.study.rebuild import Books

DELAY: Final = 500
"""Milliseconds from a reading to the first price anybody could act on."""
BLOCK: Final = 300 * SECOND
"""Length of a bootstrap block: five times the longest horizon looked at."""


@dataclass(frozen=True)
class Sampled:
    """What was known at each of `n` moments of continuous trading."""

    books: Books
    """Last book of the feed at each moment."""
    place: Ints
    """Its index in the feed."""
    at: Ints
    """The moments, milliseconds after midnight."""
    stretch: Ints
    """int64[n, 2]: bounds of the stretch of trading each moment lies in."""
    mids: Books
    """Books whose mid counts as the price; may know it more finely than the feed."""

    @property
    def block(self) -> Ints:
        """Number of the bootstrap block of each moment."""
        return (self.at - self.at[0]) // BLOCK if len(self.at) else self.at

    def returns(self, horizon: int) -> Floats:
        """Return of the mid over `horizon` milliseconds after the delay, basis points.

        A negative horizon gives the mirror image, up to the delay before the moment. NaN
        where the stretch of trading does not hold it.
        """
        near = self.at + (DELAY if horizon > 0 else -DELAY)
        first, last = np.minimum(near, near + horizon), np.maximum(near, near + horizon)
        inside = (first >= self.stretch[:, 0]) & (last <= self.stretch[:, 1])
        before, after = last_before(self.mids.ms, first), last_before(self.mids.ms, last)
        inside &= before >= 0
        mid = self.mids.mid
        return np.where(inside, (mid[after] / mid[before] - 1) * BP, NAN)

    def mid_after(self, horizon: int) -> Floats:
        """The mid `horizon` milliseconds later, hundredths; NaN beyond the stretch."""
        then = self.at + horizon
        inside = then <= self.stretch[:, 1]
        return np.where(inside, self.mids.mid[last_before(self.mids.ms, then)], NAN)


def sampled(feed: Books, mids: Books, step: int) -> Sampled:
    """`feed` seen every `step` milliseconds from its first book in each stretch of trading."""
    at, stretch = [], []
    for bounds in STRETCHES:
        moments = grid(step, bounds)
        at.append(moments)
        stretch.append(np.tile(np.array(bounds, dtype=np.int64), (len(moments), 1)))
    moments, bounds_of = np.concatenate(at), np.concatenate(stretch)
    place = last_before(feed.ms, moments)
    # A book of before the stretch is no longer known to be true.
    known = (place >= 0) & (feed.ms[place] >= bounds_of[:, 0]) & (moments <= feed.ms[-1])
    place = place[known]
    return Sampled(feed.at(place), place, moments[known], bounds_of[known], mids)
