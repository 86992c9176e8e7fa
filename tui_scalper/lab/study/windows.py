"""Order flow and mid change over windows of one length, cut into half hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from tui_scalper.lab.layout import Ints
from tui_scalper.lab.study.day import StockDay
from tui_scalper.lab.study.fits import Floats, Line, line
from tui_scalper.lab.study.flow_rules import Rule, cks
from tui_scalper.lab.study.hours import HALF_HOUR, STRETCHES, grid, known_at
from tui_scalper.lab.study.orders import TRADE
from tui_scalper.lab.study.rebuild import Books

EVENT: Final = "event-level CKS"
TRADES: Final = "trade imbalance"


@dataclass(frozen=True)
class Windows:
    """What happened to one stock in each of `n` windows."""

    code: str
    half: Ints
    """Half hour of the day each window lies in, from 0; the lunch break does not count."""
    move: Floats
    """Change of the mid, hundredths (ticks of a Shanghai stock)."""
    flow: dict[str, Floats]
    """Shares, by name of the rule."""

    @property
    def halves(self) -> int:
        """How many half hours there are."""
        return int(self.half.max()) + 1

    def lines(self, name: str) -> list[Line]:
        """The fit of move on flow `name`, one a half hour."""
        return [
            line(self.flow[name][self.half == number], self.move[self.half == number])
            for number in range(self.halves)
        ]

    def r2(self, name: str) -> Floats:
        """R2 of each half hour."""
        return np.array([one.r2 for one in self.lines(name)])


def event_windows(stock: StockDay, length_ms: int) -> Windows:
    """Every event counted: the truth that snapshots are held against."""
    books, events = stock.books, stock.events
    flow = {
        EVENT: np.concatenate(([0], np.cumsum(cks(books)))),
        TRADES: np.cumsum(np.where(events.kind == TRADE, events.side * events.quantity, 0)),
    }
    edges, half = _edges(length_ms)
    index = known_at(books.ms, edges)
    whole = half >= 0
    return Windows(
        books.code,
        half[whole],
        np.diff(books.mid[index])[whole],
        {name: np.diff(run[index])[whole].astype(float) for name, run in flow.items()},
    )


def sampled_flow(books: Books, rule: Rule, step_ms: int, length_ms: int) -> Floats:
    """Flow by `rule` over the windows of `event_windows`, seen every `step_ms` only."""
    parts = []
    for stretch in STRETCHES:
        seen = books.at(known_at(books.ms, grid(step_ms, stretch)))
        run = np.concatenate(([0], np.cumsum(rule(seen))))
        parts.append(np.diff(run[:: length_ms // step_ms]))
    return np.concatenate(parts).astype(float)


def resting_depth(books: Books) -> Floats:
    """float64[half hours]: mean quantity of a best quote over the events of each half hour."""
    held = books.quantity[:, :, 0].mean(axis=1)
    return _by_half(books.ms, lambda inside: float(held[inside].mean()))


def _by_half(ms: Ints, value: Callable[[slice], float]) -> Floats:
    found = []
    for start, end in STRETCHES:
        for since in range(start, end, HALF_HOUR):
            edges = np.searchsorted(ms, (since, min(since + HALF_HOUR, end)))
            found.append(value(slice(int(edges[0]), int(edges[1]))))
    return np.array(found)


def _edges(length_ms: int) -> tuple[Ints, Ints]:
    """Edges of the windows of all stretches, and the half hour of each window between them;
    -1 for the gap from one stretch to the next."""
    edges, half, before = [], [], 0
    for stretch in STRETCHES:
        mine = grid(length_ms, stretch)
        edges.append(mine)
        numbers = before + (mine[:-1] - stretch[0]) // HALF_HOUR
        half.append(np.append(numbers, -1))
        before = int(numbers.max()) + 1
    return np.concatenate(edges), np.concatenate(half)[:-1]
