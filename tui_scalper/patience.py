"""Says on the terminal that something takes its time, and takes it away when it is done."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

QUIET_S: Final = 0.5
"""What is done sooner says nothing."""
AGAIN_S: Final = 0.2


def nothing() -> str:
    """No more to say."""
    return ""


@contextmanager
def patience(what: str, more: Callable[[], str] = nothing) -> Iterator[None]:
    """While the body runs: `what`, for how long already, and what `more` says.

    On a terminal one line that renews itself; elsewhere nothing.
    """
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(what, more, done), name="patience", daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(what: str, more: Callable[[], str], done: threading.Event) -> None:
    began, width = time.monotonic(), 0
    wait = QUIET_S
    while not done.wait(wait):
        wait = AGAIN_S
        line = f"{what} ... {time.monotonic() - began:.0f} s {more()}".rstrip()
        width = max(width, len(line))
        print(f"\r{line:<{width}}", end="", file=sys.stderr, flush=True)
    if width:
        print(f"\r{'':<{width}}\r", end="", file=sys.stderr, flush=True)
