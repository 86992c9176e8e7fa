"""Esc without a wait that a hand would feel: how long the terminal's input is listened to.

A terminal sends Esc as the byte that begins every longer key as well, so a reader waits whether
more follows. Textual looks a tenth of a second later, whatever is set. Terminals that speak the
kitty keyboard protocol send another sequence and wait for nothing.
"""

from __future__ import annotations

import os
from codecs import getincrementaldecoder
from select import select
from typing import Final

from textual._parser import Read1
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

ESCAPE_S: Final = 0.03
"""The bytes of one key leave a terminal in one write, so they travel in one packet; where they are
cut all the same (a full buffer on the way), the rest follows within a few milliseconds. What a
lost packet delays, 200 ms and more, no wait of a tenth of a second would cover either."""
IDLE_S: Final = 0.1
"""Between two looks whether the screen was left."""
CHUNK: Final = 4_096


class KeyReader(XTermParser):
    """Textual's reader of keys; an Esc that nothing follows for `wait` seconds is the key."""

    def __init__(self, wait: float, *, debug: bool = False) -> None:
        self._wait = wait
        super().__init__(debug)

    def read1(self, timeout: float | None = None) -> Read1:  # type: ignore[override]
        """Ask for a character, with our limit where there is one at all."""
        return Read1(None if timeout is None else self._wait)


def listen(driver: LinuxDriver, reader: KeyReader, wait: float) -> None:
    """Hand what the terminal says to `driver` until it is told to end, or nothing can follow."""
    decode = getincrementaldecoder("utf-8")().decode
    look = IDLE_S
    while not driver.exit_event.is_set():
        ready, _, _ = select([driver.fileno], [], [], look)
        if ready:
            data = os.read(driver.fileno, CHUNK)
            if not data:
                return
            text = decode(data)
            # Half a letter is no text yet, and no text would tell the reader that all is over.
            for message in reader.feed(text) if text else ():
                driver.process_message(message)
        for message in reader.tick():
            driver.process_message(message)
        # After a byte the answer to "was it all?" is due soon; in silence nothing is open.
        look = wait if ready else IDLE_S


def prompt_driver(kind: type[Driver], wait: float) -> type[Driver]:
    """A driver that reads keys as `kind` does, and takes a lone Esc for the key after `wait` s."""
    if not issubclass(kind, LinuxDriver):
        return kind

    class Prompt(kind):  # type: ignore[misc, valid-type]
        """Does not keep Esc waiting."""

        def run_input_thread(self) -> None:
            """Listen until the screen is left."""
            listen(self, KeyReader(wait, debug=self._debug), wait)

    return Prompt
