"""The functions of core.readings.levels as the compiler is to write them: eight lanes, five in use.

Each has the name and the arguments of the one it stands for.
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import reals as r

LANES: Final = 8
"""Numbers handled at once; whatever a side stands in reaches that far beyond its first cell."""
NOWHERE: Final = -(1 << 40)
"""How good a price that is not there is: worse than any."""
_WORD: Final = ir.IntType(64)
_WHOLE: Final = ir.VectorType(_WORD, LANES)
_REAL: Final = ir.VectorType(ir.DoubleType(), LANES)


def _whole(number: int) -> Any:  # pragma: no cover - runs inside the compiler
    return ir.Constant(_WHOLE, [number] * LANES)


_tuple: Any = types.Tuple
_PAIR: Final = _tuple((types.float64, types.int64))
_DEPTHS: Final = _tuple((*[types.int64] * 3, *[types.float64] * 2))


class _Maker:  # pragma: no cover - runs inside the compiler
    """Writes the instructions of one function over levels."""

    def __init__(self, context: Any, builder: Any, signature: Any, values: Any) -> None:
        self.build = builder
        self.values = values
        self.places = [
            context.make_array(kind)(context, builder, value).data
            if isinstance(kind, types.Array)
            else value
            for kind, value in zip(signature.args, values, strict=True)
        ]
        self.used = ir.Constant(
            ir.VectorType(ir.IntType(1), LANES), [lane < c.LEVELS for lane in range(LANES)]
        )

    def cell(self, array: int, cell: int, further: Any = None) -> Any:
        """Where a cell is; `array` is the number of an argument, `further` a number to add."""
        at: Any = ir.Constant(_WORD, cell)
        at = at if further is None else self.build.add(at, further)
        return self.build.gep(self.places[array], [at])

    def load(self, array: int, cell: int, further: Any = None, kind: Any = _WHOLE) -> Any:
        """Eight numbers of an array."""
        place = self.build.bitcast(self.cell(array, cell, further), kind.as_pointer())
        return self.build.load(place, align=8)

    def five(self, array: int, cell: int, further: Any = None) -> Any:
        """Five numbers of an array in the parts `store` makes: one just written is had at once."""
        first = self.cell(array, cell, further)
        kind = first.type.pointee
        four = self.build.bitcast(first, ir.VectorType(kind, 4).as_pointer())
        four = self.build.load(four, align=8)
        last = self.build.load(self.build.gep(first, [ir.Constant(_WORD, 4)]))
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0, 1, 2, 3, 4, 4, 4, 4])
        eight = self.build.shuffle_vector(four, ir.Constant(four.type, [0] * 4), lanes)
        return self.build.insert_element(eight, last, ir.Constant(_WORD, 4))

    def store(self, number: Any, place: Any) -> None:
        """Five of eight numbers from a place on."""
        for at, width in ((0, 4), (4, 1)):
            kind = ir.VectorType(number.type.element, width)
            to = self.build.gep(place, [ir.Constant(_WORD, at)])
            part = self._part(number, at, width)
            self.build.store(part, self.build.bitcast(to, kind.as_pointer()), align=8)

    def all(self, argument: int) -> Any:
        """An argument in every lane."""
        number = self.places[argument]
        none = ir.Constant(ir.VectorType(number.type, LANES), ir.Undefined)
        one = self.build.insert_element(none, number, ir.Constant(_WORD, 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return self.build.shuffle_vector(one, one, zeros)

    def where(self, asked: Any, number: Any) -> Any:
        """A number in the lanes in use where `asked`, otherwise nothing."""
        return self.build.select(self.build.and_(asked, self.used), number, _whole(0))

    def merit(self, price: Any, side: int) -> Any:
        """merit of every lane; `side` is known beforehand."""
        there = self.build.icmp_signed(">", price, _whole(0))
        worth = price if side > 0 else self.build.neg(price)
        return self.build.select(there, worth, _whole(NOWHERE))

    def real(self, number: Any) -> Any:
        """Whole numbers as real ones."""
        return self.build.sitofp(number, _REAL)

    def reduced(self, how: str, number: Any) -> Any:
        """All lanes as one number."""
        function = self.build.module.declare_intrinsic(
            f"llvm.vector.reduce.{how}.v{LANES}i64", (), ir.FunctionType(_WORD, [_WHOLE])
        )
        return self.build.call(function, [number])

    def summed(self, number: Any) -> Any:
        """The sum of the real numbers in use, from the best level on: the same to the bit."""
        total = ir.Constant(ir.DoubleType(), 0.0)
        for lane in range(c.LEVELS):
            one = self.build.extract_element(number, ir.Constant(_WORD, lane))
            total = self.build.fadd(total, one)
        return total

    def most(self, number: Any) -> Any:
        """The greatest of eight real numbers of which none is NaN."""
        for width in (4, 2, 1):
            one, other = (self._part(number, at, width) for at in (0, width))
            number = self.build.select(self.build.fcmp_ordered(">", one, other), one, other)
        return self.build.extract_element(number, ir.Constant(_WORD, 0))

    def _part(self, number: Any, first: int, width: int) -> Any:
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(first, first + width)))
        return self.build.shuffle_vector(number, number, lanes)

    def pair(self, context: Any, kind: Any, one: Any, other: Any) -> Any:
        """Two answers."""
        return context.make_tuple(self.build, kind, [one, other])


@intrinsic
def resting_change(  # pragma: no cover - runs inside the compiler
    _context: Any, row: Any, memory: Any, bid_floor: Any, ask_floor: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        make = _Maker(context, builder, signature, values)

        def rests(array: int, prices: int, side: int, floor: int) -> Any:
            worth = make.merit(make.load(array, prices), side)
            good = builder.icmp_signed(">=", worth, make.all(floor))
            return make.where(good, make.load(array, prices + c.LEVELS))

        bids = builder.sub(rests(0, c.BID_PRICE, 1, 2), rests(1, m.PAST_BID_PRICE, 1, 2))
        asks = builder.sub(rests(0, c.ASK_PRICE, -1, 3), rests(1, m.PAST_ASK_PRICE, -1, 3))
        return make.reduced("add", builder.sub(bids, asks))

    return types.int64(row, memory, types.int64, types.int64), code


@intrinsic
def level_flows(  # pragma: no cover - runs inside the compiler
    _context: Any, row: Any, memory: Any, real: Any, start: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        make = _Maker(context, builder, signature, values)

        def gained(prices: int, past: int, side: int) -> Any:
            now = make.merit(make.load(0, prices), side)
            before = make.merit(make.load(1, past), side)
            better = builder.icmp_signed(">=", now, before)
            worse = builder.icmp_signed("<=", now, before)
            return builder.sub(
                make.where(better, make.load(0, prices + c.LEVELS)),
                make.where(worse, make.load(1, past + c.LEVELS)),
            )

        bids = gained(c.BID_PRICE, m.PAST_BID_PRICE, 1)
        asks = gained(c.ASK_PRICE, m.PAST_ASK_PRICE, -1)
        step = builder.sub(bids, asks)
        total = builder.add(make.five(1, m.LEVELS_TOTALS), step)
        make.store(total, make.cell(1, m.LEVELS_TOTALS))
        flow = builder.sub(total, make.five(1, 1, values[3]))
        make.store(flow, make.cell(0, c.LEVEL_FLOW))
        depth = make.five(2, r.LEVEL_DEPTH)
        none = ir.Constant(_REAL, [0.0] * LANES)
        there = builder.fcmp_ordered(">", depth, none)
        rate = builder.fdiv(make.real(flow), depth)
        return make.summed(builder.select(there, rate, none))

    return types.float64(row, memory, real, types.int64), code


@intrinsic
def pull(_context: Any, row: Any, mid2: Any) -> Any:  # pragma: no cover - as above
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        make = _Maker(context, builder, signature, values)
        below, above, bid, ask = (
            make.load(0, cell)
            for cell in (c.BID_PRICE, c.ASK_PRICE, c.BID_QUANTITY, c.ASK_QUANTITY)
        )
        both = builder.and_(
            *(builder.icmp_signed(">", price, _whole(0)) for price in (below, above))
        )
        bid, ask = make.where(both, bid), make.where(both, ask)
        mid = make.all(1)
        up = builder.sub(builder.add(above, above), mid)
        down = builder.sub(mid, builder.add(below, below))
        distance = builder.fsub(
            builder.fmul(make.real(up), make.real(bid)),
            builder.fmul(make.real(down), make.real(ask)),
        )
        held = make.reduced("add", builder.add(bid, ask))
        return make.pair(context, _PAIR, make.summed(distance), held)

    return _PAIR(row, types.int64), code


@intrinsic
def mean_depths(  # pragma: no cover - runs inside the compiler
    _context: Any, row: Any, real: Any, share: Any, known: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        make = _Maker(context, builder, signature, values)
        both = builder.add(make.load(0, c.BID_QUANTITY), make.load(0, c.ASK_QUANTITY))
        depth = builder.fmul(ir.Constant(_REAL, [0.5] * LANES), make.real(both))
        past = make.five(1, r.LEVEL_DEPTH)
        past = builder.select(
            builder.icmp_signed("!=", make.all(3), _whole(0)),
            past,
            ir.Constant(_REAL, [0.0] * LANES),
        )
        moved = builder.fmul(builder.fsub(depth, past), make.all(2))
        make.store(builder.fadd(past, moved), make.cell(1, r.LEVEL_DEPTH))
        return context.get_dummy_value()

    return types.void(row, real, types.float64, types.int64), code


@intrinsic
def depths(  # pragma: no cover - runs inside the compiler
    _context: Any, row: Any, weights: Any, first: Any, lean: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        make = _Maker(context, builder, signature, values)
        bid, ask = make.load(0, c.BID_QUANTITY), make.load(0, c.ASK_QUANTITY)
        less, both = builder.sub(bid, ask), builder.add(bid, ask)
        toward = builder.mul(less, make.all(3))
        agrees = make.where(builder.icmp_signed(">", toward, _whole(0)), _whole(1))
        weight = make.load(1, 0, values[2], _REAL)
        answers = [
            make.reduced("add", make.where(make.used, bid)),
            make.reduced("add", make.where(make.used, ask)),
            make.reduced("add", agrees),
            make.summed(builder.fmul(weight, make.real(less))),
            make.summed(builder.fmul(weight, make.real(both))),
        ]
        return context.make_tuple(builder, _DEPTHS, answers)

    return _DEPTHS(row, weights, types.int64, types.int64), code


@intrinsic
def largest_orders(  # pragma: no cover - runs inside the compiler
    _context: Any, row: Any, quantities: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        make = _Maker(context, builder, signature, values)
        quantity, count = make.load(0, 0, values[1]), make.load(0, c.LEVELS, values[1])
        there = builder.icmp_signed(">", count, _whole(0))
        one = builder.icmp_signed("==", count, _whole(1))
        among = make.real(builder.select(there, count, _whole(1)))
        average = builder.fdiv(make.real(make.where(there, quantity)), among)
        return make.pair(
            context,
            _PAIR,
            make.most(average),
            make.reduced("smax", make.where(one, quantity)),
        )

    return _PAIR(row, types.int64), code


@intrinsic
def copy_side(  # pragma: no cover - runs inside the compiler
    _context: Any, row: Any, prices: Any, memory: Any, past: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        make = _Maker(context, builder, signature, values)
        rest = ir.VectorType(_WORD, 2 * c.LEVELS - LANES)
        for first, kind in ((0, _WHOLE), (LANES, rest)):
            to = builder.bitcast(make.cell(2, first, values[3]), kind.as_pointer())
            builder.store(make.load(0, first, values[1], kind), to, align=8)
        return context.get_dummy_value()

    return types.void(row, types.int64, memory, types.int64), code
