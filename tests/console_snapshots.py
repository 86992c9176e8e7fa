"""Hand-built snapshots for the console: a small market frozen at one moment."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from tui_scalper.core.bounds import BOUNDS
from tui_scalper.core.events import Link
from tui_scalper.core.explanation import (
    BlockerSaid,
    BoundSaid,
    Explanation,
    RaceSaid,
    ReadingSaid,
    RefusalSaid,
    RegimeSaid,
    Stand,
    StreamSaid,
    WitnessSaid,
    WouldEnter,
)
from tui_scalper.core.gates import GATE_TEXT, Gate
from tui_scalper.core.reading_table import READINGS
from tui_scalper.core.snapshot import (
    Ladder,
    Latency,
    Level,
    Limit,
    LimitUnit,
    LogLine,
    Mode,
    OperatorState,
    OrderRow,
    PositionRow,
    Protection,
    Severity,
    SignalRow,
    Snapshot,
    StageView,
    Tally,
    TradeRow,
)
from tui_scalper.core.units import MS, NS, Side
from tui_scalper.core.venues import NSE, Phase
from tui_scalper.core.witnesses import STATEMENTS

NOON = NSE.midnight(1_795_000_000 * NS) + (10 * 3600 + 42 * 60 + 17) * NS
"""10:42:17 in Mumbai."""
PRICES = {
    "RELIANCE": 129_860,
    "INFY": 156_720,
    "HDFCBANK": 98_435,
    "TCS": 301_200,
    "SBIN": 87_215,
    "BAJAJ-AUTO": 912_300,
    "HINDUNILVR": 241_150,
    "ITC": 40_380,
    "TATASTEEL": 17_604,
    "MRF": 13_045_500,
    "WIPRO": 24_561,
    "AXISBANK": 122_140,
    "LT": 389_960,
    "MARUTI": 1_587_700,
    "YESBANK": 2_117,
    "ONGC": 25_218,
}
SYMBOLS = tuple(PRICES)
TICKS = {"MRF": 500, "MARUTI": 100, "BAJAJ-AUTO": 50, "YESBANK": 1, "TATASTEEL": 1}


def ladder(row: int, *, now_ns: int = NOON, shift: int = 0, **changes: Any) -> Ladder:
    """A full book of five levels a side; `shift` moves the quantities."""
    symbol = SYMBOLS[row]
    tick = TICKS.get(symbol, 10)
    ltp = PRICES[symbol] // tick * tick
    sizes = [(row * 37 + at * 211 + shift * 97) % 900 * (at + 1) + 25 for at in range(10)]
    bids = tuple(Level(ltp - at * tick, sizes[at], 3 + at) for at in range(5))
    asks = tuple(Level(ltp + (at + 2) * tick, sizes[5 + at], 2 + at) for at in range(5))
    book = Ladder(
        row=row,
        symbol=symbol,
        tick=tick,
        bids=bids,
        asks=asks,
        ltp=ltp,
        ltq=50,
        open=ltp - 8 * tick,
        high=ltp + 30 * tick,
        low=ltp - 25 * tick,
        close=ltp - 12 * tick,
        volume=1_250_000,
        total_buy=412_000 + 1_000 * row,
        total_sell=180_500,
        received_ns=now_ns - 120 * MS,
        updates=4_211,
        lean=1 if row % 3 else -1,
        dominance_ppm=690_000 - 9_000 * row,
        blockers=0,
    )
    return msgspec.structs.replace(book, **changes)


def signal(rank: int, row: int, **changes: Any) -> SignalRow:
    """A row of the ranked table; the first four are signals, the others are held back."""
    live = rank <= 4
    gates = (Gate.BALANCED, Gate.DEPTH_RATIO, Gate.WIDE_SPREAD, Gate.STALE)
    line = SignalRow(
        rank=rank,
        row=row,
        symbol=SYMBOLS[row],
        side=(Side.BUY if row % 3 else Side.SELL) if live else None,
        dominance_ppm=720_000 - 17_000 * rank,
        pressure_ppm=700_000 - 20_000 * rank,
        bid_depth=4_200 + 130 * row,
        ask_depth=1_900,
        ltp=PRICES[SYMBOLS[row]],
        spread_ticks=1 + rank % 3,
        age_ns=200 * MS if rank % 5 else 7 * NS,
        signal_age_ns=12 * NS if live else -1,
        blockers=0 if live else int(gates[rank % 4]),
        gradient=None if rank == 6 else 0.01 * (3 - rank),
        gradient_t=None if rank == 6 else 3.1 - rank,
        flow=None if rank == 6 else 1.4 - 0.5 * rank,
        footprint=(Side.BUY, Side.SELL, None)[rank % 3],
        footprint_z=4.2,
        agreeing=4,
        confirmed=3 if live else rank % 2,
        needed=2,
        held="cooling down 41 s" if rank == 3 else "",
    )
    return msgspec.structs.replace(line, **changes)


def explanation(row: int = 1, **changes: Any) -> Explanation:
    """Every reading, threshold and witness of the tables with a made-up value; no signal."""
    view = Explanation(
        at_ns=NOON,
        row=row,
        symbol=SYMBOLS[row],
        side=Side.BUY,
        is_signal=False,
        signal_age_ns=-1,
        updates=4_211,
        age_ns=120 * MS,
        ltp=PRICES[SYMBOLS[row]],
        readings=tuple(
            ReadingSaid(
                name=one.name,
                value=None if at % 9 == 8 else (at - 20) * 0.37,
                unit=one.unit,
                window=one.window.value,
                window_ns=0,
                side=(Side.BUY, None, Side.SELL)[at % 3],
            )
            for at, one in enumerate(READINGS)
        ),
        bounds=tuple(
            BoundSaid(
                name=one.name,
                gate=str(one.gate.name).lower(),
                value=64.2 + at,
                relation="at least",
                limit=70.0,
                configured=70.0,
                unit=one.unit,
                open=one.gate is not Gate.BALANCED,
            )
            for at, one in enumerate(BOUNDS)
        ),
        witnesses=tuple(
            WitnessSaid(
                name=one.name,
                meaning=one.meaning,
                role="confirm" if one.name in ("flow", "micro") else "inform",
                value=None if at % 7 == 6 else 0.8 * at - 3,
                relation="at least",
                limit=0.5,
                configured=0.5,
                unit=one.unit,
                stand=(Stand.CONFIRMS, Stand.AGAINST)[at % 2] if at % 7 < 6 else Stand.SILENT,
                blocks=False,
            )
            for at, one in enumerate(STATEMENTS.values())
        ),
        blockers=(BlockerSaid("balanced", GATE_TEXT[Gate.BALANCED]),),
        confirmed=1,
        needed=2,
        race=RaceSaid(signals=3, leader="SBIN", leads=False, place=0, behind_ns=0),
        held="",
        hold_ns=0,
        entry=WouldEnter(
            side=Side.BUY,
            quantity=120,
            limit=156_740,
            notional=18_808_800,
            stop=156_350,
            target=158_310,
            max_loss=58_920,
        ),
        refusals=(RefusalSaid("disarmed", "console is disarmed; arm it first"),),
        regime=RegimeSaid(rests_ns=4_200 * MS, market_rests_ns=0, troubles=1, troubles_pause=5),
        stream=StreamSaid(stream="depth", place="must"),
        learning=None,
    )
    return msgspec.structs.replace(view, **changes)


def position(row: int, **changes: Any) -> PositionRow:
    """A protected long position with a small profit."""
    ltp = PRICES[SYMBOLS[row]]
    line = PositionRow(
        row=row,
        symbol=SYMBOLS[row],
        side=Side.BUY,
        quantity=120,
        ordered=120,
        entry_price=ltp - 130,
        ltp=ltp,
        stop=ltp - 390,
        target=ltp + 1_560,
        pnl=15_600,
        costs=4_120,
        protection=Protection.PROTECTED,
        since_ns=NOON - 83 * NS,
        price_ns=NOON - NS // 5,
    )
    return msgspec.structs.replace(line, **changes)


def order(number: int, row: int, **changes: Any) -> OrderRow:
    """A resting stop of a position."""
    ltp = PRICES[SYMBOLS[row]]
    line = OrderRow(
        order_id=f"2511230000{number}",
        tag=f"T{number:04d}",
        symbol=SYMBOLS[row],
        side=Side.SELL,
        kind="SL",
        quantity=120,
        filled=0,
        price=ltp - 450,
        trigger=ltp - 390,
        state="working",
        purpose="stop",
        at_ns=NOON - (90 - number) * NS,
    )
    return msgspec.structs.replace(line, **changes)


def trade(row: int, **changes: Any) -> TradeRow:
    """A long trade that reached its target after a minute and a half."""
    value = PRICES[SYMBOLS[row]] * 120
    line = TradeRow(
        row=row,
        symbol=SYMBOLS[row],
        side=Side.BUY,
        quantity=120,
        entry_ns=NOON - 400 * NS,
        exit_ns=NOON - 310 * NS,
        entry_value=value,
        exit_value=value + value // 100,
        pnl=value // 100,
        costs=9_800,
        reason="target",
    )
    return msgspec.structs.replace(line, **changes)


def stage(row: int = 1, **changes: Any) -> StageView:
    """A BUY on the strip with four seconds to live."""
    price = PRICES[SYMBOLS[row]]
    view = StageView(
        stage_id=7,
        row=row,
        symbol=SYMBOLS[row],
        side=Side.BUY,
        quantity=120,
        price=price,
        notional=price * 120,
        stop=price - 390,
        target=price + 1_560,
        max_loss=390 * 120,
        book_age_ns=140 * MS,
        expires_ns=NOON + 4 * NS,
        bid=price - 10,
        ask=price,
        resulting=120,
    )
    return msgspec.structs.replace(view, **changes)


LOG = (
    LogLine(1, NOON - 95 * NS, Severity.INFO, "feed live: 16 stocks subscribed in full mode"),
    LogLine(2, NOON - 84 * NS, Severity.GOOD, "INFY bought 120 @ 1565.90, stop 1563.30 resting"),
    LogLine(3, NOON - 60 * NS, Severity.WARN, "WIPRO refused: spread too wide"),
    LogLine(4, NOON - 12 * NS, Severity.INFO, "ITC signal SELL 69 %"),
)
TALLY = Tally(
    updates=812_441,
    frames=9_120,
    signals=4,
    trades=9,
    trade_limit=20,
    wins=4,
    losses=5,
    realised=48_250,
    costs=21_340,
    open_pnl=15_600,
    capital=50_000_000,
    requests=27,
    otr_pct=150,
    chance_ppm=200_000,
    break_even_ppm=266_000,
    dominance=(1_010, 620, 300, 96, 31, 12, 4, 2, 0, 1),
    blocked=(("balanced", 7), ("wide_spread", 3), ("stale", 2)),
    refused=(("trade limit", 2), ("key too old", 1)),
)


LIMITS = (
    Limit("day loss", 0, 2_000_000, LimitUnit.MONEY),
    Limit("drawdown", 42_000, 1_500_000, LimitUnit.MONEY),
    Limit("streak", 2, 6, LimitUnit.COUNT),
    Limit("trades", 9, 20, LimitUnit.COUNT),
    Limit("positions", 1, 3, LimitUnit.COUNT),
    Limit("gross", 18_806_400, 200_000_000, LimitUnit.MONEY),
    Limit("a stock", 18_806_400, 50_000_000, LimitUnit.MONEY),
    Limit("orders/s", 2, 10, LimitUnit.COUNT),
    Limit("orders/min", 11, 200, LimitUnit.COUNT),
    Limit("orders/day", 27, 3_000, LimitUnit.COUNT),
    Limit("new orders", 18, 1_000, LimitUnit.COUNT),
    Limit("open orders", 1, 20, LimitUnit.COUNT),
    Limit("per trade", 150, 2_000, LimitUnit.HUNDREDTHS),
)


def snapshot(seq: int = 1, *, now_ns: int = NOON, **changes: Any) -> Snapshot:
    """SIM, disarmed, everything in order."""
    ranked = (1, 4, 7, 0, 2, 3, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15)
    view = Snapshot(
        seq=seq,
        at_ns=now_ns,
        utc_offset=NSE.utc_offset,
        venue="NSE",
        currency="INR",
        mode=Mode.SIM,
        operator=OperatorState.DISARMED,
        auto=False,
        paused=False,
        armed_until_ns=now_ns + 252 * NS,
        link=Link.LIVE,
        link_text="simulated exchange",
        phase=Phase.OPEN,
        focus=1,
        instruments=len(SYMBOLS),
        ladders=(
            ladder(
                1,
                position=120,
                entry=156_700,
                stop=156_330,
                target=156_910,
                orders=((156_900, 120, Side.SELL),),
            ),
            ladder(4),
            ladder(7),
            ladder(0),
        ),
        signals=tuple(signal(at + 1, row) for at, row in enumerate(ranked)),
        positions=(position(1),),
        orders=(order(1, 1),),
        log=LOG,
        limits=LIMITS,
        explained=explanation(),
        tally=TALLY,
        latency=Latency(
            decide_p50=8_200,
            decide_p99=41_000,
            order_ack=38 * MS,
            order_ack_p99=61 * MS,
            feed_age=120 * MS,
        ),
    )
    return msgspec.structs.replace(view, **changes)


def history() -> Iterator[Snapshot]:
    """A minute and a half before noon, a second apart: prices and the result wander."""
    for second in range(90):
        swing = round(9 * math.sin(second / 9) + 5 * math.sin(second / 4))
        books = tuple(
            ladder(row, ltp=PRICES[SYMBOLS[row]] + (swing - 4) * 10, now_ns=NOON)
            for row in (1, 4, 7, 0)
        )
        tally = msgspec.structs.replace(TALLY, open_pnl=(swing - 3) * 4_000)
        at_ns = NOON - (90 - second) * NS
        yield snapshot(-90 + second, now_ns=at_ns, ladders=books, tally=tally)


def killed(**changes: Any) -> Snapshot:
    """The latch is set; what was held is not yet sold."""
    return snapshot(
        operator=OperatorState.KILLED,
        kill_steps=(
            ("entries blocked", True),
            ("auto off", True),
            ("0 orders left", True),
            ("1 held", False),
            ("broker confirms", False),
        ),
        positions=(position(1, protection=Protection.EXITING),),
        **changes,
    )


def stale(**changes: Any) -> Snapshot:
    """The feed says nothing: every ladder is stale, a position lost its stop."""
    old = NOON - 7 * NS
    return snapshot(
        link=Link.STALLED,
        latency=Latency(feed_age=7 * NS),
        ladders=(
            ladder(1, received_ns=old, blockers=int(Gate.STALE)),
            ladder(4, updates=0, blockers=int(Gate.NO_DATA)),
            ladder(7, received_ns=old, blockers=int(Gate.STALE)),
            ladder(0, received_ns=old, blockers=int(Gate.STALE)),
        ),
        positions=(
            position(1, protection=Protection.UNPROTECTED, stop=0, stale=True, price_ns=old),
            position(
                4,
                stale=True,
                price_ns=0,
                side=Side.SELL,
                stop=87_475,
                target=86_215,
                protection=Protection.UNKNOWN,
                pnl=-8_450,
            ),
        ),
        **changes,
    )
