"""Instrument masters: which stocks are listed, and a price for each to start from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.venues import NSE

SHIPPED: Final = Path(__file__).parent / "masters" / "nse_liquid.csv"
KITE_SEGMENT: Final = 1
"""Last byte of a Kite instrument token in the NSE cash segment."""

TYPICAL_PRICE: Final = {1: 10_000, 5: 50_000, 10: 200_000, 50: 700_000, 100: 1_500_000}
"""A price (paise) inside the band of a tick size (paise), for stocks without a last price."""
DEAREST_PRICE: Final = 3_000_000


class Master(msgspec.Struct, frozen=True):
    """A universe and, row by row, the reference price in paise (yesterday's close)."""

    universe: Universe
    references: tuple[int, ...]


class Listing(msgspec.Struct, frozen=True):
    """One stock of a master file."""

    instrument: Instrument
    reference: int


class MasterError(ValueError):
    """An instrument master cannot be read: file, line, what is wrong, what to do."""


def load_master(path: Path | None = None, count: int | None = None) -> Master:
    """The first `count` NSE cash stocks of the master at `path` (None: the shipped one).

    Takes the shipped format or the CSV of Kite's ``GET /instruments``. Raises MasterError.
    """
    source = path or SHIPPED
    try:
        with source.open(newline="", encoding="utf-8") as lines:
            listings = list(islice(_listings(source, lines), count))
    except (OSError, UnicodeDecodeError) as error:
        raise MasterError(
            f"instrument master {source}: cannot be read ({error}); pass a readable CSV"
        ) from error
    if count is not None and 0 < len(listings) < count:
        raise MasterError(
            f"instrument master {source} lists {len(listings)} stocks, {count} were asked; ask "
            "for fewer, or pass a longer master"
        )
    if not listings:
        raise MasterError(f"instrument master {source}: no NSE stock in it; pass a Kite CSV")
    try:
        universe = Universe(NSE, [one.instrument for one in listings])
    except ValueError as error:
        raise MasterError(f"{source}: {error}; remove the doubtful line") from error
    return Master(universe, tuple(one.reference for one in listings))


def _listings(source: Path, lines: Iterable[str]) -> Iterator[Listing]:
    table = csv.DictReader(line for line in lines if not line.startswith("#"))
    columns = set(table.fieldnames or ())
    if "exchange_token" not in columns or not columns & {"symbol", "tradingsymbol"}:
        raise MasterError(f"instrument master {source}: unknown columns; pass a Kite CSV")
    read = _shipped if "symbol" in columns else _kite
    for record in table:
        try:
            listing = read(record)
        except (KeyError, ValueError, TypeError, InvalidOperation) as error:
            raise MasterError(
                f"instrument master {source}, line {table.line_num}: "
                f"bad value ({error}); correct or remove the line"
            ) from error
        if listing is not None:
            yield listing


def _shipped(record: dict[str, str]) -> Listing:
    return Listing(
        Instrument(
            symbol=record["symbol"],
            token=int(record["exchange_token"]) * 256 + KITE_SEGMENT,
            tick=int(record["tick"]),
            lot=int(record["lot"]),
            name=record["name"],
        ),
        int(record["reference_price"]),
    )


def _kite(record: dict[str, str]) -> Listing | None:
    tick = _paise(record["tick_size"])
    if (record["segment"], record["instrument_type"]) != ("NSE", "EQ") or tick == 0:
        return None
    last = _paise(record["last_price"] or "0") // tick * tick
    return Listing(
        Instrument(
            symbol=record["tradingsymbol"],
            token=int(record["instrument_token"]),
            tick=tick,
            lot=int(record["lot_size"]),
            name=record["name"],
        ),
        last if last > 0 else TYPICAL_PRICE.get(tick, DEAREST_PRICE) // tick * tick,
    )


def _paise(rupees: str) -> int:
    return int(Decimal(rupees) * 100)
