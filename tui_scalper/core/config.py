"""Every number the engine decides by, with unit and default.

The console's settings file, environment and command line end here (tui_scalper.settings);
the engine itself never reads any of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

import msgspec

from tui_scalper.core.adaptive import AdaptiveRules
from tui_scalper.core.emergency_table import Policy, Trigger
from tui_scalper.core.prices import Pricing
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import MS, NS
from tui_scalper.core.witnesses import WitnessRule, default_rules


class SignalRules(msgspec.Struct, frozen=True, kw_only=True):
    """When a row of the market table is a signal."""

    pressure_low_bp: int = 7_000
    """Least share of the stronger side in total quantity, basis points."""
    pressure_high_bp: int = 9_500
    """Greatest share; above it the book is one-sided and cannot be traded."""
    depth_ratio_pct: int = 150
    """Five levels of the stronger side over five of the weaker, percent, exclusive."""
    max_spread_bp: int = 10
    """Widest spread in basis points of the mid; one tick is never too wide."""
    max_lag_ns: int = 5 * NS
    """Oldest a book may be, by the exchange's stamp when it arrives and by ours after that."""
    spike_bp: int = 100
    """A last price that moves further than this within `spike_span_ns` takes no entry, bp."""
    spike_span_ns: int = 10 * NS
    spike_rest_ns: int = 60 * NS
    """For how long it takes none."""
    witnesses: tuple[WitnessRule, ...] = default_rules()
    """A rule for each witness, in their order (core.witnesses)."""
    confirmations: int = 0
    """How many of the witnesses that count must confirm a signal."""
    regime_pct: int = 30
    """Share of all stocks whose price jumps or whose book breaks at which all entries pause."""
    regime_least: int = 5
    """And it must be so many of them."""
    adaptive: AdaptiveRules = AdaptiveRules()
    """Whether, and how, pressure bounds, depth ratio and sizes of large orders move."""
    lead_ppm: int = 200_000
    """Dominance by which a signal must exceed the leading one to overtake it at once, ppm."""
    lead_ns: int = 10 * NS
    """A leader that was behind somebody for so long is overtaken whatever the margin."""


class FlowRule(StrEnum):
    """How order flow is read out of two books in a row (core.readings.ofi)."""

    BEST_QUOTES = "best_quotes"
    """Cont, Kukanov and Stoikov (2014) on the best quotes."""
    PRICE_ALIGNED = "price_aligned"
    """Visible quantity in the range of prices seen in both books, now less before."""
    HYBRID = "hybrid"
    """The best quotes while the best price stands, price-aligned over the levels it crossed."""


class ReadingRules(msgspec.Struct, frozen=True, kw_only=True):
    """Windows and sizes of the readings."""

    flow_rule: FlowRule = FlowRule.HYBRID
    flow_ns: tuple[int, int, int] = (1 * NS, 5 * NS, 10 * NS)
    """Windows of order flow: short, middle, long; rising."""
    trend_ns: int = 10 * NS
    """Window of the pressure gradient; at most 60 s."""
    slow_ns: int = 60 * NS
    """Window of volatility, rate of updates and accumulation."""
    depth_decay: float = 0.5
    """k in the weight exp(-k (level - 1)) of a level in the depth imbalance."""
    cost_notional: int = 1_00_000_00
    """Notional whose cost through the visible levels is read, paise."""
    still_ticks: int = 3
    """Volume accumulates while the mid moved less than this over the slow window, ticks."""


class Remainder(StrEnum):
    """What happens to the unfilled rest of an entry after a while."""

    CANCEL = "cancel"
    CHASE = "chase"
    """It follows the market inside the collar of the decision, then it is cancelled."""


class EntryRules(msgspec.Struct, frozen=True, kw_only=True):
    """How an entry is priced and what happens to its remainder."""

    collar_bp: int = 30
    """Limit price of a 'market' entry beyond the opposite best, basis points."""
    max_slippage_bp: int = 8
    """Largest expected average slippage over the visible levels, basis points."""
    remainder: Remainder = Remainder.CANCEL
    remainder_ns: int = 1_500 * MS
    """What an entry has not filled by then is cancelled, or chased."""
    chases: int = 2
    """How often the rest of an entry is chased before it is cancelled."""
    rest_ns: int = 15 * NS
    """An entry that waits in the queue is cancelled after this long."""
    max_drift_ticks: int = 3
    """A confirmation is refused when the opposite best moved further than this."""
    max_from_last_bp: int = 100
    """Farthest a limit price may be from the last price, basis points of it."""
    max_beyond_range_bp: int = 50
    """Farthest a limit price may lie outside the day's range, basis points of its edge."""
    limit_room_bp: int = 100
    """Least distance of a limit price from either circuit limit, basis points of it."""
    min_depth_pct: int = 200
    """Least five-level quantity of either side, percent of the quantity asked for."""


