"""The fault simulator finds what it is for: engines broken on purpose break their invariant."""

from __future__ import annotations

import msgspec
import pytest

from tui_scalper.core import events as ev
from tui_scalper.core import steering
from tui_scalper.core.blotter import Blotter
from tui_scalper.core.config import Remainder, Style
from tui_scalper.core.desk import Desk
from tui_scalper.core.effects import CancelOrder, ExitStop, ModifyOrder
from tui_scalper.core.holdings_watch import HoldingsWatch
from tui_scalper.core.ledger import Ledger
from tui_scalper.core.operator import Operator
from tui_scalper.core.order_news import OrderNews
from tui_scalper.core.orders import Leg, OrderKind, Purpose
from tui_scalper.core.outbox import Outbox
from tui_scalper.core.positions import Position
from tui_scalper.core.proposer import Proposer
from tui_scalper.core.questions import Questions
from tui_scalper.core.steering import Steering
from tui_scalper.core.tags import TagMaker
from tui_scalper.core.units import MS
from tui_scalper.lab.faultsim import world
from tui_scalper.lab.faultsim.draw import draw_script
from tui_scalper.lab.faultsim.kinds import Family, FaultKind
from tui_scalper.lab.faultsim.runner import play_seed
from tui_scalper.lab.faultsim.script import Manner
from tui_scalper.lab.faultsim.shrink import smallest

SEEDS = 80


def changed_rules(monkeypatch, **risk):
    """Run every engine with other risk limits."""
    usual = world.config_of

    def config_of(manner: Manner):
        config = usual(manner)
        return msgspec.structs.replace(config, risk=msgspec.structs.replace(config.risk, **risk))

    monkeypatch.setattr(world, "config_of", config_of)


def bad_tags(monkeypatch):
    usual = TagMaker.next
    monkeypatch.setattr(TagMaker, "next", lambda self, purpose: usual(self, purpose) + "-")


def resends(monkeypatch):
    def place_unknown(self, event):
        self.place_refused(ev.PlaceRefused(at_ns=event.at_ns, tag=event.tag, text="guessed"))

    monkeypatch.setattr(OrderNews, "place_unknown", place_unknown)


def proves_absence_at_once(monkeypatch):
    changed_rules(monkeypatch, absent_ns=0, absent_books=1)


def counts_fills_twice(monkeypatch):
    usual = Blotter.report

    def report(self, order, told, *when):
        filled = min(told.filled * 2, told.terms.quantity)
        return usual(self, order, msgspec.structs.replace(told, filled=filled), *when)

    monkeypatch.setattr(Blotter, "report", report)


def storms(monkeypatch):
    changed_rules(monkeypatch, orders_per_second=1_000)
    monkeypatch.setattr(Steering, "_retry_waits", lambda *_: False)


def asks_without_end(monkeypatch):
    monkeypatch.setattr(Questions, "leaves", lambda *_: True)


def never_polls(monkeypatch):
    usual = Outbox.poll

    def poll(self, now_ns):
        if self.frozen:
            usual(self._outbox, now_ns)  # without an order book it would not even start

    monkeypatch.setattr(Outbox, "poll", lambda self, _now: setattr(self, "_poll_ns", 1 << 62))
    monkeypatch.setattr(Desk, "poll", poll)


def enters_when_killed(monkeypatch):
    monkeypatch.setattr(Operator, "entry_refusals", lambda self: iter(()))


def places_no_stop(monkeypatch):
    usual = Steering._place_exit

    def place_exit(self, position, terms, now_ns):
        if terms.trigger == 0:
            usual(self, position, terms, now_ns)

    monkeypatch.setattr(Steering, "_place_exit", place_exit)


def doubles_exits(monkeypatch):
    usual = Steering._adjust

    def adjust(self, live, wanted, now_ns):
        if live.terms.price == wanted.price:
            usual(self, live, wanted, now_ns)
        else:
            self._place_exit(self._ledger.owner(live), wanted, now_ns)

    monkeypatch.setattr(Steering, "_adjust", adjust)


def forgets_exposure(monkeypatch):
    usual = Proposer.standing

    def standing(self, row):
        return msgspec.structs.replace(usual(self, row), positions=0)

    monkeypatch.setattr(Proposer, "standing", standing)


def exits_twice_as_much(monkeypatch):
    usual = steering.exit_order

    def exit_order(held, side, terms, **rest):
        effect = usual(held, side, terms, **rest)
        twice = msgspec.structs.replace(effect.terms, quantity=2 * terms.quantity)
        return msgspec.structs.replace(effect, terms=twice)

    monkeypatch.setattr(steering, "exit_order", exit_order)


def asks_for_too_much(monkeypatch):
    usual = Position.wanted_terms

    def wanted_terms(self, row, rules):
        wanted = usual(self, row, rules)
        if self.live_exit is None:
            return wanted
        return msgspec.structs.replace(wanted, quantity=wanted.quantity + 5)

    monkeypatch.setattr(Position, "wanted_terms", wanted_terms)


def always_chases(monkeypatch):
    """Every schedule follows the rest of its entries, again and again."""
    usual = world.config_of

    def config_of(manner: Manner):
        config = usual(manner)
        chased = {"remainder": Remainder.CHASE, "chases": 50, "remainder_ns": 50 * MS}
        entry = msgspec.structs.replace(config.entry, **chased)
        return msgspec.structs.replace(config, entry=entry)

    monkeypatch.setattr(world, "config_of", config_of)


