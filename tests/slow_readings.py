"""All readings of one stock once more, slowly: from the list of its updates, in fractions.

Written from the meaning of the columns, not from the kernels: every window is summed anew over
the updates it holds, every line is fitted by the textbook.
"""

from __future__ import annotations

import math
from fractions import Fraction

from tui_scalper.core import columns as c
from tui_scalper.core.config import ReadingRules

NS = 10**9
NAN = math.nan
FIVE = range(5)
UNIT = 10_000_000
"""Pressure and imbalance of a trend are kept in whole parts of this."""
RETURN_UNIT = 100_000_000
OLDEST = 10 * NS


def sides(row):
    """Both sides of a book: lists of (price, quantity, orders)."""
    return [
        [(row[price + n], row[quantity + n], row[orders + n]) for n in FIVE]
        for price, quantity, orders in (
            (c.BID_PRICE, c.BID_QUANTITY, c.BID_ORDERS),
            (c.ASK_PRICE, c.ASK_QUANTITY, c.ASK_ORDERS),
        )
    ]


def sign(value):
    return (value > 0) - (value < 0)


def ratio(a, b):
    return float(Fraction(a) / Fraction(b)) if b else NAN


def book(row, rules: ReadingRules):
    """What one book says by itself, by the names of columns and reals."""
    bids, asks = sides(row)
    buy, sell, tick = row[c.TOTAL_BUY], row[c.TOTAL_SELL], row[c.TICK]
    lean = sign(buy - sell) if buy + sell > 0 else 0
    b, a = [q for _, q, _ in bids], [q for _, q, _ in asks]
    weights = [Fraction(math.exp(-rules.depth_decay * n)) for n in FIVE]
    bid, ask = bids[0][0], asks[0][0]
    fit = 0 < bid < ask
    mid = Fraction(bid + ask, 2)
    said = {
        "PRESSURE": ratio(buy, buy + sell) if buy + sell > 0 else NAN,
        "LEAN": lean,
        "DOMINANCE": int(Fraction(abs(buy - sell), buy + sell) * 10**6) if buy + sell > 0 else 0,
        "MID2": bid + ask if fit else 0,
        "SPREAD_TICKS": math.ceil(Fraction(ask - bid, tick)) if fit else 0,
        "BID_DEPTH": sum(b),
        "ASK_DEPTH": sum(a),
        "AGREEING": sum(sign(b[n] - a[n]) == lean != 0 for n in FIVE),
        "DEPTH_RATIO": ratio(sum(b), sum(a)),
        "DEPTH_IMBALANCE": ratio(
            sum(weights[n] * (b[n] - a[n]) for n in FIVE),
            sum(weights[n] * (b[n] + a[n]) for n in FIVE),
        ),
        "QUEUE_IMBALANCE": ratio(b[0] - a[0], b[0] + a[0]),
        "MICRO": NAN,
        "ADJUSTED_MID": NAN,
    }
    if fit and b[0] + a[0]:
        said["MICRO"] = float((Fraction(bid * a[0] + ask * b[0], b[0] + a[0]) - mid) / tick)
    both = [n for n in FIVE if bids[n][0] > 0 and asks[n][0] > 0]
    held = sum(b[n] + a[n] for n in both)
    if fit and held:
        worth = sum(bids[n][0] * a[n] + asks[n][0] * b[n] for n in both)
        said["ADJUSTED_MID"] = float((Fraction(worth, held) - mid) / tick)
    probe = max(int(Fraction(rules.cost_notional) / mid), 1) if fit else 0
    said["PROBE"] = probe
    for name, levels, side in (("BUY", asks, 1), ("SELL", bids, -1)):
        left, worth = probe, 0
        for price, quantity, _ in levels:
            if price <= 0:
                break
            take = min(left, quantity)
            left, worth = left - take, worth + take * price
        said[f"BEYOND_{name}"] = left
        taken = probe - left
        said[f"COST_{name}"] = (
            float(side * (Fraction(worth, taken) - mid) / mid * 10_000) if taken else NAN
        )
    ltp = row[c.LTP]
    for name, limit, side in (("UP", row[c.LIMIT_HIGH], 1), ("DOWN", row[c.LIMIT_LOW], -1)):
        known = limit > 0 and ltp > 0
        said[f"ROOM_{name}"] = float(Fraction(side * (limit - ltp), ltp) * 10_000) if known else NAN
    return said


