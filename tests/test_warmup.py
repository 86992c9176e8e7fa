"""What a start says of kernels that are not in the cache yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_nothing_is_compiled_after_the_warm_up(tmp_path):
    """What is would hold up the engine in the middle of the day."""
    script = Path(__file__).with_name("warm_run.py")
    done = subprocess.run(
        [sys.executable, script, tmp_path / "day.tape"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stdout + done.stderr
