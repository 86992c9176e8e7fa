"""The report of a day against a small journal worked by hand, and against rebuilt books."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_run import live_run
from restart_world import UNIVERSE, World
from test_controls import book, proposal, standing
from test_live_loop import enter
from test_manifest import manifest

from tui_scalper.cli import main
from tui_scalper.core import commands as cm
from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.config import Style
from tui_scalper.core.decisions import Decided, Steered, packed
from tui_scalper.core.goal_table import Goal
from tui_scalper.core.journalled import Body, Record, RunStarted
from tui_scalper.core.orders import (
    Leg,
    OrderKind,
    OrderReport,
    OrderTerms,
    Purpose,
    ReportStatus,
)
from tui_scalper.core.recovery import rebuild
from tui_scalper.core.scribe import Counted, Said
from tui_scalper.core.snapshot import Limit, LimitUnit, Severity
from tui_scalper.core.units import MS, NS, Side
from tui_scalper.core.venues import HOUR, NSE
from tui_scalper.lab.day_figures import DayReport, Times
from tui_scalper.lab.day_report import day_report, times
from tui_scalper.lab.day_text import to_csv, to_json, to_text
from tui_scalper.lab.past import empty_desk, universe_of
from tui_scalper.reports import FOLDER
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.journals import folder_of

TEN = NSE.midnight(1_795_408_200 * NS) + 10 * HOUR
LIMIT, STOP = OrderKind.LIMIT, OrderKind.STOP_LIMIT
BOOK = packed(book())


class Paper:
    """A journal written by hand; times are milliseconds after ten o'clock."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def write(self, at: int, body: Body | Callable[[int], Body]) -> None:
        at_ns = TEN + at * MS
        made = body(at_ns) if callable(body) else body
        self.records.append(Record(seq=len(self.records), at_ns=at_ns, body=made))

    def send(self, at: int, tag: str, side: Side, terms: OrderTerms, purpose: Purpose) -> None:
        order = ef.PlaceOrder(
            tag=tag,
            row=0,
            symbol="ALPHA",
            exchange="NSE",
            side=side,
            terms=terms,
            purpose=purpose,
        )
        self.write(at, order)

    def told(
        self,
        at: int,
        tag: str,
        side: Side,
        terms: OrderTerms,
        status: ReportStatus,
        *fill: int,
        text: str = "",
    ) -> None:
        filled, price = fill or (0, 0)
        report = OrderReport(
            order_id=f"id-{tag}",
            tag=tag,
            row=0,
            symbol="ALPHA",
            side=side,
            terms=terms,
            status=status,
            filled=filled,
            filled_value=filled * price,
            text=text,
        )
        self.write(at, lambda at_ns: ev.OrderReported(at_ns=at_ns, report=report))

    def placed(self, at: int, tag: str) -> None:
        self.write(at, lambda at_ns: ev.Placed(at_ns=at_ns, tag=tag, order_id=f"id-{tag}"))


def entered(paper: Paper, at: int, tag: str, limit: int, expected: int, price: int) -> None:
    """An entry of 100 shares, answered after 40 ms, filled whole after 100."""
    terms = OrderTerms(kind=LIMIT, quantity=100, price=limit)
    paper.send(at, f"E{tag}", Side.BUY, terms, Purpose.ENTRY)
    paper.write(
        at,
        Decided(
            tag=f"E{tag}",
            proposal=proposal(limit=limit),
            standing=standing(),
            expected_value=expected * 100,
            row=BOOK,
        ),
    )
    paper.placed(at + 40, f"E{tag}")
    paper.told(at + 100, f"E{tag}", Side.BUY, terms, ReportStatus.COMPLETE, 100, price)


def stopped(paper: Paper, at: int, tag: str, trigger: int) -> OrderTerms:
    """A stop of 100 shares, answered after 20 ms, seen to rest after 150."""
    terms = OrderTerms(kind=STOP, quantity=100, price=trigger - 200, trigger=trigger)
    paper.send(at, f"X{tag}", Side.SELL, terms, Purpose.EXIT)
    steer(paper, at, f"X{tag}", Goal.PROTECT, "stop", trigger)
    paper.placed(at + 20, f"X{tag}")
    paper.told(at + 150, f"X{tag}", Side.SELL, terms, ReportStatus.TRIGGER_PENDING)
    return terms


def steer(paper: Paper, at: int, tag: str, goal: Goal, reason: str, expected: int) -> None:
    paper.write(at, Steered(tag=tag, goal=goal, reason=reason, expected=expected, row=BOOK))


