"""Small wrongs, one at a time, in the kernels of the readings: does the reference notice each?

``make mutants`` plants every one of MUTANTS into the source of its module and holds the readings
of made-up books against the slow reference, as test_readings_reference.py does. Prints those
that nobody noticed and ends with 1 when there are any; numbers choose some of them. Kernels run
as Python.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import os
import sys
from pathlib import Path

TESTS = Path(__file__).parent
READINGS = TESTS.parent / "tui_scalper" / "core" / "readings"
PACKAGE = "tui_scalper.core.readings."
SEEDS = 12
UNNOTICED, NOTICED, BROKEN = 0, 3, 4
SIZE = 120

MUTANTS: tuple[tuple[str, str, str], ...] = (
    # What one book says by itself.
    ("book", "1 if buy > sell else (-1 if sell > buy", "-1 if buy > sell else (1 if sell > buy"),
    ("book", "* m.SHARE_UNIT // total", "* m.SHARE_UNIT // (total + 1)"),
    ("book", "size // DOMINANCE_UNIT", "-(-size // DOMINANCE_UNIT)"),
    ("book", "= buy / total", "= sell / total"),
    ("book", "if 0 < bid < ask:", "if 0 < bid <= ask:"),
    ("book", "if 0 < bid < ask:", "if bid < ask:"),
    ("book", "row[c.MID2] = bid + ask", "row[c.MID2] = 2 * bid"),
    ("book", "-((bid - ask) // max(row[c.TICK], 1))", "(ask - bid) // max(row[c.TICK], 1)"),
    ("levels", "bids += bid\n", "bids = bid\n"),
    ("levels", "asks += ask\n", "asks += bid\n"),
    ("levels", "(bid - ask) * lean > 0", "(bid - ask) * lean >= 0"),
    ("levels", "(bid - ask) * lean > 0", "(ask - bid) * lean > 0"),
    ("levels", "weights[first + level] * (bid - ask)", "(bid - ask)"),
    ("levels", "weights[first + level] * (bid + ask)", "(bid + ask)"),
    ("levels", "weights[first + level] * (bid - ask)", "weights[first] * (bid - ask)"),
    ("book", "bids / asks if asks", "asks / bids if bids"),
    ("book", "leaning / weight if", "-leaning / weight if"),
    ("book", "lead / best if best", "lead / (best + 1) if best"),
    ("book", "lead = row[c.BID_QUANTITY] - row[c.ASK_QUANTITY]", "lead = bids - asks"),
    ("book", "double_tick = 2.0 *", "double_tick = 1.0 *"),
    ("book", "real[r.QUEUE_IMBALANCE] * spread / d", "-real[r.QUEUE_IMBALANCE] * spread / d"),
    ("levels", "if below > 0 and above > 0:", "if below > 0 or above > 0:"),
    ("levels", "float(2 * above - mid2) * bid", "float(2 * above - mid2) * ask"),
    ("levels", "* bid - float(mid2", "* bid + float(mid2"),
    ("levels", "held += bid + ask", "held += bid"),
    # Cost and limits.
    ("cost", "break\n", "continue\n"),
    ("cost", "left == 0 or price <= 0", "left == 0"),
    ("cost", "min(left, row[quantities + level])", "row[quantities + level]"),
    ("cost", "(2 * price - mid2) * side", "(2 * price - mid2)"),
    ("cost", "left -= take", "left -= take - 1"),
    ("cost", "row[beyond] = left", "row[beyond] = row[c.PROBE]"),
    ("cost", "paid / (float(taken) * mid2)", "paid / (float(row[c.PROBE]) * mid2)"),
    ("cost", "2 * rules[u.COST_NOTIONAL] // mid2", "rules[u.COST_NOTIONAL] // mid2"),
    ("cost", "1, c.BEYOND_BUY, r.COST_BUY", "1, c.BEYOND_BUY, r.COST_SELL"),
    ("cost", "(up - ltp) / ltp", "(up - ltp) / up"),
    ("cost", "(ltp - down) / ltp", "(down - ltp) / ltp"),
    # Windows.
    ("windows", "memory[tail + m.NEXT_NS] <= before", "memory[tail + m.NEXT_NS] < before"),
    ("windows", "(1 + ring.width) else ring.marks", "(1 + ring.width) else ring.marks + 3"),
    ("windows", "following < ring.marks", "following <= ring.marks"),
    ("windows", "at < memory[ring.head + m.DUE_NS]", "at <= memory[ring.head + m.DUE_NS]"),
    ("windows", "at + spacing(longest_ns, ring.slots)\n    for window", "at\n    for window"),
    ("windows", "memory[place] = at\n", "memory[place] = at + 1\n"),
    ("windows", "memory[tail + m.START] = at\n", "memory[tail + m.START] = at + 1\n"),
    ("windows", "min(memory[following], at)", "at"),
    (
        "windows",
        "memory[place + 1 + index] = memory[ring.totals + index]",
        "memory[place + 1 + index] = 0",
    ),
    # Order flow of one update.
    ("levels", "price * side if price > 0 else NOWHERE", "price * side"),
    ("levels", "quantity if now >= before", "quantity if now > before"),
    ("levels", "past if now <= before", "past if now < before"),
    ("levels", "+ bids - asks", "+ bids + asks"),
    ("levels", "return bids - asks", "return bids + asks"),
    ("ofi", "row, memory, bids, asks", "row, memory, asks, bids"),
    (
        "levels",
        "merit(array[prices + level], side) >= floor",
        "merit(array[prices + level], side) > floor",
    ),
    (
        "ofi",
        "return max(merit(now, side), merit(before, side))",
        "return min(merit(now, side), merit(before, side))",
    ),
    (
        "ofi",
        "return min(merit(now, side), merit(before, side))",
        "return max(merit(now, side), merit(before, side))",
    ),
    ("ofi", "_LAST: Final = c.LEVELS - 1", "_LAST: Final = c.LEVELS - 2"),
    (
        "ofi",
        "crossed_floor(row[c.ASK_PRICE], memory[m.PAST_ASK_PRICE], ASKS)",
        "crossed_floor(row[c.ASK_PRICE], memory[m.PAST_ASK_PRICE], BIDS)",
    ),
    # Order flow over windows.
    ("flow", "min(memory[m.DEPTHS] + 1, DEPTH_MEMORY)", "memory[m.DEPTHS] + 1"),
    ("flow", "DEPTH_MEMORY: Final = 64", "DEPTH_MEMORY: Final = 63"),
    ("levels", "0.5 * (row[c.BID_QUANTITY + level] +", "1.0 * (row[c.BID_QUANTITY + level] +"),
    ("flow", "if row[c.MID2] == 0:\n        return", "if row[c.MID2] < 0:\n        return"),
    ("flow", "memory[m.FLOW_TOTALS] += step", "memory[m.FLOW_TOTALS] -= step"),
    ("flow", "row[c.TRADE_SIGN] * row[c.TRADED]", "row[c.TRADED]"),
    ("flow", "before = at - rules[u.FLOW_NS + window]", "before = at - rules[u.FLOW_NS]"),
    (
        "flow",
        "memory[m.FLOW_TOTALS + 1] - memory[start + 2]",
        "memory[m.FLOW_TOTALS + 1] - memory[start + 1]",
    ),
    (
        "flow",
        "full = memory[start] <= before\n        real",
        "full = memory[start] < before\n        real",
    ),
    ("flow", "flow / depth if full", "flow / (depth + 1.0) if full"),
    ("windows", "-(-longest_ns // slots)", "-(-longest_ns // (slots - 1))"),
    ("levels", "merit(memory[m.PAST_BID_PRICE + level], 1)", "merit(memory[m.PAST_BID_PRICE], 1)"),
    ("levels", "flow / depth if depth > 0.0 else 0.0", "flow if depth > 0.0 else 0.0"),
    ("flow", "rate / c.LEVELS if full", "rate if full"),
    (
        "flow",
        "before = at - rules[u.FLOW_NS + m.MIDDLE]",
        "before = at - rules[u.FLOW_NS + m.LONG]",
    ),
    # Trades.
    ("trades", "1 if ltp > past else -1", "-1 if ltp > past else 1"),
    ("trades", "row[c.VOLUME] - memory[m.PAST_VOLUME]", "row[c.VOLUME]"),
    ("trades", "(traded > 0) & (traded", "(traded >= 0) & (traded"),
    ("trades", "1 if 2 * ltp > mid2 else -1", "1 if ltp > mid2 else -1"),
    ("trades", "mid2 = memory[m.PAST_MID2]", "mid2 = row[c.MID2]"),
    ("trades", "if beside else turn", "if beside else 0"),
    # Pressure gradient.
    ("book", "size if buy > sell else -size", "-size if buy > sell else size"),
    ("trend", "if math.isnan(real[r.PRESSURE]) or", "if"),
    (
        "trend",
        "memory[m.TREND_TOTALS + m.SUM_TP] += t * p",
        "memory[m.TREND_TOTALS + m.SUM_TP] += t * d",
    ),
    (
        "trend",
        "memory[m.TREND_TOTALS + m.SUM_DD] += d * d",
        "memory[m.TREND_TOTALS + m.SUM_DD] += d * p",
    ),
    ("trend", "slope = joint / times", "slope = joint / spread"),
    ("trend", "(n - 2) * times / rest", "(n - 1) * times / rest"),
    ("trend", "(n - 2) * times / rest", "n * times / rest"),
    ("trend", "FEWEST: Final = 3", "FEWEST: Final = 4"),
    ("trend", "s_tt - rest_t * rest_t * share", "s_tt"),
    ("trend", "s_ty - rest_t * rest_y * share", "s_ty"),
    ("trend", "s_yy - rest_y * rest_y * share", "s_yy"),
    ("trend", "A_SECOND / 2.0)", "A_SECOND)"),
    ("trend", "elapsed if leant > 0 else 0", "elapsed if leant >= 0 else 0"),
    ("trend", "leant = memory[m.PAST_LEAN]", "leant = row[c.LEAN]"),
    ("trend", "m.BUY_NS if lean > 0 else m.SELL_NS", "m.SELL_NS if lean > 0 else m.BUY_NS"),
    ("trend", "held / (at - since)", "held / rules[u.TREND_NS]"),
    ("trend", "before = at - rules[u.TREND_NS]", "before = at - rules[u.TREND_NS] + 1"),
    ("trend", "return slope, 0.0", "return slope, math.nan"),
    # Footprints of large orders.
    (
        "footprint",
        "(np.float64(size).view(np.int64) - _ONE)",
        "(np.float64(2.0 * size).view(np.int64) - _ONE)",
    ),
    ("footprint", "step = STEP + FIRST_STEP / seen", "step = STEP + FIRST_STEP"),
    ("footprint", "STEP: Final = 0.01", "STEP: Final = 0.02"),
    ("footprint", "+= step * sign(away)", "-= step * sign(away)"),
    ("footprint", "+= step * sign(further)", "-= step * sign(further)"),
    ("footprint", "abs(away) - real[r.SIZE_MAD]", "away - real[r.SIZE_MAD]"),
    ("footprint", "memory[m.SIZES] < LEAST_SIZES", "memory[m.SIZES] <= LEAST_SIZES"),
    ("footprint", "NORMAL: Final = 1.4826", "NORMAL: Final = 1.0"),
    ("footprint", "max(real[r.SIZE_MAD], LEAST_MAD)", "real[r.SIZE_MAD]"),
    ("levels", "float(quantity / count)", "float(quantity)"),
    ("levels", "if count == 1:", "if count <= 2:"),
    ("levels", "single = max(single, quantity)", "single = quantity"),
    ("footprint", "unusual(float(single), real, share)", "unusual(largest, real, share)"),
    ("footprint", "c.BID_QUANTITY, c.WALL_BID", "c.ASK_QUANTITY, c.WALL_BID"),
    ("footprint", "row[c.UPDATES] % c.LEVELS", "0 * row[c.UPDATES]"),
    (
        "footprint",
        "size = row[c.ASK_QUANTITY + level] / row[c.ASK_ORDERS + level]",
        "size = float(row[c.ASK_QUANTITY + level])",
    ),
    # Refills.
    ("refill", "(price > 0) & (price == past_price)", "price > 0"),
    ("refill", "taken - (past - quantity)", "taken + (past - quantity)"),
    ("refill", "(taken > 0) & (refilled > 0)", "refilled > 0"),
    ("refill", "(taken > 0) & (refilled > 0)", "taken > 0"),
    ("refill", "(1 if counts", "(2 if counts"),
    ("refill", "traded if sign < 0 else 0", "traded if sign > 0 else 0"),
    ("refill", "traded if sign > 0 else 0", "traded if sign < 0 else 0"),
    # The slow window.
    ("slow", "signed = row[c.TRADE_SIGN] * row[c.TRADED]", "signed = row[c.TRADED]"),
    ("slow", "+= signed * signed", "+= abs(signed)"),
    ("slow", "m.RETURN_UNIT // past,", "m.RETURN_UNIT // row[c.MID2],"),
    ("slow", "+= size * size", "+= size"),
    ("slow", "+= change\n", "+= abs(change)\n"),
    ("slow", "row[c.GAP_NS] = elapsed", "row[c.GAP_NS] = 0"),
    ("slow", "< 2 * rules[u.STILL_TICKS]", "<= 2 * rules[u.STILL_TICKS]"),
    ("slow", "< 2 * rules[u.STILL_TICKS]", "< rules[u.STILL_TICKS]"),
    ("slow", "delta if still else 0", "delta"),
    ("slow", "delta / math.sqrt(squares)", "abs(delta) / math.sqrt(squares)"),
    ("slow", "math.sqrt(returns) / RETURN_BP", "returns / RETURN_BP"),
    ("slow", "updates * float(NS) / (at - since)", "updates * float(NS) / rules[u.SLOW_NS]"),
    ("slow", "before = at - rules[u.SLOW_NS]", "before = at - rules[u.SLOW_NS] + 1"),
    ("slow", "full = since <= before", "full = since < before"),
    # What it knows of the update before.
    ("past", "BACK_NS: Final = 10 * NS", "BACK_NS: Final = 12 * NS"),
    ("past", "if row[c.LTP] > 0:\n        memory", "if row[c.LTP] >= 0:\n        memory"),
    ("past", "if row[c.MID2] > 0:\n        memory", "if row[c.MID2] >= 0:\n        memory"),
    (
        "past",
        "memory[m.PAST_VOLUME] = row[c.VOLUME]",
        "memory[m.PAST_VOLUME] = max(memory[m.PAST_VOLUME], row[c.VOLUME])",
    ),
    (
        "past",
        "memory[m.PAST_LEAN] = row[c.LEAN]",
        "memory[m.PAST_LEAN] = row[c.LEAN] or memory[m.PAST_LEAN]",
    ),
    (
        "past",
        "c.ASK_PRICE, memory, m.PAST_ASK_PRICE)\n    if",
        "c.BID_PRICE, memory, m.PAST_ASK_PRICE)\n    if",
    ),
    ("past", "        copy_side(row, c.ASK_PRICE", "        copy_side(row, c.BID_PRICE"),
    ("past", "(prices[bid] <= 0) & (", "(prices[bid] <= 0) | ("),
    ("past", "c.ASK_PRICE) or bookless(", "c.ASK_PRICE) and bookless("),
    ("past", "row[c.TRADE_SIGN] = 0\n", "pass\n"),
    ("past", "memory[m.TURN] = 0\n", "pass\n"),
    ("past", "memory[m.PAST_MID2] = 0\n", "pass\n"),
    ("past", "return int(max(at, memory[m.NOW_NS]))", "return int(at)"),
    # The order in which they build on each other.
    (
        "reading",
        "    read_trades(row, memory)\n    read_refills(row, memory)\n",
        "    read_refills(row, memory)\n    read_trades(row, memory)\n",
    ),
    ("reading", "    read_depth_means(row, real, memory)\n", "    pass\n"),
)
"""Module, what stands in it, and what stands there instead."""


class Planted(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Loads one module of the readings with another text."""

    def __init__(self, module: str, text: str) -> None:
        self._module, self._text = PACKAGE + module, text

    def find_spec(self, fullname, path, target=None):
        if fullname != self._module:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def get_filename(self, fullname):
        return f"<mutant of {fullname}>"

    def get_data(self, path):
        return self._text.encode()


