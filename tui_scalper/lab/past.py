"""A desk out of nothing but a journal: the stocks it names, at the rows it knew them by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui_scalper.core.chronicle import Chronicle
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.costs import VENUE_CHARGES, Charges
from tui_scalper.core.decisions import Decided
from tui_scalper.core.desk import Desk
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.events import OrderBookReported, OrderReported, PositionsReported
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.journalled import Body, Record
from tui_scalper.core.market import MarketTable
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.venues import NSE, VENUES


def universe_of(records: Iterable[Record]) -> Universe:
    """The stocks `records` name, each at its row; rows nobody names have names of their own.

    Where two runs knew a row as different stocks the first keeps it. Ticks and lots are known
    of stocks that were entered; elsewhere they are 1, which books of the past do not need.
    """
    rows: dict[str, int] = {}
    known: dict[str, Instrument] = {}
    exchange = ""
    for record in records:
        body = record.body
        if isinstance(body, Decided):
            known[body.standing.instrument.symbol] = body.standing.instrument
        elif isinstance(body, PlaceOrder):
            exchange = exchange or body.exchange
        for row, symbol in _named(body):
            rows.setdefault(symbol, row)
    placed: dict[int, str] = {}
    for symbol, row in rows.items():
        free = max(placed, default=-1) + 1
        placed[free if row in placed else row] = symbol
    length = max(placed, default=0) + 1
    symbols = [placed.get(row, f"ROW {row}") for row in range(length)]
    venue = VENUES.get(exchange, NSE)
    return Universe(
        venue,
        [
            Instrument(
                symbol=symbol,
                token=row + 1,
                tick=known[symbol].tick if symbol in known else 1,
                lot=known[symbol].lot if symbol in known else 1,
                exchange=venue.code,
            )
            for row, symbol in enumerate(symbols)
        ],
    )


def _named(body: Body) -> Sequence[tuple[int, str]]:
    match body:
        case PlaceOrder():
            return [(body.row, body.symbol)]
        case OrderReported():
            return [(body.report.row, body.report.symbol)] if body.report.row >= 0 else []
        case OrderBookReported():
            return [(one.row, one.symbol) for one in body.reports if one.row >= 0]
        case PositionsReported():
            return [(one.row, one.symbol) for one in body.holdings if one.row >= 0]
        case _:
            return []


def charges_of(universe: Universe) -> Charges:
    """What trading costs at the venue of `universe`."""
    return VENUE_CHARGES[universe.venue.code]


def empty_desk(universe: Universe) -> Desk:
    """A frozen desk that asks nothing of anybody."""
    desk = Desk(
        EngineConfig(mode=Mode.SIM),
        MarketTable(universe),
        charges_of(universe),
        Chronicle(),
        lambda _effect: None,
    )
    desk.freeze()
    return desk