class Style(StrEnum):
    """Who holds the stop of a position."""

    ENGINE = "engine"
    """The engine: it places a stop order after the first fill and changes it into the exit."""
    BROKER = "broker"
    """The broker, from the moment of the entry, which carries the trigger (cover order)."""


class ProtectionRules(msgspec.Struct, frozen=True, kw_only=True):
    """Stop, target and exits of a position."""

    style: Style = Style.ENGINE
    stop_bp: int = 25
    target_bp: int = 100
    stop_gap_bp: int = 20
    """Limit price of the stop beyond its trigger, basis points."""
    stop_retries: int = 1
    """A rejected stop is sent so often again, each `stop_gap_bp` wider, before the exit."""
    exit_collar_bp: int = 50
    """Limit price of a forced exit beyond the opposite best, basis points."""
    take_ns: int = 2 * NS
    """A target that is touched and not filled by then becomes a stop again."""
    jump_ns: int = 500 * MS
    """A stop whose limit the market jumped over becomes a forced exit after this long."""
    reprice_ns: int = 1 * NS
    """A forced exit that is not filled by then is priced anew."""
    trail_bp: int = 0
    """The stop follows in steps of this many basis points of the entry; 0: it stays."""
    time_exit_ns: int = 0
    """A position still held this long after its first fill is closed; 0: never."""


class SizingRules(msgspec.Struct, frozen=True, kw_only=True):
    """How many shares an entry takes (TEST: one lot, whatever stands here)."""

    capital_bp: int = 1_000
    """Notional of one entry as a share of available funds, basis points."""
    max_notional: int = 5_00_000_00
    """Largest notional of one entry, paise."""
    max_quantity: int = 50_000
    """Largest quantity of one entry, shares."""


class RiskLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine refuses to exceed."""

    daily_trades: int = 10
    daily_orders: int = 1_000
    """New orders of the day, entries and exits, at which entries end."""
    auto_entries: int = 3
    """Entries of one stock in a day after which only a person may enter it again."""
    duplicate_ns: int = 2 * NS
    """An entry like the last one of its stock (side, quantity) is refused for this long."""
    max_positions: int = 3
    max_open_orders: int = 20
    """Orders of which something may still trade, at which entries stop."""
    max_stock_notional: int = 5_00_000_00
    """Notional of one stock, held, pending and asked for, paise."""
    max_sector_notional: int = 10_00_000_00
    """Sum of the notionals of one industry's stocks, where industries are known, paise."""
    max_gross_notional: int = 20_00_000_00
    """Sum of open and pending notionals, paise."""
    daily_loss: int = 20_000_00
    """Loss after costs, realised and open, at which entries end for the day, paise."""
    drawdown: int = 15_000_00
    """Fall from the day's best result after costs at which entries end, paise."""
    loss_streak: int = 6
    """Losing trades in a row at which entries end."""
    engine_errors: int = 3
    """Internal errors after which the engine halts."""
    orders_per_second: int = 10
    """Requests in any sliding second; the law for unregistered algorithms is 10."""
    exit_reserve: int = 4
    """Of those, how many only exits may use."""
    orders_per_minute: int = 200
    """Requests in any sliding minute at which entries stop."""
    minute_limit: int = 400
    """Requests the broker takes in a minute; beyond `orders_per_minute` only exits use them."""
    orders_per_day: int = 3_000
    """Requests in any 24 hours at which entries stop."""
    day_limit: int = 5_000
    """Requests the broker takes in a day; beyond `orders_per_day` only exits use them."""
    otr_alarm: int = 20
    """Requests a trade above which the order-to-trade ratio raises an alarm."""
    cooldown_ns: int = 30 * NS
    """No new entry in a stock for this long after a trade in it."""
    refusal_cooldown_ns: int = 5 * NS
    """No new proposal of a stock for this long after a refusal, or an entry without a fill."""
    absent_ns: int = 3 * NS
    """An order in doubt that the broker's book does not show for this long never arrived."""
    absent_books: int = 4
    """And so many books must not show it: a clock that jumps does not make time pass."""
    doubt_ns: int = 2 * NS
    """A request unanswered for this long is in doubt."""


class ListRules(msgspec.Struct, frozen=True, kw_only=True):
    """Which stocks may be entered at all, by symbol. Exits ask nobody."""

    allow: frozenset[str] = frozenset()
    """Only these; empty means every stock of the universe."""
    deny: frozenset[str] = frozenset()
    """Never these, whatever `allow` says."""


class OperatorRules(msgspec.Struct, frozen=True, kw_only=True):
    """Arming, staging and keys."""

    arm_ns: int = 300 * NS
    stage_ns: int = 8 * NS
    key_age_ns: int = 250 * MS
    """A risk-increasing key older than this is refused."""
    screen_age_ns: int = 1 * NS
    """So is one pressed by a screen older than this."""
    stage_at: Pricing = Pricing.TAKE
    """How a staged entry is priced at first."""
    reset_size: bool = False
    """The quantity goes back to the most after each entry that was sent."""
    reverse: bool = False
    """Positions may be reversed."""
    reverse_ns: int = 10 * NS
    """A position that is not flat by then is not reversed any more."""
    attended_ns: int = 0
    """Entries pause when no sign of the screen came for this long; 0: nobody need attend."""
    live_word: str = "LIVE"
    reset_word: str = "RESET"


