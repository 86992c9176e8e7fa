"""Institutional episodes: now and then somebody large works one side of a stock.

While it lasts the total quantity of that side is kept at a large share of the book and
mostly near the touch, and the price drifts. Then the orders are taken back one by one, and
the price goes on, comes back or does neither: the episode is no promise.
"""

from __future__ import annotations

from random import Random

import msgspec

from tui_scalper.core.units import NS, Side


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One episode: times in ns UTC, `share` of total quantity it holds its side at.

    `drift` and `after` are parts of the price a second, already signed, during the episode
    and after it until `over_ns`.
    """

    side: Side
    begins_ns: int
    ends_ns: int
    over_ns: int
    share: float
    drift: float
    after: float

    def drift_at(self, at_ns: int) -> float:
        """Relative price drift a second at this time."""
        if at_ns < self.begins_ns or at_ns >= self.over_ns:
            return 0.0
        return self.drift if at_ns < self.ends_ns else self.after


def draw_episode(rng: Random, after_ns: int, mean_gap: float) -> Episode:
    """The next episode after `after_ns`, begun about `mean_gap` seconds later."""
    begins = after_ns + int(rng.expovariate(1.0 / mean_gap) * NS)
    length = min(180.0, max(30.0, rng.lognormvariate(4.2, 0.4)))
    aftermath = rng.uniform(90.0, 240.0)
    side = Side.BUY if rng.random() < 0.6 else Side.SELL
    return Episode(
        side=side,
        begins_ns=begins,
        ends_ns=begins + int(length * NS),
        over_ns=begins + int((length + aftermath) * NS),
        share=rng.uniform(0.75, 0.89),
        drift=side * rng.uniform(-0.0005, 0.0035) / length,
        after=side * _aftermath(rng) / aftermath,
    )


def _aftermath(rng: Random) -> float:
    """Where the price goes afterwards: on, back, or nowhere; a part of the price."""
    fate = rng.random()
    if fate < 0.25:
        return rng.uniform(0.004, 0.010)
    return -rng.uniform(0.002, 0.006) if fate < 0.70 else 0.0
