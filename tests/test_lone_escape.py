"""Esc is heard soon, a longer key that comes in pieces is no Esc, and Textual still reads so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event, Thread

import pytest
from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver

from tui_scalper.lone_escape import KeyReader, prompt_driver

NEVER_S = 1_000.0
PATIENCE_S = 20.0
UP = "\x1b[A"


def keys(messages: object) -> list[str]:
    return [one.key for one in messages if isinstance(one, events.Key)]  # type: ignore[attr-defined]


def test_nothing_after_esc_is_the_key_at_our_limit_and_not_before():
    soon, late = KeyReader(0.0), KeyReader(NEVER_S)
    assert keys(soon.feed("\x1b")) == keys(late.feed("\x1b")) == []
    assert keys(soon.tick()) == ["escape"]
    assert keys(late.tick()) == []


@pytest.mark.parametrize("cut", [1, 2])
def test_a_key_that_comes_in_two_pieces_is_that_key(cut: int):
    reader = KeyReader(NEVER_S)
    assert keys(reader.feed(UP[:cut])) == keys(reader.tick()) == []
    assert keys(reader.feed(UP[cut:])) == ["up"]


def test_a_kitty_keyboard_names_esc_and_nobody_waits():
    assert keys(KeyReader(NEVER_S).feed("\x1b[27u")) == ["escape"]


@contextmanager
def listening(wait: float) -> Iterator[tuple[int, SimpleQueue]]:
    """A terminal driver of Textual's whose input is a pipe; its end, and the keys it heard."""
    heard: SimpleQueue = SimpleQueue()
    near, far = os.pipe()

    class Listening(prompt_driver(LinuxDriver, wait)):  # type: ignore[misc]
        def __init__(self) -> None:
            self.fileno, self.exit_event, self._debug = near, Event(), False

        def process_message(self, message: object) -> None:
            if isinstance(message, events.Key):
                heard.put(message.key)

    # By the name Textual starts: were it to call something else, nothing of ours would run.
    thread = Thread(target=Listening()._run_input_thread, daemon=True)
    thread.start()
    try:
        yield far, heard
    finally:
        os.close(far)  # at the end of its input the driver's thread ends as well
        thread.join(PATIENCE_S)
        os.close(near)
        assert not thread.is_alive()


def test_the_driver_hears_esc_by_itself():
    with listening(0.01) as (far, heard):
        os.write(far, b"\x1b")
        assert heard.get(timeout=PATIENCE_S) == "escape"


def test_the_driver_puts_a_cut_key_and_a_cut_letter_together():
    with listening(NEVER_S) as (far, heard):
        for piece in (b"\x1b", b"[", b"B", b"\xe2\x82", b"\xac", b"x"):
            os.write(far, piece)
        got = [heard.get(timeout=PATIENCE_S) for _ in range(3)]
    assert got == ["down", "euro_sign", "x"]


def test_a_driver_that_reads_no_terminal_stays_as_it_is():
    assert prompt_driver(HeadlessDriver, 0.01) is HeadlessDriver