class PollRules(msgspec.Struct, frozen=True, kw_only=True):
    """How often the broker is asked when nothing else happens."""

    orders_ns: int = 3 * NS
    """While an order is live: an update that got lost is found this late at the latest."""
    doubt_ns: int = 1 * NS
    funds_ns: int = 60 * NS
    holdings_ns: int = 15 * NS
    """What is held is compared with the broker this often."""
    funds_lag_ns: int = 7 * NS
    """How old the broker's figure may be when it arrives: the time limit of the question."""
    most: int = 4
    within_ns: int = NS
    """The same question leaves at most so many times within this."""


class AttentionRules(msgspec.Struct, frozen=True, kw_only=True):
    """How much the broker streams, and how its room is shared out. Times of the machine."""

    sockets: int = 3
    """Connections the broker grants an account."""
    socket_cap: int = 3_000
    """Stocks one connection carries."""
    depth: int = 9_000
    """Stocks in full depth at one time; the others send quotes."""
    best: int = 10
    """So many of the best ranked stocks always have full depth, at most half of all that do."""
    visit_ns: int = 5 * NS
    """How long a stock on the round has depth."""
    round_ns: int = 300 * NS
    """Within this time every stock has had depth, where there is room enough."""
    dwell_ns: int = 30 * NS
    """A stock that got depth by merit keeps it so long; one that lost it waits so long."""
    margin_pct: int = 20
    """By how much a challenger must be better than a stock that has depth, percent."""
    review_ns: int = 500 * MS
    """How often the places are given anew."""
    limits_ns: int = 0
    """How often circuit limits of what is traded are asked for; 0: never."""


class EmergencyRules(msgspec.Struct, frozen=True, kw_only=True):
    """When an emergency begins, and the policy of each trigger."""

    feed_lost_ns: int = 30 * NS
    """Market data not live for this long, while the market trades, is lost."""
    path_lost_ns: int = 15 * NS
    """A broker that answers nothing for this long, while the market trades, is lost."""
    clock_skew_ns: int = 3 * NS
    """Farthest the exchange's stamps, or the machine's clock, may be from the engine's time."""
    system_errors: Policy = Policy.REDUCE
    feed_lost: Policy = Policy.PAUSE
    session_refused: Policy = Policy.REDUCE
    path_lost: Policy = Policy.PAUSE
    clock_skew: Policy = Policy.PAUSE
    ui_lost: Policy = Policy.PAUSE

    def policy(self, trigger: Trigger) -> Policy:
        """The policy of `trigger`: the field of its name."""
        policy: Policy = getattr(self, trigger.name.lower())
        return policy


class EngineConfig(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, plus the mode, which nothing can change after the start."""

    mode: Mode
    run_id: str = "A"
    """Makes order tags unique between runs of one day; letters and digits, at most 8."""
    signals: SignalRules = SignalRules()
    readings: ReadingRules = ReadingRules()
    entry: EntryRules = EntryRules()
    protection: ProtectionRules = ProtectionRules()
    sizing: SizingRules = SizingRules()
    risk: RiskLimits = RiskLimits()
    lists: ListRules = ListRules()
    operator: OperatorRules = OperatorRules()
    polls: PollRules = PollRules()
    attention: AttentionRules = AttentionRules()
    emergency: EmergencyRules = EmergencyRules()


def at_speed(config: EngineConfig, speed: float) -> EngineConfig:
    """`config` for a market that runs at `speed` market seconds a machine second.

    Waits that machines and people cause take more market time then; market rules stay.
    """
    if speed <= 1:
        return config
    return msgspec.structs.replace(
        config,
        signals=_stretched(config.signals, ("max_lag_ns",), speed),
        entry=_stretched(config.entry, ("remainder_ns", "rest_ns"), speed),
        protection=_stretched(config.protection, ("jump_ns", "reprice_ns", "take_ns"), speed),
        risk=_stretched(config.risk, ("absent_ns", "doubt_ns"), speed),
        operator=_stretched(
            config.operator,
            ("arm_ns", "stage_ns", "key_age_ns", "screen_age_ns", "reverse_ns", "attended_ns"),
            speed,
        ),
        polls=_stretched(
            config.polls,
            ("orders_ns", "doubt_ns", "funds_ns", "holdings_ns", "funds_lag_ns", "within_ns"),
            speed,
        ),
        emergency=_stretched(
            config.emergency, ("feed_lost_ns", "path_lost_ns", "clock_skew_ns"), speed
        ),
    )


R = TypeVar("R", bound=msgspec.Struct)


def _stretched(rules: R, names: tuple[str, ...], speed: float) -> R:
    return msgspec.structs.replace(
        rules, **{name: int(getattr(rules, name) * speed) for name in names}
    )
