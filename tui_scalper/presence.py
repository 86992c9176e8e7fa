"""Whether anybody can be at the screen: told to the engine, which decides what follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_scalper.core.commands import AnyCommand, Attend, UiBack, UiLost

SIGN_SECONDS: Final = 1.0
"""A sign of the screen is given this often."""


class Presence:
    """Watches the way to the terminal; `put` hands a command over and says whether it went.

    `lost_after` is how many seconds of output nobody may have taken before the screen counts
    as lost. With `attended` a sign of the screen is given while frames are taken.
    """

    def __init__(
        self, put: Callable[[AnyCommand], bool], *, lost_after: float, attended: bool
    ) -> None:
        self._put = put
        self._lost_after = lost_after
        self._attended = attended
        self._lost = False
        self._sign = float("-inf")

    def look(self, now: float, behind: float, key_ns: int) -> None:
        """Look once: output has waited for `behind` seconds, 0 while the terminal takes it.

        A command the queue does not take is given again with the next look.
        """
        if behind >= self._lost_after and not self._lost:
            why = f"the terminal takes no output for {behind:.0f} s"
            self._lost = self._put(UiLost(key_ns=key_ns, why=why))
        elif self._lost and not behind:
            self._lost = not self._put(UiBack(key_ns=key_ns))
        if self._attended and not behind and now - self._sign >= SIGN_SECONDS:
            self._sign = now
            self._put(Attend(key_ns=key_ns))
