"""Arrays lent to kernels all at once: a small table of where they lie goes into each call.

Handing an array from Python to compiled code takes as long as several readings of a stock, and
a kernel needs some twenty, the same ones from the first tick of a day to the last. Whoever
lends keeps the arrays for as long as the table is used.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np import arrayobj
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from tui_scalper.core.jit import compiled_as

Table = NDArray[np.int64]
"""int64[arrays, 4]: address, rows, columns (1 where there is one dimension), and how many numbers
lie from the beginning of a row to that of the next."""
Whole = NDArray[np.int64]
Real = NDArray[np.float64]
T = TypeVar("T")

ADDRESS, ROWS, COLUMNS, REACH = range(4)
PLACES: Final = 4
BYTES: Final = 8
"""Of a number."""


def lend(*arrays: Whole | Real) -> Table:
    """The table of these arrays: 64 bits a number, those of a row one after the other, and every
    row behind the one before it."""
    for one in arrays:
        assert one.dtype.itemsize == BYTES
        # Where there is nothing, it has no order.
        assert one.size == 0 or one.strides[-1] == BYTES
        assert one.size == 0 or one.ndim == 1 or one.strides[0] >= one.shape[1] * BYTES
    return np.array(
        [
            (one.ctypes.data, *one.shape, *[1] * (2 - one.ndim), one.strides[0] // BYTES)
            for one in arrays
        ],
        dtype=np.int64,
    )


class Takers(NamedTuple):
    """Take an array out of a table, by its place: of whole or real numbers, flat or in rows.

    In kernels a row is as wide as it is far to the next one, so that the compiler knows the
    numbers of a row to lie side by side; its columns are the first of them.
    """

    whole: Callable[[Table, int], Whole]
    wholes: Callable[[Table, int], Whole]
    real: Callable[[Table, int], Real]
    reals: Callable[[Table, int], Real]


def _plain(number: Any, dimensions: int) -> Callable[[Table, int], Any]:
    def take(table: Table, place: int) -> Any:
        address, rows, columns, reach = table[place].tolist()
        numbers = (rows - 1) * reach + columns if rows > 0 else 0
        held = (number * numbers).from_address(address)
        shape, steps = (rows, columns), (reach * BYTES, BYTES)
        array = np.frombuffer(held, dtype=number)
        return as_strided(array, shape[:dimensions], steps[:dimensions])

    return take


def _compiled(kind: types.Array) -> Callable[[Table, int], Any]:
    @intrinsic
    def take(  # pragma: no cover - runs inside the compiler
        _context: Any, table: Any, place: Any
    ) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            def number(value: int) -> Any:
                return context.get_constant(types.intp, value)

            held = context.make_array(signature.args[0])(context, builder, values[0])
            first = builder.mul(values[1], number(PLACES))
            address, rows, reach = (
                builder.load(builder.gep(held.data, [builder.add(first, number(at))]))
                for at in (ADDRESS, ROWS, REACH)
            )
            step = number(BYTES)
            flat = kind.ndim == 1
            shape = [rows] if flat else [rows, reach]
            strides = [step] if flat else [builder.mul(reach, step), step]
            data = builder.inttoptr(address, ir.PointerType(context.get_data_type(kind.dtype)))
            array = context.make_array(kind)(context, builder)
            populate: Any = arrayobj.populate_array
            populate(array, data, shape, strides, itemsize=step, meminfo=None)
            return array._getvalue()

        return kind(table, place), code

    taker: Callable[[Table, int], Any] = cast("Any", take)
    return taker


_PLAIN: Final = Takers(
    _plain(ctypes.c_int64, 1),
    _plain(ctypes.c_int64, 2),
    _plain(ctypes.c_double, 1),
    _plain(ctypes.c_double, 2),
)
_COMPILED: Final = Takers(
    _compiled(types.Array(types.int64, 1, "C")),
    _compiled(types.Array(types.int64, 2, "C")),
    _compiled(types.Array(types.float64, 1, "C")),
    _compiled(types.Array(types.float64, 2, "C")),
)


def borrower(build: Callable[[Takers], Callable[[Table], T]]) -> Callable[[Table], T]:
    """The function `build` makes of the takers, for kernels and for plain Python alike.

    It takes a table and returns a tuple of its arrays.
    """
    plain = build(_PLAIN)
    compiled_as(plain, build(_COMPILED))
    return plain
