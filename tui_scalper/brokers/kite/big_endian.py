"""Numbers of two and four bytes, the high byte first, out of the bytes of a frame.

Put together byte by byte a packet costs more than all its readings; the processor has an
instruction that turns the bytes of a number round.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from tui_scalper.core.jit import written_as

Bytes = NDArray[np.uint8]


def word(data: Bytes, at: int) -> int:
    """The four bytes from `at` on, which lie in `data`."""
    return int.from_bytes(data[at : at + 4].tobytes(), "big")


def half(data: Bytes, at: int) -> int:
    """The two bytes from `at` on, which lie in `data`."""
    return int.from_bytes(data[at : at + 2].tobytes(), "big")


def _reader(bits: int) -> Callable[..., Any]:
    @intrinsic
    def read(  # pragma: no cover - runs inside the compiler
        _context: Any, array: Any, place: Any
    ) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            held = context.make_array(signature.args[0])(context, builder, values[0])
            number = ir.IntType(bits)
            byte = builder.gep(held.data, [values[1]])
            raw = builder.load(builder.bitcast(byte, number.as_pointer()), align=1)
            return builder.zext(builder.bswap(raw), ir.IntType(64))

        return types.int64(array, place), code

    reader: Callable[..., Any] = read
    return reader


written_as(word, _reader(32))
written_as(half, _reader(16))
