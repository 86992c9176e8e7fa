"""Settings of a trade: how it is entered, protected, sized and bounded."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from tui_scalper.core import config as core
from tui_scalper.settings.section import Percent, Rupees, Seconds, Section, bp, ns, paise


class Entry(Section):
    """How entries are priced."""

    collar: Percent = Decimal("0.30")
    """Limit price beyond the opposite best, percent."""
    max_slippage: Percent = Decimal("0.08")
    """Largest expected average slippage over the visible levels, percent."""
    remainder: core.Remainder = core.Remainder.CANCEL
    """What happens to the unfilled rest of an entry: cancel, or chase: it is moved to the
    present collar, never beyond the collar of the price it was decided at, then cancelled."""
    remainder_after: Seconds = Decimal("1.5")
    """When that happens, seconds after the entry or its last chase."""
    chases: Annotated[int, Field(ge=1, le=10)] = 2
    """How often the rest of an entry is chased before it is cancelled."""
    rest: Seconds = Decimal(15)
    """How long an entry that waits in the queue of its own side may wait, seconds."""
    max_drift_ticks: Annotated[int, Field(ge=0, le=1_000)] = 3
    """A confirmation is refused when the best price moved away by more ticks than this."""
    max_from_last: Percent = Decimal("1.00")
    """Farthest a limit price may be from the last price, percent of it."""
    max_beyond_range: Percent = Decimal("0.50")
    """Farthest a limit price may lie outside the day's range, percent of the range's edge."""
    limit_room: Percent = Decimal("1.00")
    """Least distance of a limit price from either circuit limit of the day, percent of it."""
    min_depth: Annotated[Decimal, Field(ge=0, le=1_000, decimal_places=2)] = Decimal(2)
    """Least five-level quantity of either side, in multiples of the entry's quantity."""

    def rules(self) -> core.EntryRules:
        """These settings as the engine takes them."""
        return core.EntryRules(
            collar_bp=bp(self.collar),
            max_slippage_bp=bp(self.max_slippage),
            remainder=self.remainder,
            remainder_ns=ns(self.remainder_after),
            chases=self.chases,
            rest_ns=ns(self.rest),
            max_drift_ticks=self.max_drift_ticks,
            max_from_last_bp=bp(self.max_from_last),
            max_beyond_range_bp=bp(self.max_beyond_range),
            limit_room_bp=bp(self.limit_room),
            min_depth_pct=int(self.min_depth * 100),
        )


class Protection(Section):
    """Stop and target."""

    style: core.Style = core.Style.ENGINE
    """Who holds the stop. engine: the engine places it after the first fill and changes it into
    the exit. broker: the broker, from the entry on (Kite's cover order); the account must offer
    it, and target and exits leave at the broker's market price."""
    stop: Percent = Decimal("0.25")
    """Distance of the stop from the entry, percent."""
    target: Percent = Decimal("1.00")
    """Distance of the target from the entry, percent."""
    stop_gap: Percent = Decimal("0.20")
    """Limit price of the stop beyond its trigger, percent."""
    stop_retries: Annotated[int, Field(ge=0, le=3)] = 1
    """How often a stop the broker rejects is sent again, each `stop_gap` farther away with a
    wider limit, before the position is left at market."""
    exit_collar: Percent = Decimal("0.50")
    """Limit price of a forced exit beyond the opposite best, percent."""
    trail: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] = Decimal(0)
    """The stop follows the price in steps of this many percent of the entry; 0: it stays."""
    time_exit: Annotated[Decimal, Field(ge=0, le=86_400)] = Decimal(0)
    """A position still held after this many seconds is closed; 0: never."""

    def rules(self) -> core.ProtectionRules:
        """These settings as the engine takes them."""
        return core.ProtectionRules(
            style=self.style,
            stop_bp=bp(self.stop),
            target_bp=bp(self.target),
            stop_gap_bp=bp(self.stop_gap),
            stop_retries=self.stop_retries,
            exit_collar_bp=bp(self.exit_collar),
            trail_bp=bp(self.trail),
            time_exit_ns=ns(self.time_exit),
        )


class Sizing(Section):
    """How large an entry is (TEST: one lot, whatever stands here)."""

    capital: Percent = Decimal(10)
    """Notional of one entry, percent of the funds the broker reports."""
    max_notional: Rupees = Decimal(500_000)
    """Largest notional of one entry, rupees."""
    max_quantity: Annotated[int, Field(ge=1, le=10_000_000)] = 50_000
    """Largest quantity of one entry, shares."""

    def rules(self) -> core.SizingRules:
        """These settings as the engine takes them."""
        return core.SizingRules(
            capital_bp=bp(self.capital),
            max_notional=paise(self.max_notional),
            max_quantity=self.max_quantity,
        )