def planted(number: int) -> str:
    """The text of a module with its mutant in it."""
    module, old, new = MUTANTS[number]
    text = (READINGS / f"{module}.py").read_text()
    if text.count(old) != 1:
        raise ValueError(f"mutant {number} stands {text.count(old)} times in {module}: {old!r}")
    return text.replace(old, new)


def noticed(number: int) -> bool:
    """Whether the reference notices a mutant; the process that asks is spoilt by it."""
    sys.meta_path.insert(0, Planted(MUTANTS[number][0], planted(number)))
    checks = importlib.import_module("test_readings_reference")
    try:
        checks.every_course(SEEDS, SIZE)
    except (AssertionError, ArithmeticError, ValueError, IndexError, TypeError):
        return True  # a wrong number, or none at all
    return False


def survivors(numbers: list[int]) -> list[int]:
    """Those of the mutants that nobody notices; each in a process of its own."""
    return [number for number in numbers if not _in_a_process_of_its_own(number)]


def _in_a_process_of_its_own(number: int) -> bool:
    child = os.fork()
    if child == 0:
        answer = BROKEN
        try:
            answer = NOTICED if noticed(number) else UNNOTICED
        finally:
            os._exit(answer)
    answer = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if answer not in (NOTICED, UNNOTICED):
        raise RuntimeError(f"mutant {number} does not run: {MUTANTS[number]}")
    return answer == NOTICED


def prepare() -> None:
    """Import what no mutant touches, once for all processes."""
    for name in ("numpy", "hypothesis", "pytest", "numba"):
        importlib.import_module(name)


def main(chosen: list[str]) -> int:
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    prepare()
    numbers = [int(one) for one in chosen] or list(range(len(MUTANTS)))
    left = survivors(numbers)
    for number in left:
        print(f"nobody noticed {number}: {MUTANTS[number]}")
    print(f"{len(numbers) - len(left)} of {len(numbers)} mutants noticed")
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
