"""Settings of what surrounds the engine: journal, exchange, broker, feed, alerts, screen."""

from __future__ import annotations

import shlex
from decimal import Decimal
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.core import config as core
from tui_scalper.settings.section import Rupees, Seconds, Section, ns


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
    logout: bool = False
    """Whether the broker's session is ended with the console, when the trading day is over and
    nothing is open: every program that uses the same token needs a new login then."""
    address: str = ""
    """The static address registered at the broker, which takes orders from no other; a start
    says when this machine goes out by another one. Empty: not looked at."""
    symbols: tuple[str, ...] = ()
    """Stocks to watch; empty means the liquid universe the package ships."""

    @field_validator("address")
    @classmethod
    def _an_address(cls, text: str) -> str:
        return str(ip_address(text)) if text else ""

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
    """So many of the best ranked stocks always have full depth, at most half of `depth`."""
    visit: Annotated[Decimal, Field(ge=1, le=600)] = Decimal(5)
    """How long a stock whose turn it is has depth, seconds."""
    round: Seconds = Decimal(300)
    """Within this time every stock has its turn, where there is room, seconds."""
    dwell: Seconds = Decimal(30)
    """A stock that got depth by merit keeps it this long; one that lost it waits, seconds."""
    limits: Annotated[Decimal, Field(ge=0, le=3_600)] = Decimal(60)
    """Seconds between two looks at the circuit limits of what is held, staged or leads; of all
    the others every hour, 500 a second at the start. 0: they are never asked for."""
    margin: Annotated[int, Field(ge=0, le=1_000)] = 20
    """By how much a challenger must be better than a stock that has depth, percent."""

    def rules(self) -> core.AttentionRules:
        """These settings as the engine takes them."""
        return core.AttentionRules(
            sockets=self.sockets,
            socket_cap=self.socket_cap,
            depth=self.depth,
            best=self.best,
            visit_ns=ns(self.visit),
            round_ns=ns(self.round),
            dwell_ns=ns(self.dwell),
            margin_pct=self.margin,
            limits_ns=ns(self.limits),
        )


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
    """A preset (default, kite, vim, astras-scalper) or the path of a keymap file."""
    refresh: Annotated[int, Field(ge=1, le=30)] = 10
    """Redraws a second."""
    ladder_columns: Literal["plain", "sum", "change"] = "plain"
    """What stands beside the prices of a ladder at the start: quantity and orders, sums from the
    touch, or changes."""
    ladder_lines: Literal["levels", "ticks"] = "levels"
    """The lines of a ladder at the start: the five levels of a side, or every tick."""
    profit_in: Literal["money", "ticks", "percent"] = "money"
    """The unit of profit and of distances at the start."""
    outside_tmux: Literal["ask", "refuse", "allow"] = "ask"
    """What arming LIVE meets outside tmux and screen, where a stalled link freezes the keys."""
    disarm_round_trip: Annotated[Decimal, Field(ge=Decimal("0.05"), le=60)] = Decimal("0.25")
    """Disarm when the way to the terminal and back takes so long three times running, seconds."""
    disarm_on_blur: bool = True
    """Disarm when the terminal loses the keyboard; auto goes on."""
    lost_after: Annotated[Decimal, Field(ge=1, le=3_600)] = Decimal(5)
    """Output nobody takes for so long: the screen is lost (operator.on_ui_lost), seconds."""
    escape_wait: Annotated[Decimal, Field(ge=Decimal("0.01"), le=1)] = Decimal("0.03")
    """An Esc that no byte follows for so long is the key, not the begin of a longer one, seconds.
    More where a link cuts keys into pieces that come so far apart."""
    glyphs: Literal["auto", "unicode", "ascii"] = "auto"
    """Letters of the screen; auto draws in ASCII where the locale is not UTF-8."""
    sync: bool = True
    """Mark every update, so that the terminal shows it as one. tmux 3.7b and 3.7c send the whole
    pane again after each: say false there."""