class Risk(Section):
    """What the engine refuses to exceed."""

    daily_trades: Annotated[int, Field(ge=0, le=10_000)] = 10
    """Entries a day."""
    daily_orders: Annotated[int, Field(ge=1, le=5_000)] = 1_000
    """New orders a day, entries and exits, at which entries end."""
    auto_entries: Annotated[int, Field(ge=0, le=10_000)] = 3
    """Entries of one stock a day after which only a person may enter it again."""
    duplicate: Seconds = Decimal(2)
    """An entry like the last one of its stock (side, quantity) is refused this long, seconds."""
    max_positions: Annotated[int, Field(ge=1, le=100)] = 3
    """Positions at one time."""
    max_open_orders: Annotated[int, Field(ge=1, le=1_000)] = 20
    """Orders of which something may still trade, at which entries stop."""
    max_stock: Rupees = Decimal(500_000)
    """Notional of one stock, held, pending and asked for, rupees."""
    max_sector: Rupees = Decimal(1_000_000)
    """Sum of the notionals of the stocks of one industry (`lists.industries`), rupees."""
    max_gross: Rupees = Decimal(2_000_000)
    """Sum of open and pending notionals, rupees."""
    daily_loss: Rupees = Decimal(20_000)
    """Loss after costs, realised and open, that ends entries for the day, rupees."""
    drawdown: Rupees = Decimal(15_000)
    """Fall from the day's best result after costs that ends entries, rupees."""
    loss_streak: Annotated[int, Field(ge=1, le=1_000)] = 6
    """Losing trades in a row that end entries until a person resets."""
    orders_per_second: Annotated[int, Field(ge=2, le=10)] = 10
    """Order requests in any sliding second; the law for unregistered algorithms is 10."""
    exit_reserve: Annotated[int, Field(ge=1, le=9)] = 4
    """Of the requests of a second, how many only exits may use."""
    orders_per_minute: Annotated[int, Field(ge=1, le=350)] = 200
    """Order requests in any sliding minute at which entries stop; exits go on, up to 400."""
    orders_per_day: Annotated[int, Field(ge=1, le=4_500)] = 3_000
    """Order requests in any 24 hours at which entries stop; exits go on, up to 5,000."""
    otr_alarm: Annotated[int, Field(ge=1, le=2_000)] = 20
    """Order requests a trade (order-to-trade ratio) above which an alarm is raised."""
    cooldown: Seconds = Decimal(30)
    """No new entry in a stock for this many seconds after a trade in it."""
    refusal_cooldown: Seconds = Decimal(5)
    """No new proposal of a stock for this many seconds after a control refused one, or after an
    entry in it was rejected or ended without a fill."""

    @model_validator(mode="after")
    def _entries_find_room(self) -> Self:
        if self.exit_reserve >= self.orders_per_second:
            raise ValueError(
                f"exit_reserve {self.exit_reserve} must be below orders_per_second "
                f"{self.orders_per_second}, or no entry ever leaves"
            )
        return self

    def rules(self, errors: int) -> core.RiskLimits:
        """These settings as the engine takes them; after how many internal `errors` it halts."""
        return core.RiskLimits(
            daily_trades=self.daily_trades,
            daily_orders=self.daily_orders,
            auto_entries=self.auto_entries,
            duplicate_ns=ns(self.duplicate),
            max_positions=self.max_positions,
            max_open_orders=self.max_open_orders,
            max_stock_notional=paise(self.max_stock),
            max_sector_notional=paise(self.max_sector),
            max_gross_notional=paise(self.max_gross),
            daily_loss=paise(self.daily_loss),
            drawdown=paise(self.drawdown),
            loss_streak=self.loss_streak,
            engine_errors=errors,
            orders_per_second=self.orders_per_second,
            exit_reserve=self.exit_reserve,
            orders_per_minute=self.orders_per_minute,
            orders_per_day=self.orders_per_day,
            otr_alarm=self.otr_alarm,
            cooldown_ns=ns(self.cooldown),
            refusal_cooldown_ns=ns(self.refusal_cooldown),
        )


class Lists(Section):
    """Stocks that may be entered at all. Exits ask nobody."""

    allow: tuple[str, ...] = ()
    """Only these symbols are entered; empty means every stock of the universe."""
    deny: tuple[str, ...] = ()
    """These symbols are never entered, whatever `allow` says."""
    industries: str = ""
    """CSV file with the columns Symbol and Industry, as NSE publishes the constituents of its
    indices; `risk.max_sector` needs it. Empty: industries are unknown."""
    restricted: str = ""
    """CSV file of stocks nobody enters, with the columns symbol and reason and, where they are
    known, from and until (YYYY-MM-DD): surveillance, bans, trade for trade. Empty: none."""

    def rules(self) -> core.ListRules:
        """These settings as the engine takes them."""
        return core.ListRules(allow=frozenset(self.allow), deny=frozenset(self.deny))
