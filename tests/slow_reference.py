"""The kernels once more, slowly: plain Python, arbitrary integers, one gate a line.

Written from the meaning of the gates, not from the kernels, so that the two can disagree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

from tui_scalper.core import columns as c
from tui_scalper.core.adaptive import MOVING, Adaptive, Moving
from tui_scalper.core.config import SignalRules
from tui_scalper.core.gates import Gate


def pressure(row: list[int]) -> Fraction | None:
    """Share of buyers in the total quantity, None when there is no quantity."""
    total = row[c.TOTAL_BUY] + row[c.TOTAL_SELL]
    return Fraction(row[c.TOTAL_BUY], total) if total > 0 else None


def lean(row: list[int]) -> int:
    """Which side the book leans to."""
    share = pressure(row)
    if share is None or share == Fraction(1, 2):
        return 0
    return 1 if share > Fraction(1, 2) else -1


def dominance(row: list[int]) -> int:
    """|2P - 1| in parts per million, rounded down."""
    share = pressure(row)
    return 0 if share is None else int(abs(2 * share - 1) * 1_000_000)


def depths(row: list[int]) -> tuple[int, int]:
    """Quantity of five levels a side."""
    return (
        sum(row[c.BID_QUANTITY : c.BID_QUANTITY + c.LEVELS]),
        sum(row[c.ASK_QUANTITY : c.ASK_QUANTITY + c.LEVELS]),
    )


def _book_gates(row: list[int], rules: SignalRules, in_session: bool) -> Gate:
    bid, ask, ltp = row[c.BID_PRICE], row[c.ASK_PRICE], row[c.LTP]
    gates = Gate(0)
    if row[c.UPDATES] == 0 or ltp <= 0:
        gates |= Gate.NO_DATA
    late = abs(row[c.RECEIVED_NS] - row[c.EXCHANGE_NS]) > rules.max_lag_ns
    if row[c.EXCHANGE_NS] > 0 and late:
        gates |= Gate.STALE
    if not in_session:
        gates |= Gate.SESSION
    if min(bid, ask, row[c.TOTAL_BUY], row[c.TOTAL_SELL]) <= 0:
        return gates | Gate.EMPTY_SIDE
    if bid >= ask:
        gates |= Gate.CROSSED
    if row[c.HIGH] > 0 and not row[c.LOW] <= ltp <= row[c.HIGH]:
        gates |= Gate.LTP_RANGE
    wide = Fraction(ask - bid, 1) / Fraction(ask + bid, 2) > Fraction(rules.max_spread_bp, 10_000)
    if ask - bid > row[c.TICK] and wide:
        gates |= Gate.WIDE_SPREAD
    return gates


def _flow_gates(row: list[int], rules: SignalRules) -> Gate:
    share = pressure(row)
    if share is None:
        return Gate.BALANCED
    side = lean(row)
    strong = max(share, 1 - share)
    gates = Gate(0)
    if side == 0 or strong < Fraction(rules.pressure_low_bp, 10_000):
        gates |= Gate.BALANCED
    if strong > Fraction(rules.pressure_high_bp, 10_000):
        gates |= Gate.ONE_SIDED
    bids, asks = depths(row)
    with_it, against = (bids, asks) if side > 0 else (asks, bids)
    if side == 0 or Fraction(with_it) <= Fraction(rules.depth_ratio_pct, 100) * against:
        gates |= Gate.DEPTH_RATIO
    return gates


def spans(row: list[int], rules: SignalRules) -> list[int]:
    """The six cells by which fast moves are known, as this update leaves them."""
    ltp, now = row[c.LTP], row[c.RECEIVED_NS]
    began, low, high, past_low, past_high, calm = row[c.SPAN_NS : c.CALM_NS + 1]
    if ltp <= 0:
        return [began, low, high, past_low, past_high, calm]
    if low == 0 or now >= began + rules.spike_span_ns:
        began, low, high, past_low, past_high = now, ltp, ltp, low, high
    low, high = min(low, ltp), max(high, ltp)
    seen = [price for price in (low, high, past_low, past_high) if price > 0]
    if Fraction(max(seen), min(seen)) - 1 > Fraction(rules.spike_bp, 10_000):
        calm = now + rules.spike_rest_ns
    return [began, low, high, past_low, past_high, calm]


def gates(row: list[int], rules: SignalRules, *, in_session: bool) -> Gate:
    """Every gate that blocks `row`."""
    spike = Gate.SPIKE if row[c.RECEIVED_NS] < spans(row, rules)[-1] else Gate(0)
    return _book_gates(row, rules, in_session) | _flow_gates(row, rules) | _thin(row) | spike


def _thin(row: list[int]) -> Gate:
    """The one witness that blocks by default: fifty lakh of turnover."""
    traded = Fraction(row[c.VOLUME] * row[c.LTP], 100 * 100_000)
    return Gate.TURNOVER if lean(row) and traded < 50 else Gate(0)


def reached(row: list[int], wakes: list[int]) -> bool:
    """Whether a quote is at or beyond one of the four wake prices."""
    bid, ask, ltp = row[c.BID_PRICE], row[c.ASK_PRICE], row[c.LTP]
    hits = [bid > 0 and bid >= wakes[0], ask > 0 and ask <= wakes[1]]
    hits += [ltp > 0 and ltp <= wakes[2], ltp > 0 and ltp >= wakes[3]]
    return any(hits)


def strongest(rows: list[list[int]], now_ns: int, max_age_ns: int) -> int:
    """Row of the best signal: dominance, then tightness, then the lower row; -1 for none."""
    signals = [
        (-row[c.DOMINANCE], Fraction(row[c.ASK_PRICE] - row[c.BID_PRICE], row[c.ASK_PRICE]), index)
        for index, row in enumerate(rows)
        if row[c.BLOCKERS] == 0
        and row[c.SIGNAL_NS] != 0
        and row[c.HOLD_UNTIL_NS] <= now_ns
        and now_ns - row[c.RECEIVED_NS] <= max_age_ns
    ]
    return min(signals)[2] if signals else -1


# -- adaptive thresholds -----------------------------------------------------------------------

SECOND = 10**9
GRAIN = Fraction(1, 65_536)


def down(value: Fraction) -> Fraction:
    """`value`, not below 0, rounded down to the grain in which estimates are kept."""
    return (value // GRAIN) * GRAIN


@dataclass
class Learner:
    """The quantiles of one stock, learnt sample by sample; times in nanoseconds."""

    rules: SignalRules
    samples: int = 0
    learnt_ms: int = 0
    sampled_ns: int = 0
    estimates: dict[Moving, Fraction] = field(default_factory=dict)
    runs: dict[Moving, list[int]] = field(default_factory=dict)
    """The sides of the readings since they last changed."""

    def limits(self, at_ns: int) -> dict[Moving, int]:
        """The thresholds in force for an update at `at_ns`, in the unit of their columns."""
        static = {
            Moving.PRESSURE_LOW: self.rules.pressure_low_bp,
            Moving.PRESSURE_HIGH: self.rules.pressure_high_bp,
            Moving.DEPTH_RATIO: self.rules.depth_ratio_pct,
            Moving.FOOTPRINT: 3_000_000,
            Moving.WALL: 4_000_000,
        }
        adaptive = self.rules.adaptive
        known = 0 <= at_ns - self.sampled_ns < adaptive.memory_ns
        if adaptive.mode is Adaptive.OFF or self.samples < adaptive.warm_up or not known:
            return static
        found = {}
        for one, rule in zip(Moving, adaptive.moving, strict=True):
            value = math.floor(self.estimates[one])
            if one is Moving.DEPTH_RATIO:
                value = math.floor(Fraction(100 * value, max(10_000 - value, 1)))
            found[one] = sorted((rule.least, value, rule.most))[1]
        return found

    def see(self, at_ns: int, readings: dict[Moving, Fraction]) -> None:
        """A fit book whose readings are known, at `at_ns`."""
        adaptive = self.rules.adaptive
        gone = at_ns - self.sampled_ns
        if adaptive.mode is Adaptive.OFF or 0 <= gone < SECOND:
            return
        if not 0 <= gone < adaptive.memory_ns:
            self.samples = self.learnt_ms = 0
        self.sampled_ns = at_ns
        self.samples += 1
        counts_ms = min(gone // 10**6, 10_000)
        if self.samples > 1:
            self.learnt_ms += counts_ms
        for one, rule in zip(Moving, adaptive.moving, strict=True):
            low, high = MOVING[one].domain
            reading = Fraction(sorted((low, math.floor(readings[one]), high))[1])
            if self.samples == 1:
                self.estimates[one] = reading
                self.runs[one] = []
                continue
            span_ms = max(min(self.learnt_ms, adaptive.memory_ns // 10**6), 1)
            side = (reading > self.estimates[one]) - (reading < self.estimates[one])
            if side == 0:
                continue
            same = self.runs[one] and self.runs[one][-1] == side
            self.runs[one] = [*self.runs[one], side] if same else [side]
            # How often the reading lies on this side of its quantile, and how long a run there is.
            above = 1 - Fraction(rule.quantile_pm, 1_000)
            here = above if side > 0 else 1 - above
            usual_run = 1 / (1 - here)
            lengthened = Fraction(math.floor(len(self.runs[one]) * 250 / usual_run), 1_000)
            step = down(Fraction(MOVING[one].stride * counts_ms, span_ms))
            step = down(step / (4 * here))
            step = down(step * min(max(lengthened, Fraction(1)), Fraction(16)))
            wanted = self.estimates[one] + side * step
            self.estimates[one] = sorted((Fraction(low), wanted, Fraction(high)))[1]


def sample_of(
    row: list[int], footprints: list[float], walls: list[float]
) -> dict[Moving, Fraction]:
    """What a book that leans somewhere and has depth is for each threshold."""
    share = max(pressure(row), 1 - pressure(row)) * 10_000
    bids, asks = depths(row)
    leading = bids if lean(row) > 0 else asks

    def largest(sizes: list[float]) -> Fraction:
        known = [size for size in sizes if not math.isnan(size)]
        return Fraction(math.trunc(max(known) * 1_000_000) if known else -(10**9))

    return {
        Moving.PRESSURE_LOW: share,
        Moving.PRESSURE_HIGH: share,
        Moving.DEPTH_RATIO: Fraction(leading * 10_000, bids + asks),
        Moving.FOOTPRINT: largest(footprints),
        Moving.WALL: largest(walls),
    }
