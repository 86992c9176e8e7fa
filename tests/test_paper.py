"""PAPER: a broker's market data, orders that reach nobody but the paper account."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from live_run import live_run
from test_live_loop import enter

from tui_scalper.brokers.kite.gateway import KiteGateway
from tui_scalper.brokers.port import BrokerError
from tui_scalper.core import commands as cm
from tui_scalper.core.snapshot import Mode, Protection
from tui_scalper.core.units import Side
from tui_scalper.exchange.orders import NewOrder
from tui_scalper.paper import PaperAccount, PaperGateway
from tui_scalper.plans import Plan, plan_for
from tui_scalper.runtime.saved_exchange import load_sim
from tui_scalper.settings import SettingsError, load_settings


def on_paper(plan: Plan, state: Path) -> Plan:
    """The plan of a simulation, its exchange as the broker, its orders on paper."""
    path = state / "paper.msgpack"
    account = PaperAccount(path, "P1", 0, 500_000_00, load_sim(path))
    config = msgspec.structs.replace(plan.config, mode=Mode.PAPER)
    return replace(plan, mode=Mode.PAPER, config=config, paper=account, journal="paper.journal")


@contextmanager
def paper_run(state: Path, start: str = "09:30"):
    """A run whose broker is the embedded exchange, the market open since `start`."""
    with live_run(state, change=lambda plan: on_paper(plan, state), sim__start=start) as live:
        yield live


def settings(**given: str):
    return load_settings(overrides={"broker": "kite", **given}, environment={})


def test_a_trade_on_paper_fills_is_guarded_and_closes_while_the_broker_hears_of_none(tmp_path):
    with paper_run(tmp_path) as live:
        gateway = live.run.worker.session.gateway
        assert isinstance(gateway, PaperGateway) and not isinstance(gateway, KiteGateway)
        row = enter(live)
        seen = live.wait(lambda s: s.positions and s.positions[0].quantity, "filled")
        assert seen.mode is Mode.PAPER
        assert gateway.exchange.holds_risk()
        live.give(cm.Flatten, row=row)
        seen = live.wait(lambda s: not s.positions, "flat")
        assert seen.tally.wins + seen.tally.losses == 1
        assert seen.tally.realised == sum(one.realised for one in gateway.exchange.positions())
        assert list(live.exchange.orders()) == [], "no order reached the broker"
    assert not (tmp_path / "paper.msgpack").exists(), "nothing was open: nothing is kept"


def test_what_is_open_on_paper_outlives_the_process(tmp_path):
    with paper_run(tmp_path) as live:
        row = enter(live)
    assert load_sim(tmp_path / "paper.msgpack") is not None
    with paper_run(tmp_path, "09:45") as live:
        seen = live.wait(
            lambda s: [one.protection for one in s.positions] == [Protection.PROTECTED], "guarded"
        )
        assert seen.positions[0].row == row
        live.give(cm.Flatten, row=row)
        live.wait(lambda s: not s.positions, "flat")


def test_orders_of_somebody_at_the_broker_are_none_of_the_paper_account_s(tmp_path):
    with paper_run(tmp_path) as live:
        seen = live.wait(lambda s: s.ladders and s.ladders[0].bids, "a book")
        best = seen.ladders[0].bids[0].price
        order = NewOrder(symbol=seen.ladders[0].symbol, side=Side.BUY, quantity=1, price=best)
        live.exchange.place(order, live.run.plan.clock.now())
        later = live.wait(lambda s: s.seq > seen.seq + 20, "a second of pictures")
        assert later.orders == () and later.positions == ()


def test_a_paper_account_of_other_stocks_is_refused(tmp_path):
    with paper_run(tmp_path) as live:
        enter(live)
        universe = live.run.engine.universe
    path = tmp_path / "paper.msgpack"
    account = PaperAccount(path, "P1", 1, 1, load_sim(path))
    fewer = type(universe)(universe.venue, list(universe)[:-1])
    with pytest.raises(BrokerError, match="another list of stocks"):
        account.open(fewer, live.run.engine.table.cells, lambda event: None, lambda: 0)


def test_a_paper_account_of_an_older_build_says_what_to_do(tmp_path):
    with paper_run(tmp_path) as live:
        enter(live)
        universe = live.run.engine.universe
    path = tmp_path / "paper.msgpack"
    saved = load_sim(path)
    assert saved is not None
    account = PaperAccount(path, "P1", 1, 1, msgspec.structs.replace(saved, days={}))
    with pytest.raises(BrokerError, match=r"older build.* remove the file"):
        account.open(universe, live.run.engine.table.cells, lambda event: None, lambda: 0)


def test_only_paper_has_a_paper_account_and_it_needs_a_broker_s_data(tmp_path):
    keys = {"kite.api_key": "k", "kite.access_token": "t", "state_dir": str(tmp_path)}
    assert plan_for(settings(mode="paper", **keys)).paper is not None
    for mode in ("test", "live"):
        assert plan_for(settings(mode=mode, **keys)).paper is None
    with pytest.raises(SettingsError, match="mode = paper needs broker = kite"):
        plan_for(load_settings(overrides={"mode": "paper"}, environment={}))
