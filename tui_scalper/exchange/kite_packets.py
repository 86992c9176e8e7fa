"""Kite Connect v3 market packets, written from the market table with numpy.

Big-endian; every packet stands in a frame behind its u16 length, every frame begins with
the u16 number of packets. A whole row is encoded once, however many sockets want it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui_scalper.core import columns as c
from tui_scalper.core.events import Rows
from tui_scalper.core.instruments import Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.units import NS

Bytes = NDArray[np.uint8]

MODES: Final = {"ltp": 8, "quote": 44, "full": 184}
"""Bytes of a packet in each streaming mode."""
HEARTBEAT: Final = b"\x00"
WORDS: Final = 46
PLAIN: Final = (
    (1, c.LTP),
    (2, c.LTQ),
    (3, c.AVERAGE),
    (4, c.VOLUME),
    (5, c.TOTAL_BUY),
    (6, c.TOTAL_SELL),
    (7, c.OPEN),
    (8, c.HIGH),
    (9, c.LOW),
    (10, c.CLOSE),
)
"""(32-bit word of the packet, column copied into it)."""
SECONDS: Final = ((11, c.TRADED_NS), (15, c.EXCHANGE_NS))
SIDES: Final = (
    (16, c.BID_QUANTITY, c.BID_PRICE, c.BID_ORDERS),
    (31, c.ASK_QUANTITY, c.ASK_PRICE, c.ASK_ORDERS),
)
U32: Final = (1 << 32) - 1
U16: Final = (1 << 16) - 1


class PacketTable:
    """The newest packets of every row of a universe, in all three modes."""

    def __init__(self, universe: Universe) -> None:
        rows = len(universe)
        self._words: NDArray[np.int64] = np.zeros((rows, WORDS), dtype=np.int64)
        self._words[:, 0] = [one.token for one in universe]
        self._packets: dict[str, Bytes] = {
            mode: np.zeros((rows, 2 + size), dtype=np.uint8) for mode, size in MODES.items()
        }
        for mode, size in MODES.items():
            self._packets[mode][:, 0] = size >> 8
            self._packets[mode][:, 1] = size & 0xFF

    def refresh(self, cells: Cells, rows: Rows) -> None:
        """Encode `rows` anew. What does not fit its field is held at the field's limit."""
        part = cells[rows]
        words = self._words[rows]
        for word, column in PLAIN:
            words[:, word] = part[:, column]
        for word, column in SECONDS:
            words[:, word] = part[:, column] // NS
        for word, quantity, price, orders in SIDES:
            end = word + 3 * c.LEVELS
            words[:, word:end:3] = part[:, quantity : quantity + c.LEVELS]
            words[:, word + 1 : end : 3] = part[:, price : price + c.LEVELS]
            counts = np.minimum(part[:, orders : orders + c.LEVELS], U16)
            words[:, word + 2 : end : 3] = counts << 16
        np.clip(words, 0, U32, out=words)
        full = np.ascontiguousarray(words.astype(">u4")).view(np.uint8)
        for mode, size in MODES.items():
            self._packets[mode][rows, 2:] = full[:, :size]

    def frame(self, groups: dict[str, Rows]) -> bytes:
        """One message with the packets of `groups`: mode -> rows."""
        parts = [self._packets[mode][rows].tobytes() for mode, rows in groups.items()]
        count = sum(len(rows) for rows in groups.values())
        return b"".join((count.to_bytes(2, "big"), *parts))
