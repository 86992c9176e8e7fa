"""Writes what the console knows of the session to files a spreadsheet opens."""

from __future__ import annotations

import csv
from collections.abc import Iterable
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


def export(folder: Path, snapshot: Snapshot, lines: Iterable[LogLine], now_ns: int) -> list[Path]:
    """Write closed trades and the log to new files in `folder`; returns them. Raises OSError.

    Times are the venue's, ISO 8601; money is in its currency.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = f"{snapshot.mode.lower()}-{now_ns}"
    trades, log = folder / f"trades-{stamp}.csv", folder / f"log-{stamp}.csv"
    offset = snapshot.utc_offset
    _write(trades, TRADE_HEAD, (_trade(one, offset) for one in snapshot.trades))
    _write(
        log,
        ("time", "severity", "text"),
        ((_time(one.at_ns, offset), one.severity.value, one.text) for one in lines),
    )
    return [trades, log]


def _write(path: Path, head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


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
