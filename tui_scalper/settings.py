"""Every setting once: type, unit, default, meaning.

Where a value stands in several places, the command line beats the environment, the
environment beats the settings file. A misspelt key is an error, not a silent default.
Environment names are SCALPER_<SECTION>__<KEY>, e.g. SCALPER_RISK__DAILY_TRADES=5.
"""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.core import config as core
from tui_scalper.core.emergency_table import Policy
from tui_scalper.core.manifest import SettingLine
from tui_scalper.core.session_table import SessionRules, clock_span
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import MS, NS
from tui_scalper.core.witnesses import (
    STATEMENTS,
    Role,
    Sense,
    Statement,
    Witness,
    WitnessRule,
)

LISTS = {
    ("kite", "symbols"),
    ("lists", "allow"),
    ("lists", "deny"),
    ("session", "windows"),
    ("session", "ordinary"),
}
"""Settings that are lists; given as text they are comma-separated."""

ENV_PREFIX = "SCALPER_"
ENV_FILE = "SCALPER_SETTINGS"
"""Environment variable that names the settings file."""

Percent = Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)]
Seconds = Annotated[Decimal, Field(gt=0, le=86_400)]
UI_LOST = {
    "keep_managing": Policy.SAY,
    "pause_entries": Policy.PAUSE,
    "flatten": Policy.FLATTEN,
}
"""What operator.on_ui_lost means to the engine."""
PolicyName = Literal["say", "pause", "reduce", "flatten", "kill"]
Rupees = Annotated[Decimal, Field(gt=0, le=10**11, decimal_places=2)]


class SettingsError(Exception):
    """A setting is wrong: the key, the value, where it stands and what is allowed."""


