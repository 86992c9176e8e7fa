"""Runs every experiment on the recordings and writes the page."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tui_scalper.lab.study import (
    decay,
    impact,
    liquidity,
    marks,
    micro_error,
    moving,
    own_signal,
    queues,
    refills,
    sampling,
    thresholds,
    walls,
)
from tui_scalper.lab.study.day import Recordings, recordings, tape_books
from tui_scalper.lab.study.hours import SECOND
from tui_scalper.lab.study.page import Section, write
from tui_scalper.lab.study.readings import all_readings
from tui_scalper.lab.study.sampled import sampled

TITLE: Final = "What the signals are worth on recorded days"
INTRO: Final = """\
Made by

```
python -m tui_scalper.lab.study ../shared/data/depth --out docs/study
```

seeded, so that it prints the same again. The recordings are of Shanghai, not of NSE: one day
of five stocks order by order (2023-07-11) and a morning of twenty stocks in snapshots every
3 s (2021-12-01). Shapes may carry over to another market; values need not. One day is one day:
the intervals say how sure a figure is of that day, not of the next.

In short:

- Order flow imbalance moves the mid while it happens, nearly twice as well as traded volume does,
  and the less the deeper the book: as published. For snapshots the hybrid over the crossed
  span ships; it has no bias, and beats the best-quote rule by more the rarer the snapshots.
- What foretells the next seconds is the book near the touch, queue imbalance first; pressure of
  the total quantities foretells next to nothing.
- The micro-price points the right way and too far; it beats neither the mid nor the weighted
  mid reliably.
- Large orders are found better by quantity and order count together than by average size;
  replenished queues are found, icebergs cannot be judged on this data. As they ship, footprints
  and walls are mostly true and mostly missed, refills mostly not after the trades.
- No pair of thresholds of the product's signal earns its costs on either day, tuned or not.
- Thresholds that follow each stock's own past make a rarer signal that foretells more of the
  next seconds; it earns its costs no better."""


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tui_scalper.lab.study")
    parser.add_argument("recordings", type=Path, help="folder of the recordings")
    parser.add_argument("--out", type=Path, required=True, help="folder of the page")
    given = parser.parse_args(arguments)
    with recordings(given.recordings) as read:
        write(given.out, TITLE, INTRO, list(_sections(read)))
    return 0


def _sections(read: Recordings) -> Iterator[Section]:
    stocks = read.stocks
    feeds = {books.code: books for books in tape_books(read.day)}
    snapshots = tape_books(read.snapshots)
    feed = tuple(feeds[stock.events.code] for stock in stocks)
    fast = tuple(
        sampled(mine, stock.books, SECOND) for mine, stock in zip(feed, stocks, strict=True)
    )
    slow = tuple(sampled(books, books, 3 * SECOND) for books in snapshots)
    experiments: tuple[Callable[[], Section], ...] = (
        lambda: impact.study(stocks),
        lambda: sampling.study(stocks, snapshots),
        lambda: decay.study(
            decay.Read(fast, tuple(map(all_readings, feed))),
            decay.Read(slow, tuple(map(all_readings, snapshots))),
        ),
        lambda: queues.study(
            tuple(stock.books for stock in stocks), snapshots, micro_error.SNAPSHOT_SPLIT
        ),
        lambda: micro_error.study(fast, slow),
        lambda: liquidity.study(fast, slow),
        lambda: own_signal.study(fast, slow),
        lambda: walls.study(stocks),
        lambda: refills.study(stocks),
        lambda: marks.study(stocks, read.day),
        lambda: thresholds.study(read.day, read.snapshots),
        lambda: moving.study(read.day, fast, read.snapshots, slow),
    )
    for run in experiments:
        began = time.monotonic()
        section = run()
        sys.stderr.write(f"{section.title}: {time.monotonic() - began:.1f} s\n")
        yield section


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
