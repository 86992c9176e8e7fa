"""Many numbers compared at once, as processors do it: thirty-two in four strides of eight.

One after the other, with a branch or a store for each, the witnesses of a stock cost more than
most readings. The answer is a set of bits, which is what is kept of them anyway.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from tui_scalper.core.jit import written_as

Reals = NDArray[np.float64]

LANES: Final = 32
_STRIDE: Final = 8


def reaching(heard: Reals, numbers: Reals, signs: int, bars: int) -> int:
    """Bit i is set where heard[i] x numbers[signs + i] >= numbers[bars + i], i below LANES."""
    bits = 0
    for lane in range(LANES):
        reaches = heard[lane] * numbers[signs + lane] >= numbers[bars + lane]
        bits |= int(reaches) << lane
    return bits


def unknown(heard: Reals) -> int:
    """Bit i is set where heard[i] is NaN, i below LANES."""
    return sum(int(math.isnan(heard[lane])) << lane for lane in range(LANES))


def _stride(  # pragma: no cover - runs inside the compiler
    context: Any, builder: Any, kind: Any, array: Any, place: Any
) -> Any:
    """Eight numbers of an array from `place` on."""
    held = context.make_array(kind)(context, builder, array)
    eight = ir.VectorType(ir.DoubleType(), _STRIDE).as_pointer()
    first = builder.bitcast(builder.gep(held.data, [place]), eight)
    return builder.load(first, align=8)


def _joined(builder: Any, answers: list[Any]) -> Any:  # pragma: no cover - as above
    """The bits of all strides as one number."""
    word, bits = ir.IntType(64), ir.Constant(ir.IntType(64), 0)
    for number, answer in enumerate(answers):
        byte = builder.zext(builder.bitcast(answer, ir.IntType(_STRIDE)), word)
        bits = builder.or_(bits, builder.shl(byte, ir.Constant(word, _STRIDE * number)))
    return bits


@intrinsic
def _reaching(  # pragma: no cover - runs inside the compiler
    _context: Any, heard: Any, numbers: Any, signs: Any, bars: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        answers = []
        for lane in range(0, LANES, _STRIDE):
            step = ir.Constant(ir.IntType(64), lane)
            said = _stride(context, builder, signature.args[0], values[0], step)
            sign, bar = (
                _stride(context, builder, signature.args[1], values[1], builder.add(at, step))
                for at in values[2:]
            )
            answers.append(builder.fcmp_ordered(">=", builder.fmul(said, sign), bar))
        return _joined(builder, answers)

    return types.int64(heard, numbers, types.int64, types.int64), code


@intrinsic
def _unknown(_context: Any, heard: Any) -> Any:  # pragma: no cover - runs inside the compiler
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        answers = []
        for lane in range(0, LANES, _STRIDE):
            step = ir.Constant(ir.IntType(64), lane)
            said = _stride(context, builder, signature.args[0], values[0], step)
            answers.append(builder.fcmp_unordered("uno", said, said))
        return _joined(builder, answers)

    return types.int64(heard), code


written_as(reaching, _reaching)
written_as(unknown, _unknown)
