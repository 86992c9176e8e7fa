"""Kite's instruments list as instruments."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.brokers.kite.access import LoopbackAccess
from tui_scalper.brokers.kite.instruments import fetch_instruments, parse_instruments
from tui_scalper.brokers.port import BrokerError
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.venues import NSE

PACKETS = Path(__file__).parents[2] / "shared" / "data" / "packets" / "kite"
HEAD = (
    "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,"
    "lot_size,instrument_type,segment,exchange\n"
)


def line(
    symbol: str,
    token: object,
    tick: str = "0.05",
    lot: str = "1",
    *,
    kind: str = "EQ",
    segment: str = "NSE",
) -> str:
    return f'{token},1,{symbol},"{symbol}, LTD",0.0,,0.0,{tick},{lot},{kind},{segment},NSE\n'


TEXT = HEAD + "".join(
    [
        line("INFY", 408065, "0.1"),
        line("NIFTY 50", 256265, segment="INDICES"),
        line("CENTRALBK-BE", 3813889),
        line("BAJAJ-AUTO", 4267265, "0.50"),
        line("BROKEN", 99, "0"),
        line("SBIN", 779521, "0.01"),
    ]
)


def test_wanted_symbols_in_the_order_asked():
    assert parse_instruments(TEXT, ["SBIN", "INFY", "SBIN"]) == [
        Instrument(symbol="SBIN", token=779521, tick=1, name="SBIN, LTD"),
        Instrument(symbol="INFY", token=408065, tick=10, name="INFY, LTD"),
    ]


def test_all_shares_of_series_eq(caplog):
    symbols = [one.symbol for one in parse_instruments(TEXT)]
    assert symbols == ["INFY", "BAJAJ-AUTO", "SBIN"]
    assert "1 unusable lines left out" in caplog.text


@pytest.mark.parametrize(
    ("text", "symbols", "words"),
    [
        (TEXT, ["INFY", "NOPE"], "NOPE not found among the NSE shares of series EQ"),
        (TEXT, ["NIFTY 50"], "no usable NSE share"),
        (TEXT, ["INFY", "CENTRALBK-BE"], "CENTRALBK-BE not found"),
        (TEXT, ["BROKEN"], "line 6, BROKEN: tick_size '0'"),
        (HEAD + line("A", 1, "0.055"), ["A"], "no whole number of paise"),
        (HEAD + line("A", 1, "cheap"), ["A"], "tick_size 'cheap' is no price"),
        (HEAD + line("A", 1, "NaN"), ["A"], "tick_size 'NaN'"),
        (HEAD + line("A", "x"), ["A"], "instrument_token 'x'"),
        (HEAD + line("A", 1, lot="0"), ["A"], "lot_size '0'"),
        (HEAD + line("A", 1) + line("A", 2), ["A"], "line 3, A: the symbol stands twice"),
        (HEAD + "17,1\n", ["A"], "no usable NSE share"),
        (HEAD, None, "no usable NSE share"),
        ("", None, "column instrument_token, .* is missing"),
        ("<html>", None, "is missing in line 1"),
        (HEAD.replace("tick_size,", ""), None, "column tick_size is missing"),
        (HEAD + "x" * 200_000, None, "unreadable after line"),
    ],
)
def test_errors_name_what_is_wrong(text, symbols, words):
    with pytest.raises(BrokerError, match=words) as caught:
        parse_instruments(text, symbols)
    assert "\n" not in str(caught.value)


def test_many_missing_symbols_are_named_in_part():
    with pytest.raises(BrokerError, match="N0, N1, N2, N3, N4 and 15 more not found"):
        parse_instruments(TEXT, ["INFY", *(f"N{n}" for n in range(20))])


@given(st.text(max_size=300))
def test_any_text_gives_instruments_or_one_error(text):
    for whole in (text, HEAD + text):
        try:
            assert parse_instruments(whole)
        except BrokerError as error:
            assert str(error)


async def test_the_list_is_fetched_with_credentials():
    headers: list = []

    async def answer(request: web.Request) -> web.StreamResponse:
        headers.append(request.headers.get("Authorization"))
        return web.Response(text=TEXT, content_type="text/csv")

    app = web.Application()
    app.router.add_get("/instruments/NSE", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]

    def access(path: str = "") -> LoopbackAccess:
        return LoopbackAccess(
            api_key="key",
            access_token="at",
            http_root=f"http://127.0.0.1:{port}{path}",
            ws_root=f"ws://127.0.0.1:{port}",
        )

    (infy,) = await fetch_instruments(access(), ["INFY"])
    assert infy.token == 408065
    assert headers == ["token key:at"]
    with pytest.raises(BrokerError, match="was refused"):
        await fetch_instruments(access("/elsewhere"))
    await runner.cleanup()
    with pytest.raises(BrokerError, match="cannot be had"):
        await fetch_instruments(access())


@pytest.mark.data
@pytest.mark.skipif(not PACKETS.is_dir(), reason="the recordings are not here")
def test_the_recorded_list():
    instruments = parse_instruments((PACKETS / "instruments_nse.csv").read_text())
    assert Universe(NSE, instruments).row_of_symbol("ADANIPORTS") is not None
    assert all(not one.symbol.endswith(("-BE", "-BL")) for one in instruments)
    assert {one.tick for one in instruments} == {1, 5}
