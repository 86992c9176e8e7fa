"""How fast the engine is: a bounded ring of latencies and their percentiles."""

from __future__ import annotations

import numpy as np

from tui_scalper.core.snapshot import Latency

RING = 4_096


class LatencyMeter:
    """Nanoseconds from a frame's arrival to the engine's decision on it."""

    def __init__(self) -> None:
        self._ring = np.zeros(RING, dtype=np.int64)
        self._count = 0

    def record(self, elapsed_ns: int) -> None:
        """One frame was decided after `elapsed_ns`."""
        self._ring[self._count % RING] = elapsed_ns
        self._count += 1

    @property
    def count(self) -> int:
        """Frames measured so far."""
        return self._count

    def latency(self, order_ack_ns: int) -> Latency:
        """Percentiles of the ring, with the last order's answer measured elsewhere."""
        if self._count == 0:
            return Latency(order_ack=order_ack_ns)
        ring = self._ring[: min(self._count, RING)]
        p50, p99 = np.percentile(ring, (50, 99))
        return Latency(
            decide_p50=int(p50),
            decide_p99=int(p99),
            order_ack=order_ack_ns,
        )
