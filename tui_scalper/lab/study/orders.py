"""An order-by-order day as arrays: additions, cancels and trades in the exchange's sequence."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv

from tui_scalper.lab.layout import Ints

ADD: Final = 0
CANCEL: Final = 1
TRADE: Final = 2

ORDERS_FILE: Final = "sse5_orders_20230711.zip"
TRADES_FILE: Final = "sse5_trades_20230711.zip"
_CANCEL_TYPE: Final = 10


@dataclass(frozen=True)
class OrderEvents:
    """One stock's day. int64[n] each, in sequence.

    `price` in hundredths of the currency, `quantity` in shares, `ms` milliseconds after
    local midnight. `side` is that of the order (+1 buy, -1 sell); of a trade that of the
    order that came last and caused it (0 in an auction). `buy` and `sell` number the orders
    concerned, 0 where there is none.
    """

    code: str
    sequence: Ints
    ms: Ints
    kind: Ints
    side: Ints
    buy: Ints
    sell: Ints
    price: Ints
    quantity: Ints

    def __len__(self) -> int:
        return len(self.ms)

    def first(self, count: int) -> OrderEvents:
        """The first `count` events alone."""
        return self._taken(slice(count))

    def in_sequence(self) -> OrderEvents:
        """Sorted by the exchange's sequence number."""
        return self._taken(np.argsort(self.sequence, kind="stable"))

    def _taken(self, which: slice | Ints) -> OrderEvents:
        return OrderEvents(
            self.code,
            self.sequence[which],
            self.ms[which],
            self.kind[which],
            self.side[which],
            self.buy[which],
            self.sell[which],
            self.price[which],
            self.quantity[which],
        )


def read_day(folder: Path) -> tuple[OrderEvents, ...]:
    """The stocks of the day in `folder`, by code.

    Of an order that trades on arrival only what then rests is an addition; what traded is
    known by its trades. Raises FileNotFoundError where the recording is absent.
    """
    orders, trades = _orders(folder / ORDERS_FILE), _trades(folder / TRADES_FILE)
    days = []
    for code in sorted(set(orders["code"].tolist()) | set(trades["code"].tolist())):
        mine = [
            {name: column[part["code"] == code] for name, column in part.items()}
            for part in (orders, trades)
        ]
        merged = {name: np.concatenate([part[name] for part in mine]) for name in orders}
        del merged["code"]
        days.append(OrderEvents(code=code.partition(".")[0], **merged).in_sequence())
    return tuple(days)


def _orders(path: Path) -> dict[str, Ints]:
    text = _columns(path, ("OrderType", "OrderBSFlag", "OrderNO"), "OrderPrice", "OrderQty")
    side = np.where(text["OrderBSFlag"] == 1, 1, -1)
    number = text["OrderNO"]
    return {
        **_common(text),
        "kind": np.where(text["OrderType"] == _CANCEL_TYPE, CANCEL, ADD),
        "side": side,
        "buy": np.where(side > 0, number, 0),
        "sell": np.where(side < 0, number, 0),
        "price": text["OrderPrice"],
        "quantity": text["OrderQty"],
    }


def _trades(path: Path) -> dict[str, Ints]:
    text = _columns(path, ("TradeBSFlag", "TradeBuyNo", "TradeSellNo"), "TradePrice", "TradeQty")
    flag = text["TradeBSFlag"]
    return {
        **_common(text),
        "kind": np.full(len(flag), TRADE),
        "side": np.select([flag == 1, flag == 2], [1, -1], 0),
        "buy": text["TradeBuyNo"],
        "sell": text["TradeSellNo"],
        "price": text["TradePrice"],
        "quantity": text["TradeQty"],
    }


def _common(text: dict[str, Ints]) -> dict[str, Ints]:
    return {"code": text["SecurityID"], "sequence": text["ApplSeqNum"], "ms": text["MDTime"]}


def _columns(path: Path, plain: tuple[str, ...], price: str, quantity: str) -> dict[str, Ints]:
    """The named columns of the one CSV in the archive `path`; the price in hundredths."""
    types = {
        "SecurityID": pa.string(),
        "MDTime": pa.time32("ms"),
        "ApplSeqNum": pa.int64(),
        quantity: pa.int64(),
        price: pa.float64(),
        **{name: pa.int64() for name in plain},
    }
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
        table = pcsv.read_csv(
            file,
            convert_options=pcsv.ConvertOptions(column_types=types, include_columns=list(types)),
        )
    table = table.set_column(
        table.schema.get_field_index("MDTime"), "MDTime", table["MDTime"].cast(pa.int32())
    )
    columns = {name: table[name].to_numpy() for name in types}
    columns["MDTime"] = columns["MDTime"].astype(np.int64)
    columns[price] = np.rint(columns[price] * 100).astype(np.int64)
    return columns
