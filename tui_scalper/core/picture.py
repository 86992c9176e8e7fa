"""Takes a picture of the engine: everything a screen can show, as one frozen snapshot."""

from __future__ import annotations

from tui_scalper.core import columns as c
from tui_scalper.core import kernels as k
from tui_scalper.core.blotter import Order
from tui_scalper.core.bounds import stamp_lag
from tui_scalper.core.config import ProtectionRules
from tui_scalper.core.control_counts import control_counts
from tui_scalper.core.costs import VENUE_CHARGES, order_costs
from tui_scalper.core.engine import Engine
from tui_scalper.core.expected import expected
from tui_scalper.core.explain import explain
from tui_scalper.core.explanation import Explanation
from tui_scalper.core.gates import BITS, PRICE_GATES, gate_names
from tui_scalper.core.lives import MISSED
from tui_scalper.core.market import Cells
from tui_scalper.core.meters import (
    break_even_ppm,
    chance_ppm,
    dominance_counts,
    limits,
    trade_rows,
)
from tui_scalper.core.positions import Position
from tui_scalper.core.ranking import ranked
from tui_scalper.core.refusals import REFUSAL_TEXT
from tui_scalper.core.risk import Refused
from tui_scalper.core.signal_rows import blockers, signal_row
from tui_scalper.core.snapshot import (
    Ladder,
    Latency,
    Level,
    OperatorState,
    OrderRow,
    PositionRow,
    Snapshot,
    StageView,
    Tally,
)
from tui_scalper.core.units import floor_div

LOG_LINES = 60
ORDER_LINES = 30


def take_picture(engine: Engine, seq: int, at_ns: int, latency: Latency) -> Snapshot:
    """The engine as it stands at `at_ns`; `seq` must grow by one a picture."""
    operator, commander = engine.operator, engine.commander
    order = ranked(
        engine.table.cells,
        at_ns,
        engine.config.signals.max_lag_ns,
        max(commander.watched_signals, commander.watched_ladders),
        engine.proposer.leader(),
    )
    rows = [int(row) for row in order]
    listed = rows[: commander.watched_signals]
    return Snapshot(
        seq=seq,
        at_ns=at_ns,
        utc_offset=engine.universe.venue.utc_offset,
        venue=engine.universe.venue.code,
        currency=engine.universe.venue.currency,
        mode=engine.config.mode,
        operator=operator.state,
        trading=engine.trading,
        trading_text=engine.trading_text,
        emergency=engine.emergency_text,
        auto=operator.auto,
        paused=operator.paused,
        armed_until_ns=operator.armed_until_ns,
        disarmed_why=operator.disarmed_why,
        link=engine.link,
        link_text=engine.link_text,
        phase=engine.phase,
        session_text=engine.session_text,
        focus=engine.commander.focus,
        explained=_explained(engine, at_ns),
        instruments=len(engine.universe),
        ladders=tuple(_ladder(engine, row, at_ns) for row in _ladder_rows(engine, rows)),
        signals=tuple(signal_row(engine, rank, row, at_ns) for rank, row in enumerate(listed, 1)),
        by_hand_only=tuple(sorted(operator.by_hand_only)),
        skipped=tuple(sorted(operator.skipped)),
        positions=tuple(_position(engine, one, at_ns) for one in engine.desk.positions.values()),
        orders=tuple(_order(one) for one in _newest_orders(engine)),
        stage=_stage(engine, at_ns),
        log=tuple(engine.chronicle.lines)[-LOG_LINES:],
        limits=limits(engine.config, engine.desk, engine.sent, engine.fall, at_ns),
        trades=trade_rows(engine.desk.trades),
        tally=_tally(engine),
        latency=latency,
        kill_steps=_kill_steps(engine),
    )


def _explained(engine: Engine, at_ns: int) -> Explanation | None:
    commander = engine.commander
    return explain(engine, commander.focus, at_ns) if commander.explaining else None


