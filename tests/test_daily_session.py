"""The broker's session of a day: ended when the day is done, kept while it is needed."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from live_run import LiveRun, live_run
from test_live_loop import enter

from tui_scalper.brokers.kite.access import LoopbackAccess
from tui_scalper.brokers.kite.address import address_text, way_out
from tui_scalper.brokers.kite.login import (
    TOKEN_FILE,
    SavedToken,
    forget_token,
    load_token,
    log_out,
    save_token,
)
from tui_scalper.brokers.port import BrokerError
from tui_scalper.core.journalled import Note
from tui_scalper.plans import Plan
from tui_scalper.plans.broker import broker_address
from tui_scalper.runtime.journal_file import scan
from tui_scalper.runtime.journals import folder_of
from tui_scalper.settings import SettingsError, load_settings

REGISTERED = "203.0.113.7"
LATE = {"sim__start": "15:14:00", "sim__speed": "12"}
"""A market that closes some seconds after the start."""
TOKEN = SavedToken(api_key="demo", access_token="demo", made_ns=1)


def leaving(plan: Plan) -> Plan:
    return dataclasses.replace(plan, logout=True)


def notes(live: LiveRun, state: Path) -> list[str]:
    records = scan(folder_of(state) / live.run.plan.journal).records
    return [record.body.text for record in records if isinstance(record.body, Note)]


def test_the_session_ends_with_the_console_when_the_day_is_done(tmp_path):
    save_token(tmp_path, TOKEN)
    with live_run(tmp_path, leaving, **LATE) as live:
        live.wait(lambda _: live.run.worker.session.loop.day_over, "the end of the day")
    assert "logged out at the broker" in notes(live, tmp_path)
    assert not (tmp_path / TOKEN_FILE).exists(), "a token that is worth nothing is not kept"


@pytest.mark.parametrize("logout", [True, False])
def test_a_session_that_is_still_needed_is_kept(tmp_path, logout):
    """The day goes on with a position open, or nobody asked for a logout."""
    start = {} if logout else LATE
    change = leaving if logout else (lambda plan: plan)
    save_token(tmp_path, TOKEN)
    with live_run(tmp_path, change, **start) as live:
        if logout:
            enter(live)
        else:
            live.wait(lambda _: live.run.worker.session.loop.day_over, "the end of the day")
    assert "logged out at the broker" not in notes(live, tmp_path)
    assert load_token(tmp_path) == TOKEN


@asynccontextmanager
async def a_broker(status: int) -> AsyncIterator[tuple[LoopbackAccess, list[dict[str, str]]]]:
    asked: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(dict(request.query))
        words = {"message": f"no: {request.query['access_token']}", "error_type": "TokenException"}
        return web.json_response(words if status != 200 else {"data": True}, status=status)

    app = web.Application()
    app.router.add_delete("/session/token", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    root = f"127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield (
            LoopbackAccess(
                api_key="key",
                access_token="s3cret",
                http_root=f"http://{root}",
                ws_root=f"ws://{root}",
            ),
            asked,
        )
    finally:
        await runner.cleanup()


async def test_a_logout_names_the_key_and_the_token_it_ends():
    async with a_broker(200) as (access, asked):
        await log_out(access)
    assert asked == [{"api_key": "key", "access_token": "s3cret"}]


async def test_a_refused_logout_says_so_and_quotes_no_secret():
    async with a_broker(403) as (access, _):
        with pytest.raises(BrokerError, match=r"was refused.*ends by itself") as caught:
            await log_out(access)
    assert "s3cret" not in str(caught.value)


async def test_a_broker_that_is_gone_cannot_be_logged_out_of():
    async with a_broker(200) as (access, _):
        pass
    with pytest.raises(BrokerError, match="failed: cannot reach the broker") as caught:
        await log_out(access)
    assert "s3cret" not in str(caught.value)


def test_the_token_of_another_login_is_kept(tmp_path):
    save_token(tmp_path, TOKEN)
    forget_token(tmp_path, "another")
    assert load_token(tmp_path) == TOKEN
    forget_token(tmp_path / "nowhere", "another")


# -- the static address --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "words"),
    [
        (REGISTERED, ""),
        ("", "no way to the broker"),
        ("192.168.1.20", "behind a router (192.168.1.20)"),
        ("8.8.8.8", "orders leave by 8.8.8.8, but kite.address says that 203.0.113.7"),
        ("2001:4860:4860::8888", "refuses orders from any other"),
    ],
)
def test_what_is_said_of_the_address_orders_leave_by(used, words):
    said = address_text(REGISTERED, used)
    assert words in said
    assert (said == "") == (words == "")


def test_the_way_out_to_this_machine_is_this_machine():
    assert way_out("127.0.0.1") == "127.0.0.1"
    assert way_out("no such host.invalid") == ""
    assert broker_address("127.0.0.1", "http://127.0.0.1:5010") == ""
    assert broker_address("", "https://api.kite.trade") == ""
    assert "behind a router" in broker_address(REGISTERED, "http://127.0.0.1:5010")


def test_an_address_that_is_none_is_refused():
    with pytest.raises(SettingsError, match=r"kite\.address"):
        load_settings(overrides={"kite.address": "my house"}, environment={})
