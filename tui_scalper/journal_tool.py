"""`scalper-tui journal`: show journals, verify them, list what changed, rebuild the state."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import msgspec

from tui_scalper.core.chronicle import Chronicle
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.costs import VENUE_CHARGES
from tui_scalper.core.desk import Desk
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.journalled import Record
from tui_scalper.core.market import MarketTable
from tui_scalper.core.recovery import rebuild
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS, rupees
from tui_scalper.core.venues import DAY, NSE, VENUES
from tui_scalper.runtime.journal import JournalError, scan
from tui_scalper.runtime.journals import journal_files, manifests_of


def show(path: Path) -> int:
    """Print every record as a line of JSON."""
    for record in scan(path).records:
        print(msgspec.json.encode(record).decode())
    return 0


def verify(path: Path) -> int:
    """Print whether a journal, or every journal of a folder, is whole.

    Raises JournalError when one is not.
    """
    return verify_all(path) if path.is_dir() else verify_one(path)


def verify_all(folder: Path) -> int:
    """Judge every journal of `folder`, whatever the others are like."""
    files = journal_files(folder)
    if not files:
        raise JournalError(f"no journal in {folder}")
    damaged = 0
    for path in files:
        try:
            verify_one(path)
        except JournalError as error:
            damaged += 1
            print(f"DAMAGED: {error}")
    if damaged:
        raise JournalError(f"{damaged} of {len(files)} journals in {folder} are damaged")
    return 0


def verify_one(path: Path) -> int:
    """Print whether the file is whole; JournalDamagedError when it is damaged further in."""
    found = scan(path)
    if found.torn_bytes and not found.records:
        raise JournalError(f"{path} is no journal: not one whole record in it")
    torn = f"; a torn tail of {found.torn_bytes} bytes would be cut" if found.torn_bytes else ""
    print(f"{path}: {len(found.records)} records, chain {found.chain.hex()}{torn}")
    return 0


def changes(folder: Path, days: int | None) -> int:
    """Print every change of settings and build between runs: when, who, what.

    Only those of the last `days` days by the machine's clock, all when None.
    """
    since = 0 if days is None else time.time_ns() - days * DAY
    manifests = [one for path in journal_files(folder) for one in manifests_of(path)]
    for one in sorted(manifests, key=lambda one: one.wall_ns):
        if one.wall_ns < since:
            continue
        when = datetime.fromtimestamp(one.wall_ns / NS).astimezone()
        for change in one.changed:
            print(
                f"{when:%Y-%m-%d %H:%M:%S%z} {one.user}@{one.host} {one.mode} {change.key}: "
                f"{change.old or '-'} -> {change.new or '-'} ({change.origin or 'gone'})"
            )
    return 0


def replay(path: Path, at: int | None) -> int:
    """Rebuild orders and positions as of record `at` (the last when None) and print them."""
    records = scan(path).records
    chosen = records if at is None else records[: at + 1]
    desk = rebuilt(chosen)
    print(f"after record {len(chosen) - 1} of {len(records) - 1}:")
    for position in desk.owned():
        print(
            f"  {position.instrument.symbol} {position.side.name} held {position.held} of "
            f"{position.bought}, {position.protection().value}"
        )
    for order in desk.blotter:
        terms = order.terms
        print(
            f"    {order.tag} {order.purpose.value} {order.side.name} {order.symbol} "
            f"{order.filled}/{order.wanted.quantity} {terms.kind.value} {rupees(terms.price)} "
            f"{order.state.value} {order.order_id}"
        )
    print(
        f"  trades {len(desk.trades)}, realised {rupees(desk.day.realised)} before "
        f"{rupees(desk.day.costs)} costs"
    )
    return 0


def rebuilt(records: tuple[Record, ...]) -> Desk:
    """The desk that `records` lead to. Ticks and lots do not matter for that."""
    placed = [record.body for record in records if isinstance(record.body, PlaceOrder)]
    stocks = {one.symbol: one.exchange for one in placed}
    universe = Universe(
        VENUES.get(next(iter(stocks.values()), ""), NSE),
        [
            Instrument(symbol=symbol, token=number, tick=1, exchange=exchange)
            for number, (symbol, exchange) in enumerate(stocks.items(), 1)
        ],
    )
    desk = Desk(
        EngineConfig(mode=Mode.SIM),
        MarketTable(universe),
        VENUE_CHARGES[universe.venue.code],
        Chronicle(),
        lambda _effect: None,
    )
    rebuild(desk, universe, records, records[-1].at_ns if records else 0)
    return desk
