"""Signals while the console starts: none is lost, whatever code it strikes."""

from __future__ import annotations

import signal
from contextlib import suppress

import pytest

from tui_scalper.hangup import HangUp


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