class Section(BaseModel):
    """Base of all sections: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Signals(Section):
    """When a stock is a signal."""

    pressure_low: Percent = Decimal(70)
    """Least share of the stronger side in total quantity, percent."""
    pressure_high: Percent = Decimal(95)
    """Greatest share, percent; above it the book is one-sided."""
    depth_ratio: Annotated[Decimal, Field(ge=1, le=100, decimal_places=2)] = Decimal("1.5")
    """Five levels of the stronger side over the weaker; must be above this."""
    max_spread: Percent = Decimal("0.10")
    """Widest spread, percent of the mid; one tick is never too wide."""
    max_age: Seconds = Decimal(5)
    """Oldest a book may be, seconds."""
    spike: Percent = Decimal("1.00")
    """A last price that moves further than this within `spike_span` takes no entry, percent."""
    spike_span: Seconds = Decimal(10)
    """Time within which such a move counts, seconds."""
    spike_rest: Seconds = Decimal(60)
    """How long the stock takes no entry after it, seconds."""
    confirmations: Annotated[int, Field(ge=0, le=len(Witness))] = 0
    """How many witnesses that confirm (see [witnesses]) a signal needs."""
    regime_share: Percent = Decimal(30)
    """Share of all stocks that jump at once, or lose their book, at which entries pause."""
    regime_least: Annotated[int, Field(ge=2, le=10_000)] = 5
    """And it must be so many of them."""
    lead_margin: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] = Decimal(20)
    """Dominance by which a signal overtakes the leading one at once, percent points."""
    lead_time: Annotated[Decimal, Field(ge=0, le=3_600)] = Decimal(10)
    """A leader that was behind another for this long is overtaken anyway, seconds."""

    @model_validator(mode="after")
    def _band_has_room(self) -> Self:
        if self.pressure_low >= self.pressure_high:
            raise ValueError(
                f"pressure_low {self.pressure_low} must be below pressure_high "
                f"{self.pressure_high}, or no stock is ever a signal"
            )
        return self


class Readings(Section):
    """Windows and sizes of the readings of a book."""

    flow_rule: core.FlowRule = core.FlowRule.HYBRID
    """How order flow is read out of two books in a row: best_quotes (Cont, Kukanov and
    Stoikov), price_aligned (quantity within the prices seen in both) or hybrid."""
    flow_short: Seconds = Decimal(1)
    """Short window of order flow, seconds."""
    flow_middle: Seconds = Decimal(5)
    """Middle window of order flow, seconds; that of the flow of each level as well."""
    flow_long: Seconds = Decimal(10)
    """Long window of order flow, seconds."""
    trend: Annotated[Decimal, Field(ge=1, le=60)] = Decimal(10)
    """Window of the pressure gradient, seconds."""
    slow: Annotated[Decimal, Field(ge=10, le=3_600)] = Decimal(60)
    """Window of volatility, rate of updates and accumulation, seconds."""
    depth_decay: Annotated[Decimal, Field(ge=0, le=10)] = Decimal("0.5")
    """k in the weight exp(-k (level - 1)) of a level in the depth imbalance."""
    cost_notional: Rupees = Decimal(100_000)
    """Notional whose cost through the visible levels is read, rupees."""
    still_ticks: Annotated[int, Field(ge=1, le=1_000)] = 3
    """Volume accumulates while the mid moved less than so many ticks over the slow window."""

    @model_validator(mode="after")
    def _windows_rise(self) -> Self:
        if not self.flow_short < self.flow_middle < self.flow_long:
            raise ValueError(
                f"flow_short {self.flow_short}, flow_middle {self.flow_middle} and flow_long "
                f"{self.flow_long} must rise in this order"
            )
        return self


WITNESS_TEXT = re.compile(rf"({'|'.join(Role)})( -?[0-9]{{1,9}}(\.[0-9]{{1,6}})?)?")


def _witness_text(text: str) -> str:
    if WITNESS_TEXT.fullmatch(text) is None:
        raise ValueError(
            f"{text!r} says not what the reading may do: write inform, confirm or block, and "
            "behind it, where it should be another than the default, from which value on, "
            "e.g. confirm 0.2"
        )
    return text


def _witness_field(one: Statement) -> tuple[object, object]:
    bound = "at least" if one.sense is Sense.AT_LEAST else "at most"
    meaning = f"{one.meaning[0].upper()}{one.meaning[1:]}; {bound}, {one.unit or 'from -1 to 1'}."
    kind = Annotated[str, AfterValidator(_witness_text), Field(description=meaning)]
    return kind, f"{Role.INFORM} {one.threshold:g}"


if TYPE_CHECKING:
    Witnesses = Section
else:
    Witnesses = create_model(
        "Witnesses",
        __base__=Section,
        __doc__="What each reading may do: inform, confirm or block, and from which value on.",
        **{one.name: _witness_field(one) for one in STATEMENTS.values()},
    )


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
    max_drift_ticks: Annotated[int, Field(ge=0, le=1_000)] = 3
    """A confirmation is refused when the best price moved away by more ticks than this."""
    max_from_last: Percent = Decimal("1.00")
    """Farthest a limit price may be from the last price, percent of it."""
    max_beyond_range: Percent = Decimal("0.50")
    """Farthest a limit price may lie outside the day's range, percent of the range's edge."""
    min_depth: Annotated[Decimal, Field(ge=0, le=1_000, decimal_places=2)] = Decimal(2)
    """Least five-level quantity of either side, in multiples of the entry's quantity."""


class Protection(Section):
    """Stop and target."""

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


class Sizing(Section):
    """How large an entry is (TEST: one lot, whatever stands here)."""

    capital: Percent = Decimal(10)
    """Notional of one entry, percent of the funds the broker reports."""
    max_notional: Rupees = Decimal(500_000)
    """Largest notional of one entry, rupees."""
    max_quantity: Annotated[int, Field(ge=1, le=10_000_000)] = 50_000
    """Largest quantity of one entry, shares."""


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

    @model_validator(mode="after")
    def _entries_find_room(self) -> Self:
        if self.exit_reserve >= self.orders_per_second:
            raise ValueError(
                f"exit_reserve {self.exit_reserve} must be below orders_per_second "
                f"{self.orders_per_second}, or no entry ever leaves"
            )
        return self


