"""What a screen can show at one moment: frozen values, safe to read from any thread.

Prices are paise, times nanoseconds UTC of the engine's clock. A snapshot never changes
after it is published; the console holds the newest and draws the difference.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tui_scalper.core.events import Link
from tui_scalper.core.explanation import Explanation
from tui_scalper.core.prices import Pricing
from tui_scalper.core.units import Side
from tui_scalper.core.venues import Phase


class Mode(StrEnum):
    """Where orders go and how large they are; fixed when the process starts."""

    SIM = "SIM"
    """Simulated exchange, sized by percent of the simulated capital."""
    REPLAY = "REPLAY"
    """A recorded tape; orders reach only the simulated account."""
    PAPER = "PAPER"
    """A broker's market data; orders reach only a simulated account, sized as in SIM."""
    TEST = "TEST"
    """A broker, one share (one lot) a trade."""
    LIVE = "LIVE"
    """A broker, sized by percent of the capital it reports."""


class TradingState(StrEnum):
    """Whether entries may leave at all, whoever asks."""

    STARTING = "starting"
    """The broker's books are not compared with ours yet."""
    ACTIVE = "active"
    REDUCING = "reducing"
    """A limit was reached: exits only, until a person resets it."""
    HALTED = "halted"
    """Something is broken: cancellations and reductions only, until a person resets it."""


class OperatorState(StrEnum):
    """May entries leave, and who decides."""

    DISARMED = "disarmed"
    ARMED = "armed"
    STAGED = "staged"
    KILLED = "killed"


class Protection(StrEnum):
    """How a position is guarded."""

    ENTERING = "entering"
    """The entry works, nothing is filled yet."""
    UNPROTECTED = "unprotected"
    """Filled, and no stop rests at the broker (yet, or any more)."""
    PROTECTED = "protected"
    TAKING = "taking target"
    EXITING = "exiting"
    UNKNOWN = "unknown"
    """The broker has not said what became of an order of this position."""
    CLOSED = "closed"


class Level(msgspec.Struct, frozen=True):
    """One price level of a book."""

    price: int
    quantity: int
    orders: int


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """Five levels a side of one stock; empty levels are left out."""

    row: int
    symbol: str
    tick: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    ltp: int
    ltq: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    total_buy: int
    total_sell: int
    received_ns: int
    lag_ns: int = 0
    """How far the exchange's stamp of the last update is from its receipt; 0: it has none."""
    updates: int
    lean: int
    dominance_ppm: int
    blockers: int
    position: int = 0
    """Shares held, negative when short."""
    entry: int = 0
    stop: int = 0
    target: int = 0
    orders: tuple[tuple[int, int, Side], ...] = ()
    """Own resting orders: (price, quantity, side)."""


class SignalRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ranked table."""

    rank: int
    row: int
    symbol: str
    side: Side | None
    dominance_ppm: int
    pressure_ppm: int
    """Total buy over total buy + total sell, parts per million; -1 when undefined."""
    bid_depth: int
    ask_depth: int
    ltp: int
    spread_ticks: int
    age_ns: int
    """Since the last update of this stock; -1 when there was none."""
    signal_age_ns: int
    """Since the signal began; -1 when there is none."""
    blockers: int
    """core.gates.Gate bits; 0 when the row is a signal."""
    gradient: float | None = None
    """Slope of the pressure over the trend window, share a second, positive towards buyers;
    None until the window is full."""
    gradient_t: float | None = None
    """Its t-value."""
    flow: float | None = None
    """Order flow of the middle window in mean depths of the best level, positive from buyers;
    None until the window is full."""
    footprint: Side | None = None
    """Behind which side unusually large orders rest: the side whose z is greater, when it
    reaches the threshold of that witness; None when neither does."""
    footprint_z: float | None = None
    """Robust z of the largest average order size, of the side where it is greater."""
    agreeing: int = 0
    """How many of the five levels hold more on the side the book leans to."""
    confirmed: int = 0
    """Confirmations the signal has, of the witnesses that count."""
    needed: int = 0
    """Confirmations a signal needs; 0 when it needs none."""
    held: str = ""
    """Why the engine would not trade this signal now (cooldown, position held, ...)."""
    held_short: str = ""
    """The same in a word or two."""


class PositionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One protected position, open or just closed."""

    row: int
    symbol: str
    side: Side
    quantity: int
    """Shares still held."""
    ordered: int
    entry_price: int
    """Average entry price, rounded to the paisa."""
    ltp: int
    stop: int
    target: int
    """Where the engine takes it; 0 where nobody watches for one."""
    tick: int = 1
    """Price step of the stock, paise."""
    pnl: int
    """Open plus realised profit in paise, before costs."""
    costs: int
    protection: Protection
    since_ns: int
    price_ns: int
    """When the book `ltp` is from came; 0 where none came yet."""
    stale: bool = False
    """`ltp` is too old, or never came: profit and distances are those of then."""
    manual: bool = False
    """The operator took it over: no target, no trail, no time exit."""
    text: str = ""


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One order of today."""

    order_id: str
    tag: str
    symbol: str
    side: Side
    kind: str
    quantity: int
    filled: int
    price: int
    trigger: int
    state: str
    purpose: str
    at_ns: int
    text: str = ""


class StageView(msgspec.Struct, frozen=True, kw_only=True):
    """The entry on the strip: what would be sent if the operator confirmed now."""

    stage_id: int
    row: int
    symbol: str
    side: Side
    quantity: int
    price: int
    notional: int
    stop: int
    target: int
    max_loss: int
    book_age_ns: int
    expires_ns: int
    pricing: Pricing = Pricing.TAKE
    bid: int = 0
    ask: int = 0
    """The touch this was priced by, paise; 0 when that side is empty."""
    resulting: int = 0
    """Shares held once it is filled, negative when short."""
    percent: int = 100
    """The quantity the operator wants, percent of the most."""
    reverses: bool = False
    """It closes the position of the other side first."""
    refusal: str = ""
    """Why a confirmation would be refused now; empty when it would be sent."""


class Severity(StrEnum):
    """How much a log line matters."""

    INFO = "info"
    GOOD = "good"
    WARN = "warn"
    ALARM = "alarm"


class LogLine(msgspec.Struct, frozen=True):
    """One line of the log; `number` grows by one a line."""

    number: int
    at_ns: int
    severity: Severity
    text: str


class LimitUnit(StrEnum):
    """What the numbers of a limit count."""

    COUNT = "count"
    MONEY = "paise"
    HUNDREDTHS = "hundredths"


class Limit(msgspec.Struct, frozen=True):
    """How much of a limit is used; nothing that adds risk leaves once it is all used."""

    name: str
    used: int
    allowed: int
    unit: LimitUnit


class TradeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One closed trade. Values and profit in paise; `pnl` is before `costs`."""

    row: int
    symbol: str
    side: Side
    quantity: int
    entry_ns: int
    exit_ns: int
    entry_value: int
    exit_value: int
    pnl: int
    costs: int
    reason: str


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and sums of the session."""

    updates: int = 0
    frames: int = 0
    signals: int = 0
    lives_missed: int = 0
    """Signals whose life was not kept for want of room."""
    trades: int = 0
    """Entries filled today."""
    trade_limit: int = 0
    wins: int = 0
    losses: int = 0
    realised: int = 0
    """Closed profit in paise, before costs."""
    costs: int = 0
    open_pnl: int = 0
    capital: int = 0
    """Available funds as the broker reported them, paise; -1 before the first report."""
    requests: int = 0
    """Order messages of the day: new orders, changes and cancellations."""
    otr_pct: int = -1
    """Requests a trade (order-to-trade ratio), percent; -1 before the first trade."""
    chance_ppm: int = -1
    """Wins in a million that pure chance gives the bracket; -1 when not known."""
    break_even_ppm: int = -1
    """Wins in a million at which the bracket pays its costs; -1 when not known."""
    dominance: tuple[int, ...] = ()
    """Stocks by dominance in steps of five percent from 50 % on."""
    faults: tuple[tuple[str, int], ...] = ()
    blocked: tuple[tuple[str, int], ...] = ()
    refused: tuple[tuple[str, int], ...] = ()
    controls: tuple[tuple[str, int], ...] = ()
    """How often each control acted, those left out that did not."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """How fast the engine is, nanoseconds; -1 where nothing was measured yet."""

    decide_p50: int = -1
    decide_p99: int = -1
    order_ack: int = -1
    """From sending the newest order to the broker's number for it."""
    order_ack_p99: int = -1
    feed_age: int = -1


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `seq` grows by one a snapshot."""

    seq: int
    at_ns: int
    utc_offset: int
    venue: str
    currency: str
    mode: Mode
    operator: OperatorState
    trading: TradingState = TradingState.ACTIVE
    trading_text: str = ""
    """Why it is not ACTIVE."""
    emergency: str = ""
    """What stands of emergencies (feed lost, session refused, ...); empty when nothing does."""
    auto: bool
    paused: bool
    armed_until_ns: int
    disarmed_why: str = ""
    """What disarmed the console, when no hand did."""
    link: Link
    link_text: str
    phase: Phase
    session_text: str = ""
    """What kind of day it is: "weekday", "holiday: Diwali", ..."""
    focus: int
    instruments: int
    explained: Explanation | None = None
    """The focused stock with all that is known and thought of it."""
    ladders: tuple[Ladder, ...] = ()
    """The focused stock first, then the top-ranked ones."""
    signals: tuple[SignalRow, ...] = ()
    by_hand_only: tuple[int, ...] = ()
    """Rows the engine does not enter by itself."""
    skipped: tuple[int, ...] = ()
    """Rows nobody enters today."""
    positions: tuple[PositionRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    stage: StageView | None = None
    log: tuple[LogLine, ...] = ()
    """The newest lines, oldest first."""
    limits: tuple[Limit, ...] = ()
    trades: tuple[TradeRow, ...] = ()
    """The newest closed trades, oldest first."""
    tally: Tally = Tally()
    latency: Latency = Latency()
    kill_steps: tuple[tuple[str, bool], ...] = ()
    """The checklist of the kill latch: what, and whether the broker confirmed it."""
