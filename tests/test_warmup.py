"""What a start says of kernels that are not in the cache yet."""

from __future__ import annotations

import numba

from tui_scalper.core import kernels as k
from tui_scalper.runtime.warmup import compiling


def test_a_start_that_has_to_compile_says_so(monkeypatch):
    @numba.njit
    def fresh(number):
        return number + 1

    monkeypatch.setattr(k, "evaluate_lent", fresh)
    monkeypatch.setattr(k, "run_lent", fresh)
    assert compiling() == ""
    fresh(1)
    assert compiling() == "compiling kernels, once, up to a minute"
