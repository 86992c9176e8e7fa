"""Latencies: percentiles of the newest spans, and nothing before the first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.runtime.meter import RING, LatencyMeter


def test_nothing_was_measured_before_the_first():
    empty = LatencyMeter().latency(-1)
    assert {empty.decide_p50, empty.decide_p99, empty.order_ack, empty.order_ack_p99} == {-1}


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=60))
def test_percentiles_lie_among_the_spans_and_in_order(spans):
    meter = LatencyMeter()
    for span in spans:
        meter.decisions.record(span)
        meter.acknowledgements.record(2 * span)
    said = meter.latency(spans[-1])
    assert min(spans) <= said.decide_p50 <= said.decide_p99 <= max(spans)
    assert said.decide_p99 - 1 <= said.order_ack_p99 // 2 <= 2 * said.decide_p99 + 1
    assert said.order_ack == spans[-1]


def test_only_the_newest_count():
    meter = LatencyMeter()
    for _ in range(RING):
        meter.decisions.record(10**9)
    for _ in range(RING):
        meter.decisions.record(5)
    assert meter.latency(-1).decide_p99 == 5
