"""One session of the published Kite client against the server at the address given.

Runs in an environment of its own. Usage: kite_client_session.py PORT. Prints one JSON object
with what the client saw.
"""

import json
import sys
import threading
from queue import Queue

from kiteconnect import KiteConnect, KiteTicker
from kiteconnect.exceptions import KiteException

PORT = sys.argv[1]
WAIT = 20
SYMBOLS = ("INFY", "SBIN", "TCS")


def connect():
    kite = KiteConnect(api_key="demo", root=f"http://127.0.0.1:{PORT}")
    session = kite.generate_session("demo", api_secret="demo")
    kite.set_access_token(session["access_token"])
    return kite


def stream(tokens, ticks, updates, failures):
    ticker = KiteTicker("demo", "demo", root=f"ws://127.0.0.1:{PORT}")

    def on_connect(ws, _):
        ws.subscribe(tokens)
        ws.set_mode(ws.MODE_FULL, tokens)

    ticker.on_connect = on_connect
    ticker.on_ticks = lambda _, batch: [ticks.put(tick) for tick in batch]
    ticker.on_order_update = lambda _, order: updates.put(order)
    ticker.on_error = lambda _, code, reason: failures.append(f"{code} {reason}")
    ticker.connect(threaded=True)
    return ticker


def next_full(ticks, token, wanted):
    """The next full tick of `token` for which `wanted` holds."""
    for _ in range(20_000):
        tick = ticks.get(timeout=WAIT)
        if tick["instrument_token"] == token and tick["mode"] == "full" and wanted(tick):
            return tick
    raise RuntimeError("no such tick")


def until_done(updates, order_id, done):
    seen = []
    while True:
        update = updates.get(timeout=WAIT)
        if update["order_id"] == order_id:
            seen.append(update["status"])
            if update["status"] in done:
                return seen, update


def order(kite, **fields):
    common = {
        "variety": kite.VARIETY_REGULAR,
        "exchange": kite.EXCHANGE_NSE,
        "tradingsymbol": "INFY",
        "product": kite.PRODUCT_MIS,
        "validity": kite.VALIDITY_DAY,
    }
    return kite.place_order(**{**common, **fields})


def refusal(action):
    try:
        action()
    except KiteException as error:
        return type(error).__name__
    return "accepted"


def main():
    kite = connect()
    listed = {one["tradingsymbol"]: one for one in kite.instruments("NSE")}
    tokens = [listed[symbol]["instrument_token"] for symbol in SYMBOLS]
    ticks, updates, failures = Queue(), Queue(), []
    ticker = stream(tokens, ticks, updates, failures)
    tick = next_full(ticks, tokens[0], lambda one: one["depth"]["buy"][0]["price"] > 0)

    bid, ask = tick["depth"]["buy"][0]["price"], tick["depth"]["sell"][0]["price"]
    step = listed["INFY"]["tick_size"]
    resting = order(
        kite, transaction_type="BUY", quantity=3, order_type="LIMIT",
        price=round(bid - 200 * step, 2), tag="restingone",
    )  # fmt: skip
    kite.modify_order("regular", resting, quantity=5, price=round(bid - 190 * step, 2))
    modified, _ = until_done(updates, resting, {"UPDATE"})
    kite.cancel_order("regular", resting)
    cancelled, _ = until_done(updates, resting, {"CANCELLED"})
    entry = order(
        kite, transaction_type="BUY", quantity=2, order_type="LIMIT",
        price=round(ask + 40 * step, 2), tag="entry1",
    )  # fmt: skip
    filled, fill = until_done(updates, entry, {"COMPLETE"})
    protected = order(
        kite, transaction_type="SELL", quantity=2, order_type="MARKET", market_protection=-1
    )
    sold, _ = until_done(updates, protected, {"COMPLETE"})
    naked = refusal(lambda: order(kite, transaction_type="SELL", quantity=2, order_type="MARKET"))
    again = refusal(lambda: kite.cancel_order("regular", resting))
    stranger = KiteConnect(api_key="demo", access_token="wrong", root=f"http://127.0.0.1:{PORT}")
    report = {
        "instruments": len(listed),
        "tick": tick,
        "token": tokens[0],
        "cancelled": [*modified, *cancelled],
        "filled": filled,
        "fill": fill,
        "sold": sold,
        "naked": naked,
        "again": again,
        "stranger": refusal(stranger.profile),
        "history": [one["status"] for one in kite.order_history(resting)],
        "book": {one["order_id"]: one["status"] for one in kite.orders()},
        "ids": [resting, entry, protected],
        "trades": [one["quantity"] for one in kite.trades()],
        "entry_trades": kite.order_trades(entry),
        "positions": kite.positions()["net"],
        "margins": kite.margins("equity")["net"],
        "quote": kite.quote("NSE:INFY")["NSE:INFY"]["instrument_token"],
        "ltp": kite.ltp(["NSE:INFY", "NSE:SBIN"]),
        "profile": kite.profile()["user_id"],
        "failures": failures,
    }
    ticker.close()
    print(json.dumps(report, default=str))


worker = threading.Thread(target=main)
worker.start()
worker.join()
