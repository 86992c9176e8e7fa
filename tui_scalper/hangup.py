"""Signals of the terminal: what closes it must not end a run that holds something."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any, Self

from tui_scalper.app import ScalperApp


class HangUp:
    """A closed terminal ends the app, not the run; a terminate signal ends both in order.

    In force from before the start, so that a terminal that closes early kills no run either.
    """

    def __init__(self) -> None:
        self.lost = False
        """The terminal closed."""
        self._interrupted = False
        self._app: ScalperApp | None = None
        self._kept: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._catch(signal.SIGHUP, self._hung_up)
        self._catch(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._kept.items():
            signal.signal(number, handler)

    def started(self) -> None:
        """The start is over. Raises KeyboardInterrupt where Ctrl-C came in it.

        The one raised at once is lost where it strikes code that nobody awaits, as a
        destructor or a callback of the compiler.
        """
        signal.signal(signal.SIGINT, self._kept[signal.SIGINT])
        if self._interrupted:
            raise KeyboardInterrupt

    def run(self, app: ScalperApp) -> None:
        """Run `app` until it is left; not at all on a terminal that is gone already."""
        self._app = app
        self._catch(signal.SIGTERM, self._terminated)
        if not self.lost:
            app.run(mouse=False)

    def _catch(self, number: signal.Signals, handler: Callable[[int, object], None]) -> None:
        self._kept[number] = signal.signal(number, handler)

    def _hung_up(self, _number: int, _frame: object) -> None:
        self.lost = True
        if self._app is not None:
            self._app.hang_up()

    def _interrupt(self, _number: int, _frame: object) -> None:
        self._interrupted = True
        raise KeyboardInterrupt

    def _terminated(self, _number: int, _frame: object) -> None:
        if self._app is not None:
            self._app.call_later(self._app.leave)
