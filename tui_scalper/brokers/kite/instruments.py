"""Kite's instruments list (CSV) as instruments of the universe."""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.brokers.kite.outcomes import failure_text
from tui_scalper.brokers.kite.rest import FAILURES, Limits, ask, open_session
from tui_scalper.brokers.port import BrokerError
from tui_scalper.core.instruments import Instrument

_COLUMNS: Final = (
    "instrument_token",
    "tradingsymbol",
    "name",
    "tick_size",
    "lot_size",
    "instrument_type",
    "segment",
    "exchange",
)
_SEGMENT: Final = "NSE"
_SHARE: Final = "EQ"
# NSE marks every series but EQ in the symbol, as in CENTRALBK-BE. No share of series EQ has
# a name that ends so: BAJAJ-AUTO and NAM-INDIA end in more than two characters.
_OTHER_SERIES: Final = re.compile(r"-[A-Z][A-Z0-9]$")
_NAMED: Final = 5
_LIST_LIMITS: Final = Limits(total_timeout=30.0)
_LOG: Final = logging.getLogger(__name__)


class _Line(msgspec.Struct, frozen=True):
    number: int
    cells: dict[str, str]


def _lines(text: str) -> Iterator[_Line]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise BrokerError(
                f"instruments list: column {', '.join(missing)} is missing in line 1: "
                "download the list again"
            )
        for number, row in enumerate(rows, start=2):
            yield _Line(number, {name: row[name] or "" for name in _COLUMNS})
    except csv.Error as error:
        raise BrokerError(
            f"instruments list: unreadable after line {rows.line_num}: {error}: "
            "download the list again"
        ) from error


def _is_share(cells: dict[str, str]) -> bool:
    kind = (cells["exchange"], cells["segment"], cells["instrument_type"])
    return kind == (_SEGMENT, _SEGMENT, _SHARE) and not _OTHER_SERIES.search(cells["tradingsymbol"])


def _paise(text: str) -> int:
    """Whole paise of a price in rupees. Raises ValueError for anything else."""
    try:
        value = Decimal(text) * 100
    except InvalidOperation:
        raise ValueError(f"tick_size {text!r} is no price") from None
    if not value.is_finite() or value <= 0 or value != value.to_integral_value():
        raise ValueError(f"tick_size {text!r} is no whole number of paise above zero")
    return int(value)


def _instrument(cells: dict[str, str]) -> Instrument:
    """The instrument of a line. Raises ValueError naming the cell that is wrong."""
    for column in ("instrument_token", "lot_size"):
        if not (cells[column].isascii() and cells[column].isdigit() and int(cells[column])):
            raise ValueError(f"{column} {cells[column]!r} is no whole number above zero")
    return Instrument(
        symbol=cells["tradingsymbol"],
        token=int(cells["instrument_token"]),
        tick=_paise(cells["tick_size"]),
        lot=int(cells["lot_size"]),
        name=cells["name"],
        exchange=cells["exchange"],
    )


def _wrong_line(line: _Line, error: ValueError) -> BrokerError:
    return BrokerError(
        f"instruments list, line {line.number}, {line.cells['tradingsymbol']}: {error}: "
        "leave the symbol out of the universe or download the list again"
    )


def _in_order(found: dict[str, Instrument], symbols: Sequence[str]) -> list[Instrument]:
    missing = [symbol for symbol in symbols if symbol not in found]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise BrokerError(
            f"instruments list: {', '.join(missing[:_NAMED])}{more} not found among the "
            f"{_SEGMENT} shares of series {_SHARE}: correct the universe's symbols"
        )
    return [found[symbol] for symbol in dict.fromkeys(symbols)]


def parse_instruments(text: str, symbols: Sequence[str] | None = None) -> list[Instrument]:
    """NSE shares of series EQ in the list `text`, in the order of `symbols`.

    None means all of them in the list's order; unusable lines are then left out and logged.
    Raises BrokerError when a column is missing, a wanted symbol is missing, stands twice or
    has an unusable line, or nothing is left.
    """
    wanted = None if symbols is None else set(symbols)
    found: dict[str, Instrument] = {}
    left_out = 0
    for line in _lines(text):
        symbol = line.cells["tradingsymbol"]
        if not _is_share(line.cells) or (wanted is not None and symbol not in wanted):
            continue
        try:
            if symbol in found:
                raise ValueError("the symbol stands twice")
            found[symbol] = _instrument(line.cells)
        except ValueError as error:
            if wanted is not None:
                raise _wrong_line(line, error) from error
            left_out += 1
    if left_out:
        _LOG.warning("instruments list: %d unusable lines left out", left_out)
    if not found:
        raise BrokerError(
            f"instruments list: no usable {_SEGMENT} share of series {_SHARE} in it: "
            "download the list again"
        )
    return list(found.values()) if symbols is None else _in_order(found, symbols)


async def fetch_instruments(
    access: KiteAccess, symbols: Sequence[str] | None = None
) -> list[Instrument]:
    """The broker's list of today, parsed as by `parse_instruments`. Raises BrokerError."""
    address = f"{access.http_root.rstrip('/')}/instruments/{_SEGMENT}"
    try:
        async with open_session(access, _LIST_LIMITS) as session:
            answer = await ask(session, "GET", address)
    except FAILURES as error:
        raise BrokerError(
            f"instruments list at {address} cannot be had: {failure_text(error)}: "
            "check the network and the address, then start again"
        ) from error
    if not answer.good:
        raise BrokerError(
            f"instruments list at {address} was refused: {answer.text()}: "
            "log in again: scalper-tui login"
        )
    try:
        return parse_instruments(answer.body.decode(), symbols)
    except UnicodeDecodeError as error:
        raise BrokerError(
            f"instruments list at {address} is unreadable: {error}: try again"
        ) from error