class Lists(Section):
    """Stocks that may be entered at all. Exits ask nobody."""

    allow: tuple[str, ...] = ()
    """Only these symbols are entered; empty means every stock of the universe."""
    deny: tuple[str, ...] = ()
    """These symbols are never entered, whatever `allow` says."""


class Operator(Section):
    """Arming, staging, keys."""

    arm: Seconds = Decimal(300)
    """How long arming lasts, seconds."""
    stage: Seconds = Decimal(8)
    """How long a staged entry stays on the strip, seconds."""
    key_age: Seconds = Decimal("0.25")
    """A risk-increasing key older than this is refused, seconds."""
    on_ui_lost: Literal["keep_managing", "pause_entries", "flatten"] = "pause_entries"
    """When the terminal closes or its output stalls: go on, pause entries until a person resumes,
    or close every position and take only exits until a person resets. Stops rest in any case."""


class Polls(Section):
    """How often the broker is asked while nothing else happens."""

    orders: Seconds = Decimal(3)
    """Seconds between two order books while an order is live."""
    holdings: Seconds = Decimal(15)
    """Seconds between two comparisons of what is held."""
    funds: Seconds = Decimal(60)
    """Seconds between two looks at the funds."""


class Emergency(Section):
    """What happens by itself when something breaks. Policies, each doing more than the last:
    say (an alarm), pause (entries pause until a person resumes), reduce (resting entries are
    taken back, exits only until a person resets), flatten (positions are closed as soon as the
    broker can be reached; stops rest till then), kill (the kill latch)."""

    feed_lost: Seconds = Decimal(30)
    """Market data not live for this many seconds while the market trades is lost."""
    path_lost: Seconds = Decimal(15)
    """A broker that answers nothing for this many seconds while the market trades is lost."""
    clock_skew: Seconds = Decimal(3)
    """Farthest the exchange's or the machine's clock may be from the engine's, seconds."""
    errors: Annotated[int, Field(ge=1, le=1_000)] = 3
    """Internal errors that halt trading and are an emergency."""
    on_errors: PolicyName = "reduce"
    """Policy after so many internal errors."""
    on_feed_lost: PolicyName = "pause"
    """Policy when market data is lost."""
    on_session_refused: PolicyName = "reduce"
    """Policy when the broker refuses the session: token expired or replaced."""
    on_path_lost: PolicyName = "pause"
    """Policy when the broker cannot be reached for orders."""
    on_clock_skew: PolicyName = "pause"
    """Policy when a clock is wrong."""

    def rules(self, ui_lost: Policy) -> core.EmergencyRules:
        """These settings as the engine takes them, and the policy for a lost screen."""
        return core.EmergencyRules(
            feed_lost_ns=_ns(self.feed_lost),
            path_lost_ns=_ns(self.path_lost),
            clock_skew_ns=_ns(self.clock_skew),
            system_errors=Policy(self.on_errors),
            feed_lost=Policy(self.on_feed_lost),
            session_refused=Policy(self.on_session_refused),
            path_lost=Policy(self.on_path_lost),
            clock_skew=Policy(self.on_clock_skew),
            ui_lost=ui_lost,
        )


