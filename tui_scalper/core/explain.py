"""Explains one stock: every reading, threshold, witness and gate, the race, the entry and
what would stop it.

Drawn out of the tables (core.reading_table, core.bounds, core.witnesses, core.gates,
core.checks), so that a reading or a control that exists is one that is explained. Changes
nothing; made for one stock at the pace of a screen, not for every tick.
"""

from __future__ import annotations

import math

import numpy as np

from tui_scalper.core import columns as c
from tui_scalper.core import memory as m
from tui_scalper.core import race as q
from tui_scalper.core import regime as g
from tui_scalper.core import rules as u
from tui_scalper.core.attention import Place, Stream
from tui_scalper.core.bounds import BOUNDS, Bound
from tui_scalper.core.checks import Proposal, Sender
from tui_scalper.core.confirming import hear, threshold
from tui_scalper.core.engine import Engine
from tui_scalper.core.expected import expected
from tui_scalper.core.explanation import (
    BlockerSaid,
    BoundSaid,
    Explanation,
    LearningSaid,
    RaceSaid,
    ReadingSaid,
    RefusalSaid,
    RegimeSaid,
    Stand,
    StreamSaid,
    WitnessSaid,
    WouldEnter,
)
from tui_scalper.core.gates import FIRST_WITNESS, GATE_TEXT, Gate
from tui_scalper.core.reading_table import READINGS, Reading, window_ns
from tui_scalper.core.refusals import REFUSAL_TEXT
from tui_scalper.core.signal_rows import blockers, held, known
from tui_scalper.core.units import FOREVER, Side
from tui_scalper.core.witnesses import STATEMENTS, Sense, Witness

RELATION = {Sense.AT_LEAST: "at least", Sense.AT_MOST: "at most"}
STRICT = {Sense.AT_LEAST: "above", Sense.AT_MOST: "below"}


def explain(engine: Engine, row: int, at_ns: int) -> Explanation:
    """What is known and thought of `row` at `at_ns`, which is not before its last update."""
    cells = engine.table.cells[row]
    lean = int(cells[c.LEAN])
    closed = blockers(engine, row, at_ns)
    entry = _proposal(engine, row)
    return Explanation(
        at_ns=at_ns,
        row=row,
        symbol=engine.universe[row].symbol,
        side=Side(lean) if lean else None,
        is_signal=closed == 0 and bool(cells[c.SIGNAL_NS] > 0),
        signal_age_ns=at_ns - int(cells[c.SIGNAL_NS]) if cells[c.SIGNAL_NS] else -1,
        updates=int(cells[c.UPDATES]),
        age_ns=at_ns - int(cells[c.RECEIVED_NS]) if cells[c.UPDATES] else -1,
        ltp=int(cells[c.LTP]),
        readings=tuple(_reading(engine, one, row) for one in READINGS),
        bounds=tuple(_bound(engine, one, row, at_ns, closed) for one in BOUNDS),
        witnesses=_witnesses(engine, row),
        blockers=tuple(
            BlockerSaid(str(gate.name).lower(), GATE_TEXT[gate]) for gate in Gate if closed & gate
        ),
        confirmed=int(cells[c.CONFIRMED]),
        needed=int(engine.floor.rules.whole[u.NEEDED]),
        race=_race(engine, row, at_ns),
        held=held(engine, row, at_ns).words,
        hold_ns=_hold_ns(int(cells[c.HOLD_UNTIL_NS]), at_ns),
        entry=None if entry is None else _entry(engine, entry),
        refusals=() if entry is None else _refusals(engine, entry),
        regime=_regime(engine, row, at_ns),
        stream=_stream(engine, row),
        learning=_learning(engine, row),
    )


def _learning(engine: Engine, row: int) -> LearningSaid | None:
    whole = engine.floor.rules.whole
    if whole[u.ADAPTIVE] == 0:
        return None
    samples = int(engine.table.memory[row, m.SAMPLES])
    return LearningSaid(samples=samples, needed=int(whole[u.WARM_UP]))


def _hold_ns(until_ns: int, at_ns: int) -> int:
    """How long the stock still cools down; while a position stands it does not yet."""
    return 0 if until_ns == FOREVER else max(until_ns - at_ns, 0)


def _reading(engine: Engine, one: Reading, row: int) -> ReadingSaid:
    cells = engine.table.cells[row]
    value = one.value(cells, engine.table.reals[row])
    return ReadingSaid(
        name=one.name,
        value=value,
        unit=one.unit,
        window=one.window.value,
        window_ns=window_ns(one.window, engine.floor.rules),
        side=one.side(value, int(cells[c.LEAN])),
    )


def _bound(engine: Engine, one: Bound, row: int, at_ns: int, closed: int) -> BoundSaid:
    cells = engine.table.cells[row]
    configured = int(engine.floor.rules.whole[one.rule])
    limit = configured if one.column is None else int(cells[one.column])
    return BoundSaid(
        name=one.name,
        gate=str(one.gate.name).lower(),
        value=one.measured(cells, at_ns),
        relation=(STRICT if one.strict else RELATION)[one.sense],
        limit=max(limit / one.scale, one.least(cells)),
        configured=configured / one.scale,
        unit=one.unit,
        open=not closed & one.gate,
    )