def by_hand() -> list[Record]:
    """Two trades of 100 ALPHA: one stopped out, one that took its target; one rejected entry."""
    paper = Paper()
    run = manifest({"protection.stop": "0.25", "protection.target": "1"})
    paper.write(0, RunStarted(mode="SIM", run_id="R", manifest=run))

    entered(paper, 1_000, "1", 1_003_00, expected=1_000_05, price=1_000_10)
    terms = stopped(paper, 1_100, "1", 997_60)
    paper.told(9_000, "X1", Side.SELL, terms, ReportStatus.COMPLETE, 100, 997_40)

    entered(paper, 20_000, "2", 1_003_00, expected=1_000_05, price=1_000_05)
    stopped(paper, 20_100, "2", 997_55)
    target = OrderTerms(kind=LIMIT, quantity=100, price=1_010_10)
    paper.write(30_000, ef.ModifyOrder(order_id="id-X2", terms=target))
    steer(paper, 30_000, "X2", Goal.TAKE, "target touched", 1_010_10)
    paper.write(30_060, lambda at_ns: ev.ModifyAccepted(at_ns=at_ns, order_id="id-X2"))
    paper.told(30_100, "X2", Side.SELL, target, ReportStatus.COMPLETE, 100, 1_010_20)

    late = OrderTerms(kind=LIMIT, quantity=100, price=1_003_00)
    paper.send(40_000, "E3", Side.BUY, late, Purpose.ENTRY)
    paper.write(40_040, lambda at_ns: ev.PlaceRefused(at_ns=at_ns, tag="E3", text="no margin"))
    paper.write(41_000, lambda at_ns: ev.PollFailed(at_ns=at_ns, what="funds", text="late"))
    line = Said(number=1, said_ns=TEN, severity=Severity.ALARM, text="mind the gap")
    paper.write(42_000, line)
    paper.write(42_001, Said(number=2, said_ns=TEN, severity=Severity.WARN, text="no alarm"))
    paper.write(
        43_000,
        Counted(
            lives_missed=7,
            refused=(("broker", 1), ("held", 4)),
            faults=(("impossible value", 2),),
            best=900_00,
            worst=-400_00,
            drawdown=420_00,
            limits=(Limit("trades", 2, 10, LimitUnit.COUNT),),
            decide_p50=7_000,
            decide_p99=9_000,
        ),
    )
    return paper.records


@pytest.fixture(name="report")
def of_the_day() -> DayReport:
    return day_report(by_hand(), "sim-1.journal")


def test_money_and_rates_by_hand(report: DayReport):
    # Trade 1 buys 100 at 1000.10 and sells at 997.40: -270.00 before costs. Trade 2 buys at
    # 1000.05 and sells at 1010.20: +1015.00. Costs of each order of about Rs 1,00,000:
    # brokerage 20.00, NSE 0.00307 % and SEBI 0.0001 % with 18 % tax on the three, stamp 0.003 %
    # when buying, STT 0.025 % when selling.
    def charged(value: Decimal, tax: Decimal) -> Decimal:
        served = Decimal(20) + value * Decimal("0.0000317")
        paise = (served * Decimal("1.18") + value * tax) * 100
        return Decimal(math.ceil(paise)) / 100

    stamp, levy = Decimal("0.00003"), Decimal("0.00025")
    first = charged(Decimal(100010), stamp) + charged(Decimal(99740), levy)
    second = charged(Decimal(100005), stamp) + charged(Decimal(101020), levy)
    result = report.result
    assert (result.trades, result.wins, result.losses, result.open_positions) == (2, 1, 1, 0)
    assert result.gross == Decimal("745.00")
    assert result.costs == first + second
    assert result.net == Decimal("745.00") - first - second
    loss, win = -270 - first, 1015 - second
    assert abs(result.expectancy - result.net / 2) <= Decimal("0.01")
    assert result.payoff == pytest.approx(float(win / -loss))
    assert result.drawdown == -loss
    assert result.win_rate == 0.5
    assert (result.win_low, result.win_high) == pytest.approx((0.0945, 0.9055), abs=1e-4)
    assert result.chance == 0.2
    cost_percent = float((first + second) / Decimal("200015") * 100)
    assert result.break_even == pytest.approx((0.25 + cost_percent) / 1.25)
    assert result.planned_risk_reward == 4.0
    mean, spread = float(loss + win) / 2, float(win - loss) / math.sqrt(2)
    assert result.sharpe == pytest.approx(mean / spread)
    assert (result.drawdown_open, result.best, result.worst) == (420, 900, -400)


