"""Instrument masters: the shipped one, Kite's format, and what is said about a bad one."""

from pathlib import Path

import pytest

from tui_scalper.exchange.master import MasterError, load_master

KITE_SAMPLE = Path(__file__).parents[2] / "shared/data/packets/kite/instruments_nse.csv"
TICK_BANDS = ((25_000, 1), (100_000, 5), (500_000, 10), (1_000_000, 50), (2_000_000, 100))


def tick_of_price(price):
    return next((tick for upto, tick in TICK_BANDS if price <= upto), 500)


def test_shipped_master_begins_with_the_known_names():
    master = load_master(count=6)
    names = [stock.symbol for stock in master.universe]
    assert names == ["RELIANCE", "HDFCBANK", "ICICIBANK", "INFY", "TCS", "SBIN"]
    assert master.universe[3].token == 408065
    assert master.universe[5].token == 779521


def test_every_shipped_reference_price_fits_its_tick():
    master = load_master()
    assert len(master.universe) >= 200
    for stock, price in zip(master.universe, master.references, strict=True):
        assert price % stock.tick == 0, stock
        assert tick_of_price(price) == stock.tick, (stock, price)


def test_reads_a_kite_master_with_its_last_prices(tmp_path):
    header = (
        "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,"
        "lot_size,instrument_type,segment,exchange\n"
    )
    file = tmp_path / "kite.csv"
    file.write_text(
        header + "408065,1594,INFY,INFOSYS,1573.73,,0,0.1,1,EQ,NSE,NSE\n"
        "408321,1595,NEW,NEW LISTING,0,,0,0.05,1,EQ,NSE,NSE\n"
        "256265,1001,NIFTY 50,NIFTY 50,0,,0,0,0,EQ,INDICES,NSE\n"
    )
    master = load_master(file)
    assert [stock.symbol for stock in master.universe] == ["INFY", "NEW"]
    assert master.references[0] == 157_370
    assert tick_of_price(master.references[1]) == 5


@pytest.mark.data
def test_reads_the_published_kite_sample():
    if not KITE_SAMPLE.exists():
        pytest.skip("no recordings at ../shared/data")
    master = load_master(KITE_SAMPLE)
    assert len(master.universe) > 50
    assert all(price > 0 for price in master.references)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "unknown columns"),
        ("symbol,exchange_token,tick,lot,name,reference_price\n", "no NSE stock"),
        ("symbol,exchange_token,tick,lot,name,reference_price\nA,1,x,1,A,5\n", "line 2"),
        ("symbol,exchange_token,tick,lot,name,reference_price\nA,1,0,1,A,5\n", "tick 0"),
        (
            "symbol,exchange_token,tick,lot,name,reference_price\nA,1,5,1,A,5\nA,2,5,1,A,5\n",
            "stands twice",
        ),
    ],
)
def test_a_bad_master_is_named_with_what_is_wrong(tmp_path, text, says):
    file = tmp_path / "bad.csv"
    file.write_text(text)
    with pytest.raises(MasterError, match=says) as caught:
        load_master(file)
    assert "bad.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_master_is_named(tmp_path):
    with pytest.raises(MasterError, match="cannot be read"):
        load_master(tmp_path / "nowhere.csv")
