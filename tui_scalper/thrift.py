"""A terminal's driver that sends as few bytes as it can."""

from __future__ import annotations

import re
from typing import Final, Protocol, runtime_checkable

from textual.driver import Driver

from tui_scalper.letters import in_ascii
from tui_scalper.shadow import Shadow

SYNC: Final = re.compile(r"\x1b\[\?2026[hl]")
"""Begin and end of an update that the terminal should show as one."""


@runtime_checkable
class Forgetful(Protocol):
    """A driver that can be told that the terminal may show anything."""

    def forget(self) -> None:
        """Send everything anew."""


def thrifty_driver(kind: type[Driver], *, sync: bool, ascii_only: bool) -> type[Driver]:
    """A driver that sends as `kind` does, with fewer bytes.

    Without `sync` no update is marked; `ascii_only` draws in plain letters.
    """

    class Thrifty(kind):  # type: ignore[misc, valid-type]
        """Sparing with bytes."""

        _shadow: Shadow | None = None

        def write(self, data: str) -> None:
            """Send `data`, of a picture only what looks different."""
            if self._shadow is None:
                self._shadow = Shadow()
            sent = self._shadow.sent(data if sync else SYNC.sub("", data))
            super().write(in_ascii(sent) if ascii_only else sent)

        def forget(self) -> None:
            """The terminal may show anything: send everything anew."""
            if self._shadow is not None:
                self._shadow.forget()

    return Thrifty
