"""The order path as the engine follows it: does the broker answer, and does it know us."""

from __future__ import annotations

from tui_scalper.core.path_table import PATH_TABLE, USABLE, Path, PathInput
from tui_scalper.core.tables import step
from tui_scalper.core.units import FOREVER


class PathWatch:
    """How requests to the broker fare. `text` is why they fare badly."""

    def __init__(self) -> None:
        self.state = Path.OPEN
        self.text = ""
        self.since_ns = FOREVER
        """Since when something is not answered; FOREVER while all is."""

    @property
    def usable(self) -> bool:
        """Whether it is worth asking for something to be changed."""
        return self.state in USABLE

    def give(self, given: PathInput, at_ns: int, text: str = "") -> bool:
        """Move by the table; whether the state changed."""
        outcome = step(PATH_TABLE, self.state, given)
        if not isinstance(outcome, Path) or outcome is self.state:
            return False
        self.state = outcome
        if outcome is Path.OPEN:
            self.text, self.since_ns = "", FOREVER
        else:
            self.text = text or self.text
            self.since_ns = min(self.since_ns, at_ns)
        return True
