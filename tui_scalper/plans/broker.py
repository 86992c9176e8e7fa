"""A run at the Kite broker: PAPER, TEST or LIVE, with the token and the address it goes by."""

from __future__ import annotations

import shlex
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.brokers.kite.address import address_text, way_out
from tui_scalper.brokers.kite.login import load_token
from tui_scalper.brokers.port import BrokerError
from tui_scalper.calendars import load_calendar
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.tags import run_id
from tui_scalper.core.venues import DAY, NSE
from tui_scalper.manifest import manifest_of
from tui_scalper.paper import PaperAccount
from tui_scalper.plans.plan import Plan, day_of, keep_of
from tui_scalper.plans.sim import session_of
from tui_scalper.plans.watched import Watched
from tui_scalper.runtime.clocks import WallClock
from tui_scalper.runtime.journal import Sync
from tui_scalper.runtime.saved_exchange import load_sim
from tui_scalper.settings import Settings, SettingsError
from tui_scalper.stock_lists import load_lists

BROKER_MODES = {"paper": Mode.PAPER, "test": Mode.TEST, "live": Mode.LIVE}
"""Modes of a run on a broker's market data, by their name in the settings."""


def broker_plan(settings: Settings, record: Path | None = None) -> Plan:
    """A run at the Kite broker: PAPER, TEST or LIVE."""
    kite = settings.kite
    key = kite.api_key.get_secret_value()
    if not key:
        raise SettingsError(
            "kite.api_key is not set: export SCALPER_KITE__API_KEY, or use broker = sim"
        )
    token = kite.access_token.get_secret_value() or _stored_token(settings, key)
    clock = WallClock()
    mode = BROKER_MODES[settings.mode]
    paper = paper_account(settings, clock.now()) if mode is Mode.PAPER else None
    session = f"-{paper.session}" if paper is not None else ""
    return Plan(
        mode=mode,
        config=settings.engine_config(mode, run_id(mode, time.time_ns())),
        clock=clock,
        paper=paper,
        access=lambda: KiteAccess(
            api_key=key, access_token=token, http_root=kite.http_root, ws_root=kite.ws_root
        ),
        exchange=None,
        universe=None,
        calendar=load_calendar(rules=settings.session.rules()),
        journal=f"{mode.lower()}-{day_of(clock.now(), NSE)}{session}.journal",
        manifest=manifest_of(settings, mode, clock.speed),
        watched=Watched(kite.symbols, settings.feed.universe == "all", settings.feed.most),
        algo_id=kite.algo_id,
        logout=kite.logout,
        address=partial(broker_address, kite.address, kite.http_root),
        record=record,
        sync=Sync(settings.journal.sync),
        keep=keep_of(settings),
        lists=load_lists(settings.lists.industries, settings.lists.restricted),
        alert=tuple(shlex.split(settings.alerts.command.get_secret_value())),
    )


def paper_account(settings: Settings, now_ns: int) -> PaperAccount:
    """A fresh paper account, or the one a run of today ended with while something was open."""
    path = settings.state / "paper.msgpack"
    saved = load_sim(path)
    if saved is not None and NSE.midnight(saved.at_ns) != NSE.midnight(now_ns):
        saved = None
    session, resumes = session_of(saved)
    return PaperAccount(path, session, resumes, int(settings.sim.cash * 100), saved)


def broker_address(registered: str, http_root: str) -> str:
    """What is to be said of the address orders leave by; empty when all is well or unasked."""
    host = urlsplit(http_root).hostname
    return address_text(registered, way_out(host or "")) if registered else ""


def _stored_token(settings: Settings, key: str) -> str:
    saved = load_token(settings.state)
    if saved.api_key != key:
        raise BrokerError("the stored token belongs to another api_key: run scalper-tui login")
    age_days = (time.time_ns() - saved.made_ns) // DAY
    if age_days > 0:
        raise BrokerError("the stored token is of another day: run scalper-tui login")
    return saved.access_token