def test_each_trade_stands_with_its_times_and_reason(report: DayReport):
    first, second = report.trades
    assert (first.exit_reason, second.exit_reason) == ("stop", "target touched")
    assert (first.entry_ns, first.exit_ns) == (TEN + 1_100 * MS, TEN + 9 * NS)
    assert (second.entry_ns, second.exit_ns) == (TEN + 20_100 * MS, TEN + 30_100 * MS)


def test_slippage_is_what_was_expected_against_what_came(report: DayReport):
    found = {one.kind: one for one in report.slippage}
    assert {kind: (one.orders, one.shares) for kind, one in found.items()} == {
        "entry": (2, 200),
        "stop": (1, 100),
        "target": (1, 100),
    }
    # 5 paise more for the first hundred; 20 paise below the trigger; 10 above the target.
    assert found["entry"].worse == Decimal("5.00")
    assert found["entry"].worse_bp == pytest.approx(500 / 200_010_00 * 10_000)
    assert found["stop"].worse == Decimal("20.00")
    assert found["target"].worse == Decimal("-10.00")


def test_orders_rejects_and_ratios(report: DayReport):
    orders = report.orders
    assert (orders.placed, orders.modified, orders.cancelled) == (5, 1, 0)
    assert orders.ended == {"filled": 4, "rejected": 1}
    assert orders.cancel_ratio == 0
    assert orders.order_to_trade == 6 / 4
    assert orders.rejects == {"new order: no margin": 1}
    assert orders.refusals == {"held": 4, "broker": 1}
    assert orders.polls_failed == {"funds: late": 1}


def test_times_are_from_asking_to_knowing(report: DayReport):
    speed = report.speed
    assert speed.order_ack == times([40 * MS, 20 * MS, 40 * MS, 20 * MS])
    assert speed.change_ack == times([60 * MS])
    assert speed.stop_placed == times([150 * MS, 150 * MS])
    assert speed.unprotected == times([150 * MS, 150 * MS])
    assert speed.unprotected_stock == "ALPHA"
    assert (speed.decide_p50, speed.decide_p99) == (7_000, 9_000)


def test_faults_limits_and_alarms_are_told(report: DayReport):
    assert report.faults == {"impossible value": 2}
    assert report.limits == (Limit("trades", 2, 10, LimitUnit.COUNT),)
    assert [alarm.text for alarm in report.alarms] == ["mind the gap"]
    assert (report.head.modes, report.head.runs) == (("SIM",), 1)
    assert report.signals.missed == 7


def test_the_lines_say_the_figures(report: DayReport):
    said = to_text(report)
    for line in (
        "gross 745.00",
        "win rate 50.0 %, true rate 9.5 % to 90.5 % (95 %); chance gives 20.0 %",
        "stop       1 orders      100 shares  +20.00 (+2.0 bp)",
        "order acknowledged    p50 30.0 ms, p99 40.0 ms, longest 40.0 ms (4)",
        "trades       2 / 10 (20%)",
        "10:00:01 BUY     100 ALPHA        1000.1000 -> 997.4000 10:00:09 stop: ",
        "2026-11-23 10:00:00 to 10:00:43, runs 1",
    ):
        assert line in said


def test_the_csv_has_a_line_a_trade_and_json_has_numbers(report: DayReport):
    head, first, _ = to_csv([report]).splitlines()
    assert head.startswith("journal,symbol,side,qty,")
    assert first.startswith("sim-1.journal,ALPHA,BUY,100,1000.1000,997.4000,")
    told = json.loads(to_json(report))
    assert told["result"]["gross"] == 745.0


def test_an_empty_journal_has_a_report_without_figures():
    report = day_report([], "none.journal")
    assert report.result.trades == 0
    assert math.isnan(report.result.win_rate)
    assert report.speed.order_ack == Times(count=0)
    assert "win rate -," in to_text(report)
    assert json.loads(to_json(report))["result"]["win_rate"] is None


def test_shares_still_naked_at_the_end_count_until_then():
    paper = Paper()
    entered(paper, 0, "1", 1_003_00, 1_000_05, 1_000_05)
    paper.write(5_100, lambda at_ns: ev.FundsReported(at_ns=at_ns, available=1))
    report = day_report(paper.records, "x")
    assert report.speed.unprotected.most == 5 * NS
    assert report.result.open_positions == 1


def test_a_rejected_stop_is_told_in_the_brokers_words():
    paper = Paper()
    entered(paper, 0, "1", 1_003_00, 1_000_05, 1_000_05)
    terms = OrderTerms(kind=STOP, quantity=100, price=995_00, trigger=997_00)
    paper.send(100, "X1", Side.SELL, terms, Purpose.EXIT)
    paper.told(200, "X1", Side.SELL, terms, ReportStatus.REJECTED, text="circuit")
    report = day_report(paper.records, "x")
    assert report.orders.rejects == {"exit: circuit": 1}


