"""Signals while the console starts: none is lost, whatever code it strikes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tui_scalper.hangup import HangUp
from tui_scalper.runtime.abandoning import abandoned_by_interrupt


def test_ctrl_c_that_the_start_swallowed_ends_it_all_the_same():
    before = signal.getsignal(signal.SIGINT)
    with HangUp() as hang_up:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            hang_up.started()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_start_nobody_interrupted_leaves_ctrl_c_as_it_was():
    before = signal.getsignal(signal.SIGINT)
    with HangUp() as hang_up:
        hang_up.started()
        assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def interruptible():
    """However the suite was started: what a shell runs in the background ignores interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_while_kernels_compile_an_interrupt_ends_the_process_whatever_it_strikes(tmp_path: Path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    program = [sys.executable, "-m", "tui_scalper", "warm-up"]
    with subprocess.Popen(
        program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as compiling:
        # The first kernel is kept: the compiler is in the midst of the next.
        while not any(tmp_path.rglob("*.nbc")):
            assert compiling.poll() is None, compiling.communicate()
            time.sleep(0.01)
        compiling.send_signal(signal.SIGINT)
        out, err = compiling.communicate(timeout=60)
    assert (compiling.returncode, out) == (130, "")
    assert err.splitlines()[1:] == ["interrupted"]


@pytest.mark.usefixtures("interruptible")
def test_signals_are_as_before_when_the_kernels_are_there():
    before = signal.getsignal(signal.SIGINT)
    with abandoned_by_interrupt():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with abandoned_by_interrupt():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
