"""What files say of stocks: the industry of each, and which may not be entered, and why.

Industries: a CSV with the columns Symbol and Industry, as NSE publishes the constituents of
its indices. Restrictions: a CSV with symbol and reason, and where they are known the first
and the last day, from and until (YYYY-MM-DD, both included): surveillance stages, bans, trade
for trade. Other columns are ignored; names of columns, and symbols, may be written in any case.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec

from tui_scalper.core.instruments import Universe
from tui_scalper.core.units import NS
from tui_scalper.settings import SettingsError

NAMED: Final = 8
"""So many restricted stocks are named at the start; of the others the number."""


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    """Why nobody enters `symbol`, and on which days; None: no bound."""

    symbol: str
    reason: str
    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it is in force on `day`."""
        begun = self.first is None or self.first <= day
        return begun and (self.last is None or day <= self.last)


class StockLists(msgspec.Struct, frozen=True, kw_only=True):
    """What the files of a run say."""

    industries: dict[str, str] = {}
    """Industry by symbol."""
    restrictions: tuple[Restriction, ...] = ()

    def described(self, universe: Universe, at_ns: int) -> Universe:
        """`universe` with what is known of each stock on the venue's day at `at_ns`."""
        if not self.industries and not self.restrictions:
            return universe
        barred = self.reasons(day_at(universe, at_ns))
        return Universe(
            universe.venue,
            [
                msgspec.structs.replace(
                    one,
                    industry=self.industries.get(one.symbol, ""),
                    restricted=barred.get(one.symbol, ""),
                )
                for one in universe
            ],
        )

    def reasons(self, day: date) -> dict[str, str]:
        """Reasons by symbol on `day`; several of one stock in the order of the file."""
        found: dict[str, str] = {}
        for one in self.restrictions:
            if one.holds(day):
                before = found.get(one.symbol)
                found[one.symbol] = f"{before}; {one.reason}" if before else one.reason
        return found


NO_LISTS: Final = StockLists()


def day_at(universe: Universe, at_ns: int) -> date:
    """The venue's date at `at_ns`."""
    return datetime.fromtimestamp((at_ns + universe.venue.utc_offset) / NS, UTC).date()


def restricted_text(universe: Universe) -> str:
    """One line about the restricted stocks of a described universe; empty without any."""
    barred = [one for one in universe if one.restricted]
    if not barred:
        return ""
    named = ", ".join(f"{one.symbol} ({one.restricted})" for one in barred[:NAMED])
    more = f" and {len(barred) - NAMED} more" if len(barred) > NAMED else ""
    return f"restricted today, no entries: {named}{more}"


def load_lists(industries: str, restricted: str) -> StockLists:
    """What the named files say; an empty name is no file. Raises SettingsError."""
    return StockLists(
        industries=read_industries(Path(industries).expanduser()) if industries else {},
        restrictions=read_restrictions(Path(restricted).expanduser()) if restricted else (),
    )


def read_industries(path: Path) -> dict[str, str]:
    """Industry by symbol. Raises SettingsError."""
    found = {}
    for number, cells in _lines(path, "lists.industries", ("symbol", "industry")):
        if not cells["symbol"] or not cells["industry"]:
            raise _wrong(path, number, "symbol or industry is empty")
        found[cells["symbol"]] = cells["industry"]
    return found


def read_restrictions(path: Path) -> tuple[Restriction, ...]:
    """Every restriction of the file, in force or not. Raises SettingsError."""
    found = []
    for number, cells in _lines(path, "lists.restricted", ("symbol", "reason")):
        if not cells["symbol"] or not cells["reason"]:
            raise _wrong(path, number, "symbol or reason is empty")
        first, last = _day(path, number, cells, "from"), _day(path, number, cells, "until")
        if first is not None and last is not None and last < first:
            raise _wrong(path, number, f"until {last} is before from {first}")
        found.append(
            Restriction(symbol=cells["symbol"], reason=cells["reason"], first=first, last=last)
        )
    return tuple(found)


def _day(path: Path, number: int, cells: dict[str, str], column: str) -> date | None:
    text = cells.get(column, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _wrong(path, number, f"{column} {text!r} is no date like 2026-11-29") from None


def _lines(path: Path, key: str, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and cells of each line, columns in lower case."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(line for line in file if not line.startswith("#"))
            known = {name.strip().lower() for name in rows.fieldnames or ()}
            missing = [one for one in needed if one not in known]
            if missing:
                raise SettingsError(
                    f"{key}: {path} has no column {', '.join(missing)}; its first line must "
                    f"name {' and '.join(needed)}"
                )
            for row in rows:
                cells = {
                    str(name).strip().lower(): str(text or "").strip() for name, text in row.items()
                }
                yield rows.line_num, cells | {"symbol": cells["symbol"].upper()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{key}: {path} cannot be read: {error}") from error


def _wrong(path: Path, number: int, what: str) -> SettingsError:
    return SettingsError(f"{path}, line {number}: {what}; correct or remove the line")
