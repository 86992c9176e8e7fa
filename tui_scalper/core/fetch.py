"""Asks the processor for memory that is needed soon, so that a large universe costs little more.

The rows of a frame lie anywhere in a market of many megabytes. Waiting for one at a time
costs more than all its readings; asked for a few rows ahead they are there when it is their
turn. Changes nothing but the time it takes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from tui_scalper.core.blocks import LINE
from tui_scalper.core.jit import kernel, written_as

Cells = NDArray[np.int64]
Reals = NDArray[np.float64]

LARGE: Final = 256
"""Stocks from which on a market is more than the processor keeps at hand by itself."""


def ask(_array: Cells | Reals, _row: int, _cell: int) -> None:
    """Ask for the line of memory that holds `_array[_row, _cell]`; plain Python has no need to."""


@intrinsic
def _prefetch(  # pragma: no cover - runs inside the compiler
    _context: Any, array: Any, row: Any, cell: Any
) -> Any:
    signature = types.void(array, row, cell)

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = signature.args[0]
        held = context.make_array(kind)(context, builder, values[0])
        item: Any = cgutils.get_item_pointer
        place = item(context, builder, kind, held, [values[1], values[2]], wraparound=False)
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        takes = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", (byte,), takes)
        # To be kept close, data.
        builder.call(prefetch, [builder.bitcast(place, byte), word(0), word(3), word(1)])
        return context.get_dummy_value()

    return signature, code


written_as(ask, _prefetch)


@kernel
def fetch(array: Cells | Reals, row: int, cells: int) -> None:
    """Ask for the first `cells` of one row."""
    for cell in range(0, cells, LINE):
        ask(array, row, cell)