@settings(max_examples=12)
@given(seed=st.integers(0, 1 << 32), runs=st.integers(1, 3), style=st.sampled_from(tuple(Style)))
def test_sums_agree_with_the_books_rebuilt(seed: int, runs: int, style: Style):
    """Whatever happened, restarts included, trades and fills come to what the books hold."""
    world = World(seed, style)
    world.press(cm.Arm, cm.AutoOn)
    for run in range(runs):
        world.live_on(world.now + 40 * NS)
        if run + 1 < runs:
            world.boot()
            world.start()
            world.live_on(world.now + NS)
            world.press(cm.Arm, cm.AutoOn)
    records = tuple(world.records)
    report = day_report(records, "world")
    universe = universe_of(records)
    desk = empty_desk(universe)
    rebuild(desk, universe, records, world.now)
    result = report.result
    assert result.gross * 100 == desk.day.realised
    assert result.costs * 100 == desk.day.costs
    assert (result.wins, result.losses) == (desk.day.wins, desk.day.losses)
    assert result.open_positions == sum(one.held != 0 for one in desk.owned())
    orders = list(desk.blotter)
    assert sum(one.shares for one in report.slippage) == sum(order.filled for order in orders)
    assert sum(one.value for one in report.slippage) * 100 == sum(o.value for o in orders)
    sent = [one for one in orders if one.leg is not Leg.STOP]
    assert report.orders.placed == len(sent), f"seed {seed}"
    if style is Style.BROKER:
        assert all(one.unexplained == 0 for one in report.slippage if one.kind == "stop")
    assert {trade.symbol for trade in report.trades} <= {one.symbol for one in UNIVERSE}


def test_a_run_leaves_its_report_behind_and_the_command_prints_it(tmp_path: Path, capsys):
    with live_run(tmp_path) as live:
        row = enter(live)
        live.give(cm.Flatten, row=row)
        seen = live.wait(lambda s: s.trades and not s.positions, "flat")
    (text,) = (tmp_path / FOLDER).glob("*.txt")
    (kept,) = (tmp_path / FOLDER).glob("*.json")
    told = json.loads(kept.read_text())
    assert told["result"]["gross"] * 100 == pytest.approx(seen.tally.realised)
    assert told["result"]["costs"] * 100 == pytest.approx(seen.tally.costs)
    assert told["trades"][0]["exit_reason"] == seen.trades[0].reason
    assert told["slippage"]
    assert all(one["unexplained"] == 0 for one in told["slippage"])
    assert told["speed"]["order_ack"]["count"] == 2
    state = ("--set", f"state_dir={tmp_path}")
    assert main(("report", *state)) == 0
    assert capsys.readouterr().out == text.read_text()
    date = live.run.plan.journal.split("-")[1]
    table = tmp_path / "trades.csv"
    assert main(("report", date, "--csv", str(table), *state)) == 0
    assert len(table.read_text().splitlines()) == 2
    assert main(("report", "--json", *state)) == 0
    assert json.loads(capsys.readouterr().out) == told


def test_the_report_of_a_day_is_written_when_the_day_ends(tmp_path: Path):
    with live_run(tmp_path, sim__start="15:29:50", sim__speed="10") as live:
        live.wait(lambda s: s.phase.value == "closed", "the close")
        live.run.reporter.write_last()
        assert live.run.reporter.written is not None
        assert live.run.reporter.written.exists()


def write_journal(state: Path, name: str) -> Path:
    path = folder_of(state) / name
    journal = Journal(path)
    for record in by_hand():
        journal.beside(record.at_ns, (record.body,))
    journal.close()
    return path


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("2026-11-22",), "no journal of 2026-11-22"),
        (("yesterday",), "write a date as YYYY-MM-DD"),
        (("2026-11-23", "--journal", "x"), "not both"),
        (("--journal", "/nowhere"), "No such file"),
        (("--csv", "/nowhere/x.csv"), "cannot write /nowhere/x.csv"),
    ],
)
def test_what_cannot_be_reported_is_said(tmp_path: Path, capsys, words: tuple[str, ...], why: str):
    write_journal(tmp_path, "sim-20261123-A.journal")
    assert main(("report", *words, "--set", f"state_dir={tmp_path}")) == 1
    assert why in capsys.readouterr().err


def test_a_place_that_takes_no_report_is_a_trouble_told(tmp_path: Path):
    (tmp_path / FOLDER).write_text("a file in the way")
    with live_run(tmp_path) as live:
        live.run.reporter.write_soon()
        live.wait(lambda s: any("no report" in line.text for line in s.log), "said")