def chases_beyond_its_collar(monkeypatch):
    always_chases(monkeypatch)
    monkeypatch.setattr(Desk, "_edge", lambda self, proposal, tick: proposal.limit * 2)


def chases_for_more(monkeypatch):
    always_chases(monkeypatch)
    usual = Outbox.change

    def change(self, effect, order, now_ns):
        if isinstance(effect, ModifyOrder) and order.purpose is Purpose.ENTRY:
            more = msgspec.structs.replace(effect.terms, quantity=effect.terms.quantity * 2)
            effect = msgspec.structs.replace(effect, terms=more)
        usual(self, effect, order, now_ns)

    monkeypatch.setattr(Outbox, "change", change)


def cries_wolf(monkeypatch):
    monkeypatch.setattr(HoldingsWatch, "_is_proven", lambda *_: True)


def puts_a_stop_beside_the_brokers(monkeypatch):
    monkeypatch.setattr(Position, "awaits_stop", property(lambda self: False))


def sees_no_stop_of_the_broker(monkeypatch):
    monkeypatch.setattr(Ledger, "mine", lambda self, report, _: self.blotter.find(report))
    monkeypatch.setattr(Blotter, "_awaited_stop", lambda self, parent_id: None)


def sells_beside_the_stop(monkeypatch):
    usual = Steering._adjust

    def adjust(self, live, wanted, now_ns):
        if live.leg is Leg.STOP and wanted.kind is OrderKind.LIMIT:
            self._place_exit(self._ledger.owner(live), wanted, now_ns)
        else:
            usual(self, live, wanted, now_ns)

    monkeypatch.setattr(Steering, "_adjust", adjust)


def gives_the_stop_up(monkeypatch):
    """The exit takes the stop of the broker back instead of turning it into one."""
    usual = Outbox.change

    def change(self, effect, order, now_ns):
        if isinstance(effect, ExitStop):
            effect = CancelOrder(order_id=effect.order_id, leg=Leg.STOP)
        usual(self, effect, order, now_ns)

    monkeypatch.setattr(Outbox, "change", change)
    monkeypatch.setattr(Steering, "_place_exit", lambda *_: None)


BROKER_SABOTAGE = [
    (puts_a_stop_beside_the_brokers, Family.CALM, {"I3"}),
    (sees_no_stop_of_the_broker, Family.CALM, {"I2", "I3", "I9", "R3"}),
    (sells_beside_the_stop, Family.CALM, {"I3"}),
    (gives_the_stop_up, Family.CALM, {"I5", "R3"}),
]

SABOTAGE = [
    (bad_tags, Family.CALM, {"I1"}),
    (resends, Family.AMBIGUOUS, {"I2", "I3", "R3"}),
    (proves_absence_at_once, Family.AMBIGUOUS, {"I3", "R3"}),
    (counts_fills_twice, Family.CALM, {"I9"}),
    (storms, Family.PATH, {"I7"}),
    (asks_without_end, Family.WILD, {"I7"}),
    (never_polls, Family.AMBIGUOUS, {"R3"}),
    (enters_when_killed, Family.CALM, {"I8"}),
    (places_no_stop, Family.CALM, {"I5"}),
    (doubles_exits, Family.CALM, {"I3"}),
    (forgets_exposure, Family.CALM, {"I6"}),
    (exits_twice_as_much, Family.CALM, {"I8"}),
    (asks_for_too_much, Family.CALM, {"I3"}),
    (chases_beyond_its_collar, Family.CALM, {"I6"}),
    (chases_for_more, Family.CALM, {"I6"}),
    (cries_wolf, Family.DEAF, {"I2"}),
]


@pytest.mark.parametrize(("breaks", "family", "rules"), SABOTAGE)
def test_a_broken_engine_breaks_its_invariant(monkeypatch, breaks, family, rules):
    breaks(monkeypatch)
    for seed in range(SEEDS):
        outcome = play_seed(seed, family)
        if outcome.rule:
            assert outcome.rule in rules, outcome.text
            return
    pytest.fail(f"{SEEDS} schedules and nothing was noticed")


@pytest.mark.parametrize(("breaks", "family", "rules"), BROKER_SABOTAGE)
def test_an_engine_that_misuses_the_stops_of_the_broker_is_noticed(
    monkeypatch, breaks, family, rules
):
    breaks(monkeypatch)
    for seed in range(SEEDS):
        outcome = play_seed(seed, family, Style.BROKER)
        if outcome.rule:
            assert outcome.rule in rules, outcome.text
            return
    pytest.fail(f"{SEEDS} schedules and nothing was noticed")


def test_a_failure_is_made_small(monkeypatch):
    resends(monkeypatch)
    failed = next(
        outcome
        for outcome in (play_seed(seed, Family.AMBIGUOUS) for seed in range(SEEDS))
        if outcome.rule
    )
    script = draw_script(failed.seed, Family.AMBIGUOUS)
    small = smallest(failed, script)
    assert len(small.items) <= 6 < len(script.items)
    assert small.frames < script.frames
    lost = {FaultKind.LOSE_ANSWER.value, FaultKind.LOSE_REQUEST.value}
    assert any(word in str(small) for word in lost)
