"""Orders, trades, positions, funds and quotes in the words of Kite's JSON.

Prices leave as rupees in floats, as Kite sends them; times as local text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import Cells
from tui_scalper.core.units import NS, Side, rupees
from tui_scalper.core.venues import Venue
from tui_scalper.exchange.account import Margins, Position
from tui_scalper.exchange.orders import News, Order, OrderUpdate, Trade, Variety

Words = dict[str, Any]
USER: Final = "DEMO01"


def clock_text(venue: Venue, at_ns: int) -> str | None:
    """Local time as Kite writes it, None for a time that never was."""
    if not at_ns:
        return None
    return f"{datetime.fromtimestamp((at_ns + venue.utc_offset) // NS, UTC):%Y-%m-%d %H:%M:%S}"


def side_word(side: Side) -> str:
    """BUY or SELL."""
    return side.name


def order_words(venue: Venue, order: Order) -> Words:
    """One order as in the order book."""
    asked = order.asked
    average = order.filled_value / order.filled / 100 if order.filled else 0
    return {
        "placed_by": USER,
        "order_id": order.order_id,
        "exchange_order_id": order.exchange_order_id or None,
        "parent_order_id": order.parent_id or None,
        "status": order.status.value,
        "status_message": order.text or None,
        "status_message_raw": order.raw_text or None,
        "order_timestamp": clock_text(venue, order.updated_ns),
        "exchange_update_timestamp": clock_text(venue, order.exchange_ns),
        "exchange_timestamp": clock_text(venue, order.exchange_ns),
        "variety": order.variety,
        "modified": order.modifications > 0,
        "exchange": asked.exchange,
        "tradingsymbol": asked.symbol,
        "instrument_token": order.token,
        "order_type": asked.type.value,
        "transaction_type": side_word(asked.side),
        "validity": asked.validity.value,
        "validity_ttl": 0,
        "product": "CO" if order.variety == Variety.COVER else asked.product.value,
        "quantity": asked.quantity,
        "disclosed_quantity": asked.disclosed,
        "price": asked.price / 100,
        "trigger_price": asked.trigger / 100,
        "average_price": average,
        "filled_quantity": order.filled,
        "pending_quantity": order.pending,
        "cancelled_quantity": order.cancelled,
        "market_protection": asked.protection_bp / 100 if asked.protection_bp > 0 else 0,
        "meta": {},
        "tag": asked.tag or None,
        "tags": [asked.tag] if asked.tag else [],
        "guid": None,
    }


def update_words(venue: Venue, update: OrderUpdate) -> Words:
    """An order update as it is pushed: a change has the status UPDATE."""
    order = update.order
    words = order_words(venue, order)
    words["user_id"] = USER
    words["app_id"] = 1
    words["checksum"] = ""
    words["unfilled_quantity"] = order.asked.quantity - order.filled - order.cancelled
    if update.news is News.CHANGED:
        words["status"] = "UPDATE"
    return words


def trade_words(venue: Venue, trade: Trade) -> Words:
    """One trade as in the trade book."""
    return {
        "trade_id": trade.trade_id,
        "order_id": trade.order_id,
        "exchange_order_id": trade.exchange_order_id,
        "exchange": trade.exchange,
        "tradingsymbol": trade.symbol,
        "instrument_token": trade.token,
        "product": trade.product.value,
        "average_price": trade.price / 100,
        "quantity": trade.quantity,
        "transaction_type": side_word(trade.side),
        "fill_timestamp": clock_text(venue, trade.at_ns),
        "order_timestamp": (clock_text(venue, trade.at_ns) or "")[-8:],
        "exchange_timestamp": clock_text(venue, trade.at_ns),
    }


def position_words(position: Position, ltp: int, unrealised: int) -> Words:
    """One position of the day; nothing is carried over here, so net and day agree."""
    held = position.quantity
    profit = (position.realised + unrealised) / 100
    bought, sold = position.buy_quantity, position.sell_quantity
    return {
        "tradingsymbol": position.symbol,
        "exchange": position.exchange,
        "instrument_token": position.token,
        "product": position.product.value,
        "quantity": held,
        "overnight_quantity": 0,
        "multiplier": 1,
        "average_price": position.cost / held / 100 if held else 0,
        "close_price": 0,
        "last_price": ltp / 100,
        "value": (position.sell_value - position.buy_value) / 100,
        "pnl": profit,
        "m2m": profit,
        "unrealised": unrealised / 100,
        "realised": position.realised / 100,
        "buy_quantity": bought,
        "buy_price": position.buy_value / bought / 100 if bought else 0,
        "buy_value": position.buy_value / 100,
        "buy_m2m": position.buy_value / 100,
        "sell_quantity": sold,
        "sell_price": position.sell_value / sold / 100 if sold else 0,
        "sell_value": position.sell_value / 100,
        "sell_m2m": position.sell_value / 100,
        "day_buy_quantity": bought,
        "day_buy_price": position.buy_value / bought / 100 if bought else 0,
        "day_buy_value": position.buy_value / 100,
        "day_sell_quantity": sold,
        "day_sell_price": position.sell_value / sold / 100 if sold else 0,
        "day_sell_value": position.sell_value / 100,
    }


def margin_words(margins: Margins) -> Words:
    """Funds of the equity segment."""
    live = margins.available / 100
    return {
        "enabled": True,
        "net": live,
        "available": {
            "adhoc_margin": 0,
            "cash": live,
            "opening_balance": margins.opening / 100,
            "live_balance": live,
            "collateral": 0,
            "intraday_payin": 0,
        },
        "utilised": {
            "debits": margins.blocked / 100,
            "exposure": margins.blocked / 100,
            "m2m_realised": margins.realised / 100,
            "m2m_unrealised": margins.unrealised / 100,
            "option_premium": 0,
            "payout": 0,
            "span": 0,
            "holding_sales": 0,
            "turnover": 0,
            "liquid_collateral": 0,
            "stock_collateral": 0,
            "delivery": 0,
        },
    }


def profile_words() -> Words:
    """Who the demo account belongs to."""
    return {
        "user_id": USER,
        "user_type": "individual",
        "email": "demo@localhost",
        "user_name": "Simulated account",
        "user_shortname": "Demo",
        "broker": "SIMULATED",
        "exchanges": ["NSE"],
        "products": ["CNC", "NRML", "MIS", "CO"],
        "order_types": ["MARKET", "LIMIT", "SL"],
        "avatar_url": None,
        "meta": {"demat_consent": "consent"},
    }


def ltp_words(stock: Instrument, cells: Cells, row: int) -> Words:
    """The shortest quote."""
    return {"instrument_token": stock.token, "last_price": int(cells[row, c.LTP]) / 100}


def ohlc_words(stock: Instrument, cells: Cells, row: int) -> Words:
    """Last price and the range of the day."""
    values = cells[row].tolist()
    ohlc = {
        "open": values[c.OPEN] / 100,
        "high": values[c.HIGH] / 100,
        "low": values[c.LOW] / 100,
        "close": values[c.CLOSE] / 100,
    }
    return {**ltp_words(stock, cells, row), "ohlc": ohlc}


def quote_words(
    venue: Venue, stock: Instrument, cells: Cells, row: int, band: tuple[int, int]
) -> Words:
    """The whole quote with five levels a side."""
    values = cells[row].tolist()
    return {
        **ohlc_words(stock, cells, row),
        "timestamp": clock_text(venue, values[c.EXCHANGE_NS]),
        "last_trade_time": clock_text(venue, values[c.TRADED_NS]),
        "last_quantity": values[c.LTQ],
        "buy_quantity": values[c.TOTAL_BUY],
        "sell_quantity": values[c.TOTAL_SELL],
        "volume": values[c.VOLUME],
        "average_price": values[c.AVERAGE] / 100,
        "oi": 0,
        "oi_day_high": 0,
        "oi_day_low": 0,
        "net_change": 0,
        "lower_circuit_limit": band[0] / 100,
        "upper_circuit_limit": band[1] / 100,
        "depth": {
            "buy": _levels(values, c.BID_PRICE, c.BID_QUANTITY, c.BID_ORDERS),
            "sell": _levels(values, c.ASK_PRICE, c.ASK_QUANTITY, c.ASK_ORDERS),
        },
    }


def _levels(values: list[int], price: int, quantity: int, orders: int) -> list[Words]:
    return [
        {
            "price": values[price + level] / 100,
            "quantity": values[quantity + level],
            "orders": values[orders + level],
        }
        for level in range(c.LEVELS)
    ]


INSTRUMENT_COLUMNS: Final = (
    "instrument_token", "exchange_token", "tradingsymbol", "name", "last_price", "expiry",
    "strike", "tick_size", "lot_size", "instrument_type", "segment", "exchange",
)  # fmt: skip


def instruments_csv(universe: Universe, last_prices: Iterable[int]) -> str:
    """The instrument master as Kite serves it."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(INSTRUMENT_COLUMNS)
    for stock, last in zip(universe, last_prices, strict=True):
        writer.writerow(
            (stock.token, stock.token >> 8, stock.symbol, stock.name, rupees(last), "", 0,
             rupees(stock.tick), stock.lot, "EQ", stock.exchange, stock.exchange)
        )  # fmt: skip
    return page.getvalue()
