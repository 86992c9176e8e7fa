"""Writes what the console knows of the session to files a spreadsheet opens."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tui_scalper.core.snapshot import LogLine, Snapshot, TradeRow
from tui_scalper.core.units import NS, rupees

TRADE_HEAD: Final = (
    "symbol",
    "side",
    "quantity",
    "entered",
    "left",
    "entry_price",
    "exit_price",
    "profit",
    "costs",
    "reason",
)
MOST_NAMES: Final = 1_000
"""Files of one second that get names of their own."""
KEEP_BLANKS: Final = 'xml:space="preserve"'
"""Some viewers swallow blanks at the edges of words."""
LOG_HEAD: Final = ("time", "severity", "text")


def export(folder: Path, snapshot: Snapshot, lines: Iterable[LogLine], now_ns: int) -> list[Path]:
    """Write closed trades and the log to new files in `folder`; returns them. Raises OSError.

    Each as CSV and as JSON lines with the same fields. Times are the venue's, ISO 8601; money
    is in its currency, written in full.
    """
    offset = snapshot.utc_offset
    stamp = _stamp(folder, snapshot, now_ns)
    trades = [_trade(one, offset) for one in snapshot.trades]
    log = [(_time(one.at_ns, offset), one.severity.value, one.text) for one in lines]
    return [
        *_write(folder / f"trades-{stamp}", TRADE_HEAD, trades),
        *_write(folder / f"log-{stamp}", LOG_HEAD, log),
    ]


def _stamp(folder: Path, snapshot: Snapshot, now_ns: int) -> str:
    """Mode and the venue's time for the names of new files in `folder`, which it makes.

    Numbered where that is taken: a tape that is held stands at one time.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole = datetime.fromtimestamp((now_ns + snapshot.utc_offset) // NS, UTC)
    name = f"{snapshot.mode.lower()}-{whole:%Y%m%d-%H%M%S}"
    names = (name, *(f"{name}-{number}" for number in range(2, MOST_NAMES)))
    return next((one for one in names if not any(folder.glob(f"*-{one}.*"))), name)


def _write(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[Path]:
    """Write a table under the name `path` in both ways."""
    table, objects = path.with_suffix(".csv"), path.with_suffix(".jsonl")
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
    with objects.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(dict(zip(head, row, strict=True)), ensure_ascii=False) + "\n")
    return [table, objects]


def _trade(trade: TradeRow, offset: int) -> tuple[object, ...]:
    return (
        trade.symbol,
        trade.side.name,
        trade.quantity,
        _time(trade.entry_ns, offset),
        _time(trade.exit_ns, offset),
        _average(trade.entry_value, trade.quantity),
        _average(trade.exit_value, trade.quantity),
        rupees(trade.pnl),
        rupees(trade.costs),
        trade.reason,
    )


def _average(value: int, quantity: int) -> str:
    """Average price, rounded to the paisa."""
    return rupees((2 * value + quantity) // (2 * quantity)) if quantity else ""


def _time(at_ns: int, offset: int) -> str:
    """Time of day at the venue to the millisecond."""
    whole = datetime.fromtimestamp((at_ns + offset) // NS, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{at_ns % NS // 1_000_000:03d}"


def write_picture(folder: Path, snapshot: Snapshot, draw: Callable[[], str], now_ns: int) -> Path:
    """Write what `draw` gives, an SVG, to `folder`; returns where. Raises OSError."""
    path = folder / f"console-{_stamp(folder, snapshot, now_ns)}.svg"
    path.write_text(draw().replace("<text ", f"<text {KEEP_BLANKS} "), encoding="utf-8")
    return path