def _ladder_rows(engine: Engine, ranked_rows: list[int]) -> list[int]:
    """The focused stock, then stocks with a position, then the top-ranked; each once."""
    wanted = [engine.commander.focus, *engine.desk.positions, *ranked_rows]
    return list(dict.fromkeys(wanted))[: engine.commander.watched_ladders]


def _levels(cells: Cells, price: int, quantity: int, orders: int) -> tuple[Level, ...]:
    return tuple(
        Level(int(cells[price + i]), int(cells[quantity + i]), int(cells[orders + i]))
        for i in range(c.LEVELS)
        if cells[price + i] > 0
    )


def _ladder(engine: Engine, row: int, at_ns: int) -> Ladder:
    cells = engine.table.cells[row]
    instrument = engine.universe[row]
    position = engine.desk.positions.get(row)
    rules = engine.config.protection
    return Ladder(
        row=row,
        symbol=instrument.symbol,
        tick=instrument.tick,
        bids=_levels(cells, c.BID_PRICE, c.BID_QUANTITY, c.BID_ORDERS),
        asks=_levels(cells, c.ASK_PRICE, c.ASK_QUANTITY, c.ASK_ORDERS),
        ltp=int(cells[c.LTP]),
        ltq=int(cells[c.LTQ]),
        open=int(cells[c.OPEN]),
        high=int(cells[c.HIGH]),
        low=int(cells[c.LOW]),
        close=int(cells[c.CLOSE]),
        volume=int(cells[c.VOLUME]),
        total_buy=int(cells[c.TOTAL_BUY]),
        total_sell=int(cells[c.TOTAL_SELL]),
        received_ns=int(cells[c.RECEIVED_NS]),
        lag_ns=stamp_lag(cells),
        updates=int(cells[c.UPDATES]),
        lean=int(cells[c.LEAN]),
        dominance_ppm=int(cells[c.DOMINANCE]),
        blockers=blockers(engine, row, at_ns),
        position=position.held * position.side if position else 0,
        entry=_average(position) if position else 0,
        stop=position.stop(rules) if position else 0,
        target=_target(position, rules) if position else 0,
        orders=tuple(
            (order.terms.price, order.open_quantity, order.side)
            for order in engine.desk.blotter.live()
            if order.row == row
        ),
    )


def _average(position: Position) -> int:
    return floor_div(position.entry.value, position.bought) if position.bought else 0


def _target(position: Position, rules: ProtectionRules) -> int:
    """The target the engine watches: none of a position the operator took over."""
    return 0 if position.manual else position.target(rules)


def _position(engine: Engine, position: Position, at_ns: int) -> PositionRow:
    rules = engine.config.protection
    charges = VENUE_CHARGES[engine.universe.venue.code]
    mark = engine.desk.mark(position)
    paid = order_costs(charges, position.side, position.entry.value)
    leaving = order_costs(
        charges, position.side.opposite, position.exit_value + max(position.held, 0) * mark
    )
    return PositionRow(
        row=position.row,
        symbol=position.instrument.symbol,
        side=position.side,
        quantity=position.held,
        ordered=position.entry.wanted.quantity,
        entry_price=_average(position),
        ltp=mark,
        stop=position.stop(rules),
        target=_target(position, rules),
        tick=position.instrument.tick,
        pnl=position.open_pnl(mark) if position.bought else 0,
        costs=paid + leaving,
        protection=position.protection(),
        since_ns=position.filled_ns or position.opened_ns,
        price_ns=int(engine.table.cells[position.row, c.RECEIVED_NS]),
        stale=bool(blockers(engine, position.row, at_ns) & PRICE_GATES),
        manual=position.manual,
        text=position.reason if position.goal.value != "protect" else "",
    )


def _newest_orders(engine: Engine) -> list[Order]:
    """Orders over, then orders alive, the newest last: what is alive is never pushed out."""
    blotter = list(engine.desk.blotter)
    over = [one for one in blotter if not one.live]
    alive = [one for one in blotter if one.live]
    return [*over, *alive][-ORDER_LINES:]