class Session(Section):
    """When entries are allowed."""

    windows: tuple[str, ...] = ()
    """Parts of the day in which entries are allowed, venue time, e.g. 09:30-11:00."""
    square_off: Annotated[Decimal, Field(gt=0, le=120)] = Decimal(7)
    """Minutes before the end of continuous trading at which positions begin to be closed."""
    trust_unconfirmed: bool = False
    """Whether to enter in a session whose published hours nobody confirmed (Muhurat)."""
    ordinary: tuple[str, ...] = ()
    """Stocks known to be outside the closing auction, which trade until 15:30 and not 15:15."""

    @field_validator("windows")
    @classmethod
    def _each_a_span(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            clock_span(text)
        return value

    def rules(self) -> SessionRules:
        """These settings as the calendar takes them."""
        return SessionRules(
            square_off_lead=int(self.square_off * 60) * NS,
            windows=tuple(clock_span(text) for text in self.windows),
            trust_unconfirmed=self.trust_unconfirmed,
            ordinary=frozenset(self.ordinary),
        )


class Journal(Section):
    """The record of every run, in `state_dir`."""

    sync: Literal["group", "strict"] = "group"
    """group: synced to disk fifty times a second. strict: synced before every order leaves."""
    pack_days: Annotated[int, Field(ge=1, le=36_500)] = 30
    """A verified journal is compressed after so many days, at a start."""
    keep_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    """A verified journal is removed after so many days; 0: never. Brokers must keep 5 years."""


class Sim(Section):
    """The embedded simulated exchange."""

    seed: Annotated[int, Field(ge=0, lt=1 << 63)] = 1
    """Seed of the order flow; the same seed gives the same market."""
    instruments: Annotated[int, Field(ge=1, le=3_000)] = 50
    """How many stocks of the instrument master trade."""
    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$")] = "09:20"
    """Market time at which the simulation starts, venue time."""
    cash: Rupees = Decimal(1_000_000)
    """Opening cash of the simulated account, rupees."""
    speed: Annotated[Decimal, Field(gt=0, le=1_000)] = Decimal(1)
    """Market seconds in a real second."""


class Kite(Section):
    """Zerodha Kite Connect. Credentials are better given in the environment."""

    api_key: SecretStr = SecretStr("")
    """Key of the Kite Connect app."""
    api_secret: SecretStr = SecretStr("")
    """Its secret; only `scalper-tui login` needs it."""
    access_token: SecretStr = SecretStr("")
    """Today's token; empty means the one `scalper-tui login` stored."""
    http_root: str = "https://api.kite.trade"
    """Address of the REST interface."""
    ws_root: str = "wss://ws.kite.trade"
    """Address of the market data socket."""
    algo_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    """Number the exchange gave the algorithm, sent with every new order; empty: none."""
    symbols: tuple[str, ...] = ()
    """Stocks to watch; empty means the liquid universe the package ships."""

    @field_validator("http_root", "ws_root")
    @classmethod
    def _usable(cls, root: str, info: ValidationInfo) -> str:
        KiteAccess(api_key="", access_token="", **{str(info.field_name): root})
        return root


class Feed(Section):
    """How much of the broker's room for market data is used, and for which stocks."""

    universe: Literal["liquid", "all"] = "liquid"
    """Stocks to watch where kite.symbols names none: the shipped liquid ones, or all listed."""
    most: Annotated[int, Field(ge=1, le=20_000)] = 9_000
    """Of those, how many at most; what the sockets cannot carry at once takes turns."""
    sockets: Annotated[int, Field(ge=1, le=3)] = 3
    """Connections to use; the broker grants three."""
    socket_cap: Annotated[int, Field(ge=1, le=3_000)] = 3_000
    """Stocks one connection carries; the broker allows 3,000."""
    depth: Annotated[int, Field(ge=20, le=9_000)] = 9_000
    """Stocks in full depth at one time; the others send quotes, and have depth in turns."""
    best: Annotated[int, Field(ge=0, le=200)] = 10
    """So many of the best ranked stocks always have full depth."""
    visit: Annotated[Decimal, Field(ge=1, le=600)] = Decimal(5)
    """How long a stock whose turn it is has depth, seconds."""
    round: Seconds = Decimal(300)
    """Within this time every stock has its turn, where there is room, seconds."""
    dwell: Seconds = Decimal(30)
    """A stock that got depth by merit keeps it this long; one that lost it waits, seconds."""
    margin: Annotated[int, Field(ge=0, le=1_000)] = 20
    """By how much a challenger must be better than a stock that has depth, percent."""


class Alerts(Section):
    """Alarms that leave the terminal."""

    command: SecretStr = SecretStr("")
    """Program run on every alarm, its text as last argument and on its input. Never printed."""

    @field_validator("command")
    @classmethod
    def _words(cls, value: SecretStr) -> SecretStr:
        shlex.split(value.get_secret_value())
        return value


class Deadman(Section):
    """The watchdog: a process that acts when the console's dies with something open."""

    on: bool = False
    """Whether the console starts one; by hand it is `scalper-tui watchdog`."""
    after: Annotated[Decimal, Field(ge=3, le=3_600)] = Decimal(10)
    """How long the heartbeat may stand still before the run counts as lost, seconds."""
    policy: Literal["alarm", "cancel_entries", "flatten"] = "alarm"
    """alarm: only tell. cancel_entries: entries go, stops are seen to. flatten: close all, too."""


class Console(Section):
    """What the screen looks like."""

    theme: str = "sky-orange"
    """Name of a theme: one of those shipped, or of a file in `themes` of the state directory."""
    keymap: str = "default"
    """A preset (default, kite, vim) or the path of a keymap file."""
    refresh: Annotated[int, Field(ge=1, le=30)] = 10
    """Redraws a second."""


class Settings(BaseSettings):
    """All of it."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    mode: Literal["sim", "test", "live"] = "sim"
    """sim: simulated exchange. test: one share a trade. live: a share of the capital."""
    broker: Literal["sim", "kite"] = "sim"
    """Where orders go. The modes sim and replay never use anything but sim."""
    state_dir: Path = Path("~/.local/state/tui-scalper")
    """Journals, recordings, tokens."""
    signals: Signals = Signals()
    readings: Readings = Readings()
    witnesses: Witnesses = Witnesses()
    entry: Entry = Entry()
    protection: Protection = Protection()
    sizing: Sizing = Sizing()
    risk: Risk = Risk()
    lists: Lists = Lists()
    operator: Operator = Operator()
    polls: Polls = Polls()
    emergency: Emergency = Emergency()
    session: Session = Session()
    journal: Journal = Journal()
    sim: Sim = Sim()
    kite: Kite = Kite()
    feed: Feed = Feed()
    alerts: Alerts = Alerts()
    deadman: Deadman = Deadman()
    console: Console = Console()
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Sources are merged by `load_settings`, so that each value knows where it stood."""
        return (init_settings,)

    @property
    def state(self) -> Path:
        """The state directory, home expanded."""
        return self.state_dir.expanduser()

    def in_force(self) -> tuple[SettingLine, ...]:
        """Every setting as it would be written, and where it stood; of a secret, whether it is."""
        lines = []
        for key, value in _leaves(self):
            lines.append(SettingLine(key, _written(value), self._origins.get(key, "default")))
        return tuple(lines)

    def _witness_rules(self) -> tuple[WitnessRule, ...]:
        given = self.witnesses.model_dump()
        return tuple(_witness_rule(given[one.name], one) for one in STATEMENTS.values())

    def environment(self) -> dict[str, str]:
        """Environment variables that give another process these settings, secrets included."""
        found = {}
        for key, value in _leaves(self):
            text = value.get_secret_value() if isinstance(value, SecretStr) else _written(value)
            found[f"{ENV_PREFIX}{key.upper().replace('.', '__')}"] = text
        return found

    def engine_config(self, mode: Mode, run_id: str) -> core.EngineConfig:
        """The engine's numbers, in its integer units."""
        return core.EngineConfig(
            mode=mode,
            run_id=run_id,
            signals=core.SignalRules(
                pressure_low_bp=_bp(self.signals.pressure_low),
                pressure_high_bp=_bp(self.signals.pressure_high),
                depth_ratio_pct=int(self.signals.depth_ratio * 100),
                max_spread_bp=_bp(self.signals.max_spread),
                max_lag_ns=_ns(self.signals.max_age),
                spike_bp=_bp(self.signals.spike),
                spike_span_ns=_ns(self.signals.spike_span),
                spike_rest_ns=_ns(self.signals.spike_rest),
                witnesses=self._witness_rules(),
                confirmations=self.signals.confirmations,
                regime_pct=int(self.signals.regime_share),
                regime_least=self.signals.regime_least,
                lead_ppm=int(self.signals.lead_margin * 10_000),
                lead_ns=_ns(self.signals.lead_time),
            ),
            readings=core.ReadingRules(
                flow_rule=self.readings.flow_rule,
                flow_ns=(
                    _ns(self.readings.flow_short),
                    _ns(self.readings.flow_middle),
                    _ns(self.readings.flow_long),
                ),
                trend_ns=_ns(self.readings.trend),
                slow_ns=_ns(self.readings.slow),
                depth_decay=float(self.readings.depth_decay),
                cost_notional=_paise(self.readings.cost_notional),
                still_ticks=self.readings.still_ticks,
            ),
            entry=core.EntryRules(
                collar_bp=_bp(self.entry.collar),
                max_slippage_bp=_bp(self.entry.max_slippage),
                remainder=self.entry.remainder,
                remainder_ns=_ns(self.entry.remainder_after),
                chases=self.entry.chases,
                max_drift_ticks=self.entry.max_drift_ticks,
                max_from_last_bp=_bp(self.entry.max_from_last),
                max_beyond_range_bp=_bp(self.entry.max_beyond_range),
                min_depth_pct=int(self.entry.min_depth * 100),
            ),
            protection=core.ProtectionRules(
                stop_bp=_bp(self.protection.stop),
                target_bp=_bp(self.protection.target),
                stop_gap_bp=_bp(self.protection.stop_gap),
                stop_retries=self.protection.stop_retries,
                exit_collar_bp=_bp(self.protection.exit_collar),
                trail_bp=_bp(self.protection.trail),
                time_exit_ns=_ns(self.protection.time_exit),
            ),
            sizing=core.SizingRules(
                capital_bp=_bp(self.sizing.capital),
                max_notional=_paise(self.sizing.max_notional),
                max_quantity=self.sizing.max_quantity,
            ),
            risk=core.RiskLimits(
                daily_trades=self.risk.daily_trades,
                daily_orders=self.risk.daily_orders,
                auto_entries=self.risk.auto_entries,
                duplicate_ns=_ns(self.risk.duplicate),
                max_positions=self.risk.max_positions,
                max_open_orders=self.risk.max_open_orders,
                max_stock_notional=_paise(self.risk.max_stock),
                max_gross_notional=_paise(self.risk.max_gross),
                daily_loss=_paise(self.risk.daily_loss),
                drawdown=_paise(self.risk.drawdown),
                loss_streak=self.risk.loss_streak,
                engine_errors=self.emergency.errors,
                orders_per_second=self.risk.orders_per_second,
                exit_reserve=self.risk.exit_reserve,
                orders_per_minute=self.risk.orders_per_minute,
                orders_per_day=self.risk.orders_per_day,
                otr_alarm=self.risk.otr_alarm,
                cooldown_ns=_ns(self.risk.cooldown),
            ),
            lists=core.ListRules(
                allow=frozenset(self.lists.allow), deny=frozenset(self.lists.deny)
            ),
            operator=core.OperatorRules(
                arm_ns=_ns(self.operator.arm),
                stage_ns=_ns(self.operator.stage),
                key_age_ns=_ns(self.operator.key_age),
            ),
            attention=core.AttentionRules(
                sockets=self.feed.sockets,
                socket_cap=self.feed.socket_cap,
                depth=self.feed.depth,
                best=self.feed.best,
                visit_ns=_ns(self.feed.visit),
                round_ns=_ns(self.feed.round),
                dwell_ns=_ns(self.feed.dwell),
                margin_pct=self.feed.margin,
            ),
            polls=core.PollRules(
                orders_ns=_ns(self.polls.orders),
                holdings_ns=_ns(self.polls.holdings),
                funds_ns=_ns(self.polls.funds),
            ),
            emergency=self.emergency.rules(UI_LOST[self.operator.on_ui_lost]),
        )


def _leaves(settings: Settings) -> Iterator[tuple[str, object]]:
    """Dotted key and value of every setting."""
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if not isinstance(value, Section):
            yield name, value
            continue
        for inner in type(value).model_fields:
            yield f"{name}.{inner}", getattr(value, inner)


def _written(value: object) -> str:
    """A value in the one form in which equal values are equal texts."""
    match value:
        case SecretStr():
            return "(given)" if value.get_secret_value() else ""
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{value.normalize():f}"
        case tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _witness_rule(text: str, one: Statement) -> WitnessRule:
    role, _, threshold = text.partition(" ")
    return WitnessRule(Role(role), float(threshold) if threshold else one.threshold)


def _bp(percent: Decimal) -> int:
    return int(percent * 100)


def _ns(seconds: Decimal) -> int:
    return int(seconds * 1_000) * MS if seconds < 10**6 else int(seconds) * NS


def _paise(rupees: Decimal) -> int:
    return int(rupees * 100)


def load_settings(
    file: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from file, environment and command line, the later beating the earlier.

    `overrides` maps dotted keys to texts, e.g. ``{"risk.daily_trades": "5"}``. Raises
    SettingsError naming the key, its value, where it stands and what is allowed.
    """
    environment = os.environ if environment is None else environment
    named = environment.get(ENV_FILE)
    file = file or (Path(named) if named else None)
    origins: dict[str, str] = {}
    values: dict[str, Any] = {}
    if file is not None:
        _merge(values, _read_toml(file), origins, str(file))
    for name, text in sorted(environment.items()):
        if name.startswith(ENV_PREFIX) and name != ENV_FILE:
            path = name.removeprefix(ENV_PREFIX).lower().split("__")
            _put(values, path, text, origins, f"environment variable {name}")
    for dotted, text in (overrides or {}).items():
        _put(values, dotted.split("."), text, origins, "the command line")
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError(_explain(error, origins)) from None
    settings._origins.update(origins)
    return settings


def made_state(settings: Settings) -> Path:
    """The state directory, made when it is not there yet.

    Raises SettingsError naming it when this user cannot write there.
    """
    state = settings.state
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"cannot make the state directory {state}: {error.strerror}; "
            "set state_dir to a directory this user may write"
        ) from None
    if not os.access(state, os.W_OK | os.X_OK):
        raise SettingsError(
            f"cannot write in the state directory {state}; "
            "set state_dir to a directory this user may write"
        )
    return state


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read settings file {file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {file} is not valid TOML: {error}") from None


def _merge(into: dict[str, Any], new: dict[str, Any], origins: dict[str, str], at: str) -> None:
    for key, value in new.items():
        if isinstance(value, dict):
            for inner, leaf in value.items():
                _put(into, [key, inner], leaf, origins, at)
        else:
            _put(into, [key], value, origins, at)


def _put(
    into: dict[str, Any], path: list[str], value: object, origins: dict[str, str], at: str
) -> None:
    origins[".".join(path)] = at
    for key in path[:-1]:
        inner = into.setdefault(key, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{'.'.join(path)} in {at}: {key} is no section")
        into = inner
    into[path[-1]] = _parsed(path, value)


def _parsed(path: list[str], value: object) -> object:
    """A list setting given as text is comma-separated; numbers in files become exact."""
    if tuple(path) in LISTS and isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return Decimal(str(value)) if isinstance(value, float) else value


def _explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    lines = []
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        at = origins.get(key) or next(
            (place for known, place in origins.items() if known.startswith(f"{key}.")), "defaults"
        )
        if item["type"] == "extra_forbidden":
            lines.append(f"unknown setting {key!r} in {at}{_nearest(key)}")
            continue
        if item["type"] == "value_error":
            lines.append(f"setting {key} in {at}: {item['ctx']['error']}")
            continue
        shown = "(hidden)" if key.split(".")[0] == "kite" else repr(item["input"])
        lines.append(f"setting {key} = {shown} in {at}: {item['msg']}{_meaning(key)}")
    return "; ".join(lines)


def _known_keys() -> dict[str, str]:
    keys: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            for inner, leaf in section.model_fields.items():
                keys[f"{name}.{inner}"] = leaf.description or ""
        else:
            keys[name] = field.description or ""
    return keys


def _nearest(key: str) -> str:
    known = _known_keys()
    names = known if "." in key else [*known, *dict.fromkeys(one.split(".")[0] for one in known)]
    close = get_close_matches(key, names, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def _meaning(key: str) -> str:
    text = _known_keys().get(key, "")
    return f" ({text.splitlines()[0]})" if text else ""