def through_level(now, before, n, side):
    """Cont, Kukanov and Stoikov's term of one side at one level; worse is never better."""
    best = [-math.inf if levels[n][0] <= 0 else side * levels[n][0] for levels in (now, before)]
    flow = now[n][1] if best[0] >= best[1] else 0
    return flow - (before[n][1] if best[0] <= best[1] else 0)


def crossed_span(now, before, side):
    """Change of what rests from one best price to the other, as far as both books show it."""

    def merit(levels, n):
        return side * levels[n][0] if levels[n][0] > 0 else -math.inf

    seen = max(merit(now, 4), merit(before, 4))
    floor = max(seen, min(merit(now, 0), merit(before, 0)))
    here, there = (
        sum(levels[n][1] for n in FIVE if merit(levels, n) >= floor) for levels in (now, before)
    )
    return here - there


class Window:
    """Which updates lie in windows that begin at marks a spacing apart (core.memory)."""

    def __init__(self, longest, slots):
        self.spacing = -(-longest // (slots - 1))
        self.marks = []

    def begin(self, at, seen):
        self.marks = [(at, seen)]

    def start(self, before):
        """Time of the mark a window begins with, and how many updates came up to it."""
        old = [mark for mark in self.marks if mark[0] <= before]
        return old[-1] if old else self.marks[0]

    def mark(self, at, seen):
        if at - self.marks[-1][0] >= self.spacing:
            self.marks.append((at, seen))


class SlowStock:
    """One stock: give it every update, read what all readings must be."""

    def __init__(self, rules: ReadingRules):
        self.rules = rules
        self.steps = []
        """One dict an update: what it added to the windows."""
        self.now = 0
        self.before = None
        self.last_mid2 = self.last_ltp = self.turn = self.trade_sign = self.leant = 0
        self.refills = {"BID": (0, 0), "ASK": (0, 0)}
        self.depths, self.seen = [], 0
        self.sizes, self.usual, self.apart = 0, 0.0, 0.0
        flow = max(rules.flow_ns)
        self.windows = {
            "flow": Window(flow, 24),
            "levels": Window(rules.flow_ns[1], 8),
            "trend": Window(rules.trend_ns, 8),
            "slow": Window(rules.slow_ns, 8),
        }

    def update(self, row):
        """What the readings are after `row`."""
        said = book(row, self.rules)
        at = max(row[c.RECEIVED_NS], 1)
        if self.before is None or at < self.now - OLDEST:
            self.before, self.now, self.leant = row, at, said["LEAN"]
            self.last_ltp = self.turn = self.trade_sign = 0
            self.last_ltp, self.last_mid2 = max(row[c.LTP], 0), said["MID2"]
            for window in self.windows.values():
                window.begin(at, len(self.steps))
        at = max(at, self.now)
        elapsed = at - self.now
        said["GAP_NS"] = elapsed
        self._trade(row, said)
        self._refill(row, said)
        if said["MID2"]:
            self._deepen(row)
        for n in FIVE:
            said[f"LEVEL_DEPTH+{n}"] = self.depths[n] if self.depths else NAN
        self._step(row, said, at, elapsed)
        self._flow(said, at)
        self._levels(said, at)
        self._trend(said, at)
        self._slow(row, said, at)
        self._sizes(row, said)
        for window in self.windows.values():
            window.mark(at, len(self.steps))
        self.before, self.now, self.leant = row, at, said["LEAN"]
        self.last_ltp = row[c.LTP] if row[c.LTP] > 0 else self.last_ltp
        self.last_mid2 = said["MID2"] or self.last_mid2
        return said

    def _trade(self, row, said):
        ltp = row[c.LTP]
        if self.last_ltp > 0 and ltp != self.last_ltp:
            self.turn = sign(ltp - self.last_ltp)
        traded = row[c.VOLUME] - self.before[c.VOLUME]
        said["TRADED"] = traded if 0 < traded <= 1 << 26 else 0
        if said["TRADED"]:
            off = 2 * ltp - self.last_mid2
            self.trade_sign = sign(off) if self.last_mid2 and off else self.turn
        said["TRADE_SIGN"] = self.trade_sign

    def _refill(self, row, said):
        for name, now, before, taker in zip(
            ("BID", "ASK"), sides(row), sides(self.before), (-1, 1), strict=True
        ):
            times, shares = self.refills[name]
            if now[0][0] <= 0 or now[0][0] != before[0][0]:
                times = shares = 0
            else:
                taken = said["TRADED"] if said["TRADE_SIGN"] == taker else 0
                more = taken - (before[0][1] - now[0][1])
                if taken > 0 and more > 0:
                    times, shares = times + 1, shares + more
            self.refills[name] = (times, shares)
            said[f"REFILLS_{name}"], said[f"REFILLED_{name}"] = times, shares

    def _deepen(self, row):
        """Mean of the first 64 depths, then each further one counts 1/64."""
        bids, asks = sides(row)
        self.seen += 1
        share = 1.0 / min(self.seen, 64)
        depths = [(bids[n][1] + asks[n][1]) / 2 for n in FIVE]
        past = self.depths or [0.0] * 5
        self.depths = [past[n] + (depths[n] - past[n]) * share for n in FIVE]

    def _step(self, row, said, at, elapsed):
        now, before = sides(row), sides(self.before)
        if not all(any(side[0][0] > 0 for side in book) for book in (now, before)):
            before = now
        change = said["MID2"] - self.last_mid2 if said["MID2"] and self.last_mid2 else 0
        size = min(int(Fraction(abs(change) * RETURN_UNIT, self.last_mid2 or 1)), RETURN_UNIT)
        buy, sell = row[c.TOTAL_BUY], row[c.TOTAL_SELL]
        d = said["DEPTH_IMBALANCE"]
        fit = buy + sell > 0 and not math.isnan(d)
        lead = Fraction(buy - sell, buy + sell) if buy + sell > 0 else 0
        self.steps.append(
            {
                "flow": sum(crossed_span(now[i], before[i], s) * s for i, s in ((0, 1), (1, -1))),
                "levels": [
                    sum(through_level(now[i], before[i], n, s) * s for i, s in ((0, 1), (1, -1)))
                    for n in FIVE
                ],
                "signed": said["TRADE_SIGN"] * said["TRADED"],
                "traded": said["TRADED"],
                "moved2": change,
                "squared": size * size,
                "sample": (at // 1_000, int(lead * UNIT), int(d * UNIT)) if fit else None,
                "leant": (self.leant, elapsed),
            }
        )
        said["FLOW_STEP"] = self.steps[-1]["flow"]

    def _flow(self, said, at):
        for n, length in enumerate(self.rules.flow_ns):
            since, seen = self.windows["flow"].start(at - length)
            flow = sum(step["flow"] for step in self.steps[seen:])
            said[f"FLOW+{n}"] = flow
            said[f"DELTA+{n}"] = sum(step["signed"] for step in self.steps[seen:])
            depth = self.depths[0] if self.depths else 0.0
            full = since <= at - length and depth > 0
            said[f"FLOW_RATE+{n}"] = flow / depth if full else NAN

    def _levels(self, said, at):
        since, seen = self.windows["levels"].start(at - self.rules.flow_ns[1])
        flows = [sum(step["levels"][n] for step in self.steps[seen:]) for n in FIVE]
        for n in FIVE:
            said[f"LEVEL_FLOW+{n}"] = flows[n]
        said["LEVELS_RATE"] = NAN
        if since <= at - self.rules.flow_ns[1] and self.depths:
            rates = [Fraction(flows[n]) / Fraction(self.depths[n]) for n in FIVE if self.depths[n]]
            said["LEVELS_RATE"] = float(sum(rates) / 5)

    def _trend(self, said, at):
        since, seen = self.windows["trend"].start(at - self.rules.trend_ns)
        names = ("PRESSURE_SLOPE", "PRESSURE_T", "IMBALANCE_SLOPE", "IMBALANCE_T", "STEADY")
        said.update(dict.fromkeys(names, NAN))
        if since > at - self.rules.trend_ns:
            return
        steps = self.steps[seen:]
        points = [step["sample"] for step in steps if step["sample"]]
        # Sums of squares in whole numbers of 64 bits hold no longer silence between so many.
        if len(points) * (at // 1_000 - since // 1_000) ** 2 > 1 << 63:
            points = []
        pressure = fitted([(t, p) for t, p, _ in points])
        imbalance = fitted([(t, d) for t, _, d in points])
        second = Fraction(1_000_000, UNIT)
        if pressure:
            said["PRESSURE_SLOPE"] = float(pressure[0] * second / 2)
            said["PRESSURE_T"] = pressure[1]
        if imbalance:
            said["IMBALANCE_SLOPE"] = float(imbalance[0] * second)
            said["IMBALANCE_T"] = imbalance[1]
        if said["LEAN"]:
            held = sum(
                wait for side, wait in (step["leant"] for step in steps) if side == said["LEAN"]
            )
            said["STEADY"] = held / (at - since)

    def _slow(self, row, said, at):
        since, seen = self.windows["slow"].start(at - self.rules.slow_ns)
        steps, full = self.steps[seen:], since <= at - self.rules.slow_ns
        delta, moved = (sum(step[name] for step in steps) for name in ("signed", "moved2"))
        said["SLOW_DELTA"], said["SLOW_MOVE2"] = delta, moved
        said["SLOW_TRADED"] = sum(step["traded"] for step in steps)
        still = full and abs(moved) < 2 * self.rules.still_ticks * row[c.TICK]
        squares = sum(step["signed"] ** 2 for step in steps)
        said["ACCUMULATED"] = delta if still else 0
        said["ACCUMULATION_T"] = delta / math.sqrt(squares) if still and squares else NAN
        returns = sum(step["squared"] for step in steps)
        said["VOLATILITY"] = math.sqrt(returns) / RETURN_UNIT * 10_000 if full else NAN
        said["TICK_RATE"] = len(steps) * NS / (at - since) if full else NAN

    def _sizes(self, row, said):
        """How far the largest orders of a book are from what is usual; then learns two sizes."""
        for name, levels in zip(("BID", "ASK"), sides(row), strict=True):
            largest = max((q / orders for _, q, orders in levels if orders), default=0.0)
            single = max((q for _, q, orders in levels if orders == 1), default=0)
            said[f"WALL_{name}"] = single
            said[f"FOOTPRINT_{name}"] = self._unusual(largest)
            said[f"WALL_{name}_Z"] = self._unusual(single)
        for levels in sides(row):
            _, quantity, orders = levels[row[c.UPDATES] % 5]
            if orders and quantity:
                self._learn(octaves(quantity / orders))
        said["SIZE_MEDIAN"] = self.usual if self.sizes else NAN
        said["SIZE_MAD"] = self.apart if self.sizes else NAN

    def _unusual(self, size):
        if size <= 0 or self.sizes < 30:
            return NAN
        return (octaves(size) - self.usual) / (1.4826 * max(self.apart, 0.1))

    def _learn(self, size):
        """Each size moves the median, and that of the distances from it, by one step."""
        if self.sizes == 0:
            self.usual, self.apart = size, 0.5
        else:
            step = 0.01 + 0.5 / self.sizes
            away = size - self.usual
            apart = abs(away) - self.apart
            self.usual += step * sign(away)
            self.apart += step * sign(apart)
        self.sizes += 1


def octaves(size):
    """Logarithm to base 2, straight between the powers of two."""
    part, power = math.frexp(size)
    return power - 1 + 2 * part - 1


def fitted(points):
    """Slope and t-value of a least-squares line, exact; None where there is none."""
    n = len(points)
    if n < 3:
        return None
    t0, y0 = Fraction(sum(t for t, _ in points), n), Fraction(sum(y for _, y in points), n)
    times = sum((t - t0) ** 2 for t, _ in points)
    if times == 0:
        return None
    joint = sum((t - t0) * (y - y0) for t, y in points)
    spread = sum((y - y0) ** 2 for _, y in points)
    slope = joint / times
    if spread == 0:
        return slope, 0.0
    rest = max(spread - slope * joint, Fraction(1e-6) * spread)
    return slope, float(slope) / math.sqrt(rest / (n - 2) / times)