def _order(order: Order) -> OrderRow:
    return OrderRow(
        order_id=order.order_id,
        tag=order.tag,
        symbol=order.symbol,
        side=order.side,
        kind=order.terms.kind.value,
        quantity=order.wanted.quantity,
        filled=order.filled,
        price=order.terms.price,
        trigger=order.terms.trigger,
        state=order.state.value,
        purpose=order.purpose.value,
        at_ns=order.asked_ns,
        text=order.text,
    )


def _stage(engine: Engine, at_ns: int) -> StageView | None:
    staged = engine.operator.staged
    if staged is None:
        return None
    proposal = engine.proposer.staged_proposal(staged)
    cells = engine.table.cells[staged.row]
    venue, instrument = engine.universe.venue.code, engine.universe[staged.row]
    bracket = expected(engine.config, venue, instrument, proposal, cells)
    judged = engine.proposer.judged_staged(staged)
    position = engine.desk.positions.get(staged.row)
    held = position.held * position.side if position and not staged.reverses else 0
    return StageView(
        stage_id=staged.stage_id,
        row=staged.row,
        symbol=instrument.symbol,
        side=staged.side,
        quantity=staged.quantity,
        price=proposal.limit,
        notional=proposal.notional,
        stop=bracket.stop,
        target=bracket.target,
        max_loss=bracket.loss,
        book_age_ns=at_ns - int(cells[c.RECEIVED_NS]),
        expires_ns=staged.expires_ns,
        pricing=staged.pricing,
        bid=int(cells[c.BID_PRICE]),
        ask=int(cells[c.ASK_PRICE]),
        resulting=held + staged.quantity * staged.side,
        percent=engine.operator.size_pct,
        reverses=staged.reverses,
        refusal=REFUSAL_TEXT[judged.reason] if isinstance(judged, Refused) else "",
    )


def _tally(engine: Engine) -> Tally:
    desk = engine.desk
    return Tally(
        updates=engine.updates,
        frames=engine.frames,
        signals=int(engine.counters[k.SIGNALS]),
        lives_missed=int(engine.table.market.lives.head[MISSED]),
        trades=desk.entered,
        trade_limit=engine.config.risk.daily_trades,
        wins=desk.day.wins,
        losses=desk.day.losses,
        realised=desk.day.realised,
        costs=desk.day.costs,
        open_pnl=desk.open_pnl(),
        capital=-1 if engine.funds is None else engine.funds,
        requests=engine.sent.requests,
        otr_pct=_otr_pct(engine),
        dominance=dominance_counts(engine.table.cells),
        chance_ppm=chance_ppm(engine.config),
        break_even_ppm=break_even_ppm(
            engine.config, desk, engine.universe.venue.code, engine.funds or 0
        ),
        faults=tuple(sorted(engine.chronicle.faults.items())),
        blocked=blocked_counts(engine),
        refused=tuple(sorted(engine.chronicle.refused.items())),
        controls=control_counts(engine.chronicle, engine.counters),
    )


def _otr_pct(engine: Engine) -> int:
    trades = engine.floor.trades_done()
    return engine.sent.requests * 100 // trades if trades else -1


def blocked_counts(engine: Engine) -> tuple[tuple[str, int], ...]:
    """How many updates each gate blocked, gates that blocked none left out."""
    counts = engine.counters[k.GATE_COUNTS : k.GATE_COUNTS + BITS]
    return tuple(
        (gate_names(1 << bit)[0], int(count))
        for bit, count in enumerate(counts)
        if count and gate_names(1 << bit)
    )


def _kill_steps(engine: Engine) -> tuple[tuple[str, bool], ...]:
    if engine.operator.state is not OperatorState.KILLED:
        return ()
    desk = engine.desk
    orders, held = len(desk.blotter.live()), len(desk.positions)
    return (
        ("entries blocked", True),
        ("auto off", not engine.operator.auto),
        (f"{orders} orders left", not orders),
        (f"{held} held", not held),
        ("broker confirms", engine.kill_confirmed),
    )
