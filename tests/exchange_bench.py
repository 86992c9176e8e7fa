"""An exchange over one stock whose book the test writes."""

import numpy as np
import pytest

from tui_scalper.core import columns as c
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.units import NS, Side
from tui_scalper.core.venues import HOUR, NSE
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.orders import NewOrder, OrderRefused
from tui_scalper.exchange.recorded import RecordedMarket

MIDNIGHT = NSE.midnight(1_795_400_000 * NS)
TEN = MIDNIGHT + 10 * HOUR
ROW = np.array([0], dtype=np.int64)
TICK = 5


class Bench:
    """An exchange over one stock whose book the test writes."""

    def __init__(self, **options):
        stocks = [Instrument(symbol="SBIN", token=779521, tick=TICK, lot=1)]
        cells = np.zeros((1, c.COLUMNS), dtype=np.int64)
        universe = Universe(NSE, stocks)
        self.exchange = Exchange(
            universe, RecordedMarket(universe, cells, band_bp=1_000), **options
        )
        self.now = TEN
        cells[0, c.CLOSE] = 100_000
        self.exchange.advance(TEN)
        self.show([(99_995, 100)], [(100_005, 100)], 100_000)

    def show(self, bids, asks, ltp):
        self.now += NS
        cells = self.exchange.cells[0]
        cells[c.BID_PRICE : c.MARKET_END] = 0
        for levels, price, quantity in (
            (bids, c.BID_PRICE, c.BID_QUANTITY),
            (asks, c.ASK_PRICE, c.ASK_QUANTITY),
        ):
            for level, (at, shares) in enumerate(levels):
                cells[price + level], cells[quantity + level] = at, shares
        cells[c.LTP] = ltp
        self.exchange.match(ROW, self.now)

    def place(self, side=Side.BUY, quantity=10, price=100_005, **fields):
        new = NewOrder(symbol="SBIN", side=side, quantity=quantity, price=price, **fields)
        return self.exchange.place(new, self.now)

    def order(self, order_id):
        return self.exchange.history(order_id)[-1]

    def statuses(self, order_id):
        return [one.status for one in self.exchange.history(order_id)]

    def refusal(self, **fields):
        with pytest.raises(OrderRefused) as caught:
            self.place(**fields)
        return caught.value
