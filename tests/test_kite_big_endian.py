"""Numbers of a frame, compiled, against Python's own."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.brokers.kite.big_endian import half, word
from tui_scalper.core.jit import kernel


@kernel
def word_at(data, at):
    return word(data, at)


@kernel
def half_at(data, at):
    return half(data, at)


@given(st.binary(min_size=4, max_size=40), st.data())
def test_numbers_are_read_high_byte_first_at_any_place(data, places):
    at = places.draw(st.integers(0, len(data) - 4))
    array = np.frombuffer(data, dtype=np.uint8)
    assert word_at(array, at) == word(array, at) == int.from_bytes(data[at : at + 4], "big")
    assert half_at(array, at) == half(array, at) == int.from_bytes(data[at : at + 2], "big")
