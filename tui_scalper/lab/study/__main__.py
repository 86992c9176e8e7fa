"""Runs every experiment on the recordings and writes the page."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tui_scalper.lab.study import impact, sampling
from tui_scalper.lab.study.day import Recordings, recordings, tape_books
from tui_scalper.lab.study.page import Section, write

TITLE: Final = "What the signals are worth on recorded days"
INTRO: Final = """\
Made by

```
python -m tui_scalper.lab.study ../shared/data/depth --out docs/study
```

seeded, so that it prints the same again. The recordings are of Shanghai, not of NSE: one day
of five stocks order by order (2023-07-11) and a morning of twenty stocks in snapshots every
3 s (2021-12-01). Shapes may carry over to another market; values need not. One day is one day:
the intervals say how sure a figure is of that day, not of the next."""


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
    snapshots = tape_books(read.snapshots)
    experiments: tuple[Callable[[], Section], ...] = (
        lambda: impact.study(read.stocks),
        lambda: sampling.study(read.stocks, snapshots),
    )
    for run in experiments:
        began = time.monotonic()
        section = run()
        sys.stderr.write(f"{section.title}: {time.monotonic() - began:.1f} s\n")
        yield section


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
