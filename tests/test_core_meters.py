"""Meters: how much of each limit is used, against what the controls themselves refuse by."""

from __future__ import annotations

from collections import deque

import pytest
from engine_rig import START, Rig
from hypothesis import given
from hypothesis import strategies as st

from tui_scalper.core.config import EngineConfig, RiskLimits
from tui_scalper.core.meters import TRADES_SHOWN, break_even_ppm, chance_ppm, limits, trade_rows
from tui_scalper.core.orders import ReportStatus
from tui_scalper.core.pacing import SendWindow, Span, windows_of
from tui_scalper.core.picture import take_picture
from tui_scalper.core.snapshot import Latency, Limit, LimitUnit, Mode
from tui_scalper.core.units import NS, PPM
from tui_scalper.lab.statistics import break_even_rate


def shown(rig: Rig) -> dict[str, Limit]:
    found = limits(rig.config, rig.desk, rig.engine.sent, rig.engine.fall, rig.now)
    return {one.name: one for one in found}


def lose(rig: Rig, row: int = 0) -> None:
    """A position bought and stopped out twenty rupees lower."""
    position = rig.hold(row)
    stop = position.exit
    assert stop is not None
    rig.report(stop, ReportStatus.COMPLETE, price=stop.terms.price - 2_000)


def test_a_flat_account_has_used_nothing():
    assert {one.used for one in shown(Rig().open_market()).values()} == {0}


def test_a_held_position_uses_its_limits():
    rig = Rig().open_market()
    position = rig.hold()
    meters = shown(rig)
    value = position.held * rig.desk.mark(position)
    assert meters["positions"] == Limit("positions", 1, 3, LimitUnit.COUNT)
    assert meters["gross"].used == meters["a stock"].used == value
    assert meters["trades"].used == 1
    assert meters["open orders"].used == 1
    assert meters["orders/s"].used == meters["new orders"].used == 2
    rig.wait(NS)
    assert shown(rig)["orders/s"].used == 0
    assert shown(rig)["orders/min"].used == 2


def test_losses_fill_the_meters_until_the_day_ends():
    rig = Rig(config=EngineConfig(mode=Mode.SIM, risk=RiskLimits(loss_streak=1)))
    lose(rig.open_market())
    meters = shown(rig)
    day = rig.desk.day
    assert meters["day loss"].used == day.costs - day.realised > 0
    assert meters["streak"].used == meters["streak"].allowed
    assert rig.engine.trading.value == "reducing"


def test_the_drawdown_counts_from_the_best_result_and_ends_entries_when_it_is_full():
    rig = Rig(config=EngineConfig(mode=Mode.SIM, risk=RiskLimits(drawdown=100)))
    lose(rig.open_market())
    meter = shown(rig)["drawdown"]
    assert meter.used == rig.desk.day.costs - rig.desk.day.realised >= meter.allowed == 100
    assert rig.engine.trading_text == "drawdown limit reached"


def test_requests_a_trade_are_in_hundredths():
    rig = Rig().open_market()
    lose(rig)
    meter = shown(rig)["per trade"]
    assert meter.unit is LimitUnit.HUNDREDTHS
    assert meter.used == rig.engine.sent.requests * 100 // 2


@given(gaps=st.lists(st.integers(0, 30 * NS), max_size=60), span=st.sampled_from(Span))
def test_requests_in_a_window_are_those_a_plain_count_finds(gaps, span):
    window = SendWindow(windows_of(RiskLimits()))
    sent: deque[int] = deque()
    now = START
    for gap in gaps:
        now += gap
        window.remember(now)
        sent.append(now)
        assert window.used(span, now) == sum(now - at < span for at in sent)


def test_closed_trades_are_shown_newest_last_and_not_without_end():
    rig = Rig().open_market()
    lose(rig)
    (row,) = take_picture(rig.engine, 1, rig.now, Latency()).trades
    assert row.symbol == "ALPHA" and row.pnl == rig.desk.day.realised
    assert len(trade_rows(rig.desk.trades * (2 * TRADES_SHOWN))) == TRADES_SHOWN


def test_the_rates_to_beat_agree_with_the_statistics():
    rig = Rig().open_market()
    assert chance_ppm(rig.config) == 200_000
    before = break_even_ppm(rig.config, rig.desk, "NSE", 0)
    assert 200_000 < before < 400_000
    lose(rig)
    (trade,) = rig.desk.trades
    share = trade.costs / trade.entry_value
    wanted = break_even_rate(0.0025, 0.01, share) * PPM
    assert break_even_ppm(rig.config, rig.desk, "NSE", 0) == pytest.approx(wanted, abs=2)
