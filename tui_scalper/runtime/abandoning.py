"""Ends the process at once on Ctrl-C while kernels are compiled.

An exception that strikes in a callback of the compiler is lost there, or leaves one of its locks
taken. Nothing of a run exists yet, and the cache of kernels is written file by file in one step
each, so there is nothing to end in order.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

INTERRUPTED: Final = 130
"""Exit status of an interrupted command, as shells have it."""
WORDS: Final = b"interrupted\n"
CLEAR_LINE: Final = b"\r\x1b[K"
LEFT_ALONE: Final = (signal.SIG_IGN, signal.SIG_DFL, None)


@contextmanager
def abandoned_by_interrupt() -> Iterator[None]:
    """While the body runs, signals that would interrupt it end the process with status 130.

    Those nobody handles, or that are ignored, stay as they are; so does every one outside the
    main thread, where Python raises nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    kept = {one: signal.getsignal(one) for one in numbers}
    for one, handler in kept.items():
        if handler not in LEFT_ALONE:
            signal.signal(one, _abandon)
    try:
        yield
    finally:
        for one, handler in kept.items():
            if handler not in LEFT_ALONE:
                signal.signal(one, handler)


def _abandon(_number: int, _frame: object) -> None:
    os.write(2, (CLEAR_LINE if sys.stderr.isatty() else b"") + WORDS)
    os._exit(INTERRUPTED)
