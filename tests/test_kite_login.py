"""The daily login and the file that keeps its token."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tui_scalper.brokers.kite.login import (
    SavedToken,
    checksum,
    exchange_request_token,
    load_token,
    login_url,
    request_token_in,
    save_token,
)
from tui_scalper.brokers.port import BrokerError

SECRET = "sh-very-secret"
TOKEN = SavedToken(api_key="key", access_token="s3cret", made_ns=17)


@asynccontextmanager
async def login_server(body: object, status: int = 200) -> AsyncIterator[tuple[str, list]]:
    asked: list = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append((request.path, dict(await request.post()), dict(request.headers)))
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_post("/session/token", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def exchange(http_root: str) -> str:
    return await exchange_request_token(
        api_key="key", api_secret=SECRET, request_token="rt", http_root=http_root
    )


def test_the_page_to_visit():
    assert login_url("a&b") == "https://kite.zerodha.com/connect/login?v=3&api_key=a%26b"


def test_the_checksum_is_the_documented_one():
    assert checksum("a", "b", "c") == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize(
    "pasted",
    [
        "Abc123",
        " Abc123\n",
        "https://example.org/back?action=login&request_token=Abc123&status=success",
        "request_token=Abc123&status=success",
    ],
)
def test_the_request_token_in_what_was_pasted(pasted):
    assert request_token_in(pasted) == "Abc123"


@pytest.mark.parametrize("pasted", ["", "https://example.org/", "request_token=", "a b"])
def test_no_request_token(pasted):
    with pytest.raises(BrokerError, match="paste the whole address"):
        request_token_in(pasted)


async def test_a_request_token_becomes_an_access_token():
    async with login_server({"status": "success", "data": {"access_token": "at"}}) as (root, asked):
        assert await exchange(root) == "at"
    (path, form, headers) = asked[0]
    assert path == "/session/token"
    assert form == {
        "api_key": "key",
        "request_token": "rt",
        "checksum": checksum("key", "rt", SECRET),
    }
    assert "Authorization" not in headers
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (
            {"status": "error", "message": "Token is invalid", "error_type": "TokenException"},
            403,
            r"Token is invalid \(TokenException\)",
        ),
        ({"status": "success", "data": {}}, 200, "unreadable answer"),
        ({}, 500, "HTTP 500"),
    ],
)
async def test_a_failed_login_says_what_to_do(body, status, words):
    async with login_server(body, status) as (root, _):
        with pytest.raises(BrokerError, match=words) as caught:
            await exchange(root)
    assert "scalper-tui login" in str(caught.value)
    assert SECRET not in str(caught.value)


async def test_a_login_with_nobody_there():
    with pytest.raises(BrokerError, match="cannot reach the broker"):
        await exchange("http://127.0.0.1:1")


def test_the_token_is_kept_for_the_owner_alone(tmp_path):
    path = save_token(tmp_path / "new" / "dir", TOKEN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_token(tmp_path / "new" / "dir") == TOKEN
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_new_token_replaces_the_old(tmp_path):
    save_token(tmp_path, TOKEN).chmod(0o644)
    newer = SavedToken(api_key="key", access_token="newer", made_ns=18)
    path = save_token(tmp_path, newer)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_token(tmp_path) == newer


def test_no_token_yet(tmp_path):
    with pytest.raises(BrokerError, match=r"no access token in .*scalper-tui login"):
        load_token(tmp_path)


def test_a_token_others_can_read_is_refused(tmp_path):
    save_token(tmp_path, TOKEN).chmod(0o640)
    with pytest.raises(BrokerError, match="can be read by others"):
        load_token(tmp_path)


def test_a_damaged_token_file_does_not_show_its_content(tmp_path):
    path = save_token(tmp_path, TOKEN)
    path.write_bytes(b'{"access_token": "s3cret"')
    with pytest.raises(BrokerError, match="is damaged") as caught:
        load_token(tmp_path)
    assert "s3cret" not in str(caught.value)


def test_a_place_that_cannot_be_written(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(BrokerError, match="cannot be kept"):
        save_token(blocked, TOKEN)


def test_a_saved_token_does_not_show_itself():
    assert "s3cret" not in repr(TOKEN)
    assert "key" not in repr(TOKEN)
