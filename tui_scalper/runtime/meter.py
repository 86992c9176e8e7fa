"""How fast the engine is: a bounded ring of latencies and their percentiles."""

from __future__ import annotations

import numpy as np

from tui_scalper.core.snapshot import Latency

RING = 4_096


class Ring:
    """The newest spans of time, nanoseconds."""

    def __init__(self) -> None:
        self._spans = np.zeros(RING, dtype=np.int64)
        self.count = 0
        """Spans recorded so far."""

    def record(self, span_ns: int) -> None:
        """One more; the oldest goes when the ring is full."""
        self._spans[self.count % RING] = span_ns
        self.count += 1

    def within(self, *percents: int) -> tuple[int, ...]:
        """The spans within which each of `percents` of the newest stay; -1 before the first."""
        if not self.count:
            return (-1,) * len(percents)
        newest = self._spans[: min(self.count, RING)]
        return tuple(int(one) for one in np.percentile(newest, percents))


class LatencyMeter:
    """From a frame's arrival to the decision on it, and from an order to its acknowledgement."""

    def __init__(self) -> None:
        self.decisions = Ring()
        self.acknowledgements = Ring()

    def latency(self, order_ack_ns: int) -> Latency:
        """All of it, with the answer to the newest order."""
        p50, p99 = self.decisions.within(50, 99)
        (ack_p99,) = self.acknowledgements.within(99)
        return Latency(
            decide_p50=p50, decide_p99=p99, order_ack=order_ack_ns, order_ack_p99=ack_p99
        )