def _witnesses(engine: Engine, row: int) -> tuple[WitnessSaid, ...]:
    cells, rules = engine.table.cells[row], engine.floor.rules
    said = np.full(len(Witness), math.nan)
    if cells[c.LEAN]:
        hear(cells, engine.table.reals[row], int(cells[c.LEAN]), said)
    return tuple(
        WitnessSaid(
            name=statement.name,
            meaning=statement.meaning,
            role=u.ROLES[int(rules.whole[u.ROLE + witness])].value,
            value=known(said[witness]),
            relation=RELATION[statement.sense],
            limit=float(threshold(cells, rules.real, witness)),
            configured=float(rules.real[u.THRESHOLD + witness]),
            unit=statement.unit,
            stand=_stand(int(cells[c.CONFIRMS]), witness, said[witness]),
            blocks=bool(int(cells[c.BLOCKERS]) >> (FIRST_WITNESS + witness) & 1),
        )
        for witness, statement in STATEMENTS.items()
    )


def _stand(confirms: int, witness: Witness, value: float) -> Stand:
    if confirms >> witness & 1:
        return Stand.CONFIRMS
    return Stand.SILENT if math.isnan(value) else Stand.AGAINST


def _race(engine: Engine, row: int, at_ns: int) -> RaceSaid:
    race, most = engine.table.race, engine.config.signals.max_lag_ns
    leader = engine.proposer.leader()
    behind = race[q.BEHIND_NS] if race[q.LEADER] - 1 == leader else 0
    return RaceSaid(
        signals=int(race[q.RUNNERS]),
        leader=engine.universe[leader].symbol if leader >= 0 else "",
        leads=leader == row,
        place=int(q.place_of(engine.table.cells, race, row, at_ns, most)),
        behind_ns=at_ns - int(behind) if behind else 0,
    )


# -- the entry -------------------------------------------------------------------------------


def _proposal(engine: Engine, row: int) -> Proposal | None:
    """The entry that would be proposed; None without a side or a price."""
    lean = int(engine.table.cells[row, c.LEAN])
    if lean == 0:
        return None
    sender = Sender.ENGINE if engine.operator.auto else Sender.PERSON
    proposal = engine.proposer.proposal(row, Side(lean), sender)
    return proposal if proposal.limit > 0 else None


def _entry(engine: Engine, proposal: Proposal) -> WouldEnter:
    instrument = engine.universe[proposal.row]
    row = engine.table.cells[proposal.row]
    # Of the smallest entry where the sizing allows none.
    asked = proposal if proposal.quantity > 0 else _resized(proposal, instrument.lot)
    bracket = expected(engine.config, engine.universe.venue.code, instrument, asked, row)
    return WouldEnter(
        side=proposal.side,
        quantity=proposal.quantity,
        limit=proposal.limit,
        notional=proposal.notional,
        stop=bracket.stop,
        target=bracket.target,
        max_loss=bracket.loss if proposal.quantity > 0 else 0,
    )


def _resized(proposal: Proposal, quantity: int) -> Proposal:
    return Proposal(
        row=proposal.row,
        side=proposal.side,
        quantity=quantity,
        limit=proposal.limit,
        sender=proposal.sender,
    )


def _refusals(engine: Engine, proposal: Proposal) -> tuple[RefusalSaid, ...]:
    return tuple(
        RefusalSaid(reason.value, REFUSAL_TEXT[reason])
        for reason in engine.proposer.objections(proposal)
    )


# -- around it -------------------------------------------------------------------------------


def _regime(engine: Engine, row: int, at_ns: int) -> RegimeSaid:
    regime, rules = engine.table.regime, engine.config.signals
    stocks = int(regime[g.STOCKS])
    return RegimeSaid(
        rests_ns=max(int(engine.table.cells[row, c.CALM_NS]) - at_ns, 0),
        market_rests_ns=max(int(regime[g.CALM_NS]) - at_ns, 0),
        troubles=int(regime[g.TROUBLES] + regime[g.PAST_TROUBLES]),
        troubles_pause=max(-(-rules.regime_pct * stocks // 100), rules.regime_least),
    )


def _stream(engine: Engine, row: int) -> StreamSaid:
    table = engine.table
    stream, place = Stream(int(table.streams[row])), Place(int(table.places[row]))
    if not table.streams.any():
        cells = table.cells[row]
        deep = cells[c.BID_PRICE] > 0 or cells[c.ASK_PRICE] > 0
        stream = Stream.DEPTH if deep else Stream.QUOTE if cells[c.UPDATES] else Stream.NOTHING
    return StreamSaid(
        stream=stream.name.lower(), place="" if place is Place.NONE else place.name.lower()
    )
