"""A drawn line that is gone when nobody shows it any more.

Textual's strips keep what they were divided into, a whole one itself among it: such a circle is
freed by the collector of garbage alone, and that hardly looks at what is old here (console.py: a
full collection holds the engine up). It was half a megabyte a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.strip import Strip


class Drawn(Strip):
    """A strip that is never its own piece."""

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """The pieces that end at each of `cuts`, in cells."""
        inside = [cut for cut in cuts if cut <= self.cell_length]
        return [self] if inside == [self.cell_length] else super().divide(inside)
