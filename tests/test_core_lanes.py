"""Many numbers compared at once, compiled, against one after the other."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core.confirming import ones
from tui_scalper.core.jit import kernel
from tui_scalper.core.lanes import LANES, reaching, unknown

odd = st.one_of(st.floats(), st.sampled_from((0.0, -0.0, 1.0, math.inf, -math.inf, math.nan)))
lanes = st.lists(odd, min_size=LANES, max_size=LANES)
signs = st.lists(st.sampled_from((1.0, -1.0, 0.0)), min_size=LANES, max_size=LANES)


@kernel
def reaching_compiled(heard, numbers, first, second):
    return reaching(heard, numbers, first, second)


@kernel
def unknown_compiled(heard):
    return unknown(heard)


@given(lanes, signs, lanes)
def test_the_bits_are_those_of_each_comparison(heard, sign, bars):
    said, numbers = np.array(heard), np.array([9.0, *sign, *bars])
    with np.errstate(all="ignore"):
        bits = reaching(said, numbers, 1, 1 + LANES)
    assert reaching_compiled(said, numbers, 1, 1 + LANES) == bits
    assert unknown_compiled(said) == unknown(said)
    assert unknown(said) == sum(math.isnan(value) << lane for lane, value in enumerate(heard))


@given(st.integers(0, (1 << LANES) - 1))
def test_ones_are_counted(bits):
    assert ones(bits) == bits.bit_count()
