"""A simulation that was killed goes on with its account and its journal, whatever day it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tui_scalper.core import columns as c
from tui_scalper.core.units import Side
from tui_scalper.core.venues import DAY, NSE
from tui_scalper.exchange.orders import NewOrder
from tui_scalper.plans import Plan, plan_for
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.journals import folder_of
from tui_scalper.runtime.saved_exchange import SavedExchange
from tui_scalper.settings import SettingsError, load_settings


def planned(state: Path, **overrides: str) -> Plan:
    wanted = {"state_dir": str(state), "sim.instruments": "3", **overrides}
    return plan_for(load_settings(overrides=wanted, environment={}))


def exchange_of(plan: Plan) -> SavedExchange:
    assert plan.exchange is not None
    kept = plan.exchange.exchange
    assert isinstance(kept, SavedExchange)
    return kept


def leave_open(state: Path, plan: Plan, days_on: int = 0) -> str:
    """An order rests, `days_on` market days after the start, when the process is killed."""
    exchange = exchange_of(plan)
    now_ns = plan.clock.now() + days_on * DAY
    exchange.advance(now_ns)
    symbol = exchange.universe[0].symbol
    price = int(exchange.cells[0, c.BID_PRICE + c.LEVELS - 1])
    order_id = exchange.place(
        NewOrder(symbol=symbol, side=Side.BUY, quantity=1, price=price), now_ns
    )
    exchange.drain_updates()
    Journal(folder_of(state) / plan.journal).close()
    return order_id


@pytest.fixture(name="later")
def _later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let so many days pass on the machine."""
    real = time.time_ns

    def pass_days(days: int) -> None:
        monkeypatch.setattr(time, "time_ns", lambda: real() + days * DAY)

    return pass_days


@pytest.mark.parametrize(
    ("days_on", "days", "mode"),
    [(0, 0, "sim"), (0, 1, "test"), (0, 2, "sim"), (1, 0, "test"), (1, 2, "sim")],
)
def test_what_is_open_is_found_again_with_its_journal(tmp_path: Path, later, days_on, days, mode):
    before = planned(tmp_path)
    order_id = leave_open(tmp_path, before, days_on)
    stood_ns = exchange_of(before).now_ns
    later(days)
    after = planned(tmp_path, mode=mode)
    assert after.journal == before.journal
    assert [one.order_id for one in exchange_of(after).live_orders()] == [order_id]
    assert after.clock.now() - stood_ns < DAY // 24


def test_a_day_that_ended_flat_is_not_taken_up_on_another(tmp_path: Path, later):
    before = planned(tmp_path)
    order_id = leave_open(tmp_path, before)
    exchange = exchange_of(before)
    exchange.cancel(order_id, exchange.now_ns)
    exchange.drain_updates()
    later(1)
    after = planned(tmp_path)
    assert after.journal != before.journal
    assert NSE.midnight(after.clock.now()) > NSE.midnight(exchange.now_ns)


def test_an_account_of_other_stocks_is_refused_in_one_line_while_it_holds_something(tmp_path: Path):
    before = planned(tmp_path)
    order_id = leave_open(tmp_path, before)
    with pytest.raises(
        SettingsError, match=r"sim.msgpack .* list of 3 stocks.*sim.instruments = 3"
    ):
        planned(tmp_path, **{"sim.instruments": "2"})
    exchange = exchange_of(before)
    exchange.cancel(order_id, exchange.now_ns)
    exchange.drain_updates()
    after = planned(tmp_path, **{"sim.instruments": "2"})
    assert list(exchange_of(after).orders()) == []
