"""Addresses that may be used, and secrets that never show."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from tui_scalper.brokers.kite.access import KiteAccess, LoopbackAccess, loopback_only

KEY = "k3y"
TOKEN = "s3cret"
LOOPBACK = [
    ("http://127.0.0.1:8080", "ws://127.0.0.1:8080"),
    ("http://localhost:1/", "ws://localhost:1/ws"),
    ("http://[::1]:1", "ws://[::1]:1"),
    ("https://127.0.0.1", "wss://localhost"),
]
ELSEWHERE = [
    ("https://api.kite.trade", "wss://ws.kite.trade"),
    ("http://127.0.0.1", "wss://ws.kite.trade"),
    ("https://api.kite.trade", "ws://127.0.0.1"),
    ("https://127.0.0.1.kite.trade", "ws://127.0.0.1"),
    ("https://127.0.0.1@api.kite.trade", "ws://127.0.0.1"),
    ("http://localhost\\.kite.trade", "ws://127.0.0.1"),
    ("http://127.0.0.1#.kite.trade", "ws://127.0.0.1"),
    ("http://127.0.0.1?x", "ws://127.0.0.1"),
    ("http://0.0.0.0", "ws://127.0.0.1"),
    ("http://", "ws://127.0.0.1"),
    ("ftp://127.0.0.1", "ws://127.0.0.1"),
    ("http://127.0.0.1:99999", "ws://127.0.0.1"),
    ("http://127.0.0.1:0", "ws://127.0.0.1"),
    ("http://127.0.0.1:x", "ws://127.0.0.1"),
    ("http://[::1", "ws://127.0.0.1"),
    ("", ""),
]


def access(http_root: str, ws_root: str, kind: type[KiteAccess] = KiteAccess) -> KiteAccess:
    return kind(api_key=KEY, access_token=TOKEN, http_root=http_root, ws_root=ws_root)


@pytest.mark.parametrize(("http_root", "ws_root"), LOOPBACK)
def test_this_machine_is_loopback(http_root, ws_root):
    assert isinstance(loopback_only(access(http_root, ws_root)), LoopbackAccess)


@pytest.mark.parametrize(("http_root", "ws_root"), ELSEWHERE)
def test_nothing_else_is_loopback(http_root, ws_root):
    with pytest.raises(ValueError, match="broker address"):
        access(http_root, ws_root, LoopbackAccess)


def test_the_live_addresses_are_the_default_and_no_loopback():
    live = KiteAccess(api_key=KEY, access_token=TOKEN)
    with pytest.raises(ValueError, match="leaves this machine"):
        loopback_only(live)
    with pytest.raises(ValueError, match="leaves this machine"):
        LoopbackAccess(api_key=KEY, access_token=TOKEN)


def test_a_loopback_access_cannot_be_turned_round():
    local = access(*LOOPBACK[0], LoopbackAccess)
    with pytest.raises(ValueError, match="leaves this machine"):
        msgspec.structs.replace(local, http_root="https://api.kite.trade")
    with pytest.raises(AttributeError):
        local.http_root = "https://api.kite.trade"


@pytest.mark.parametrize(
    ("http_root", "ws_root"),
    [
        ("http://api.kite.trade", "wss://ws.kite.trade"),
        ("https://api.kite.trade", "ws://ws.kite.trade"),
    ],
)
def test_the_token_never_leaves_the_machine_unencrypted(http_root, ws_root):
    with pytest.raises(ValueError, match="unencrypted"):
        access(http_root, ws_root)


def test_secrets_do_not_show():
    live = KiteAccess(api_key=KEY, access_token=TOKEN)
    screen = io.StringIO()
    Console(file=screen).print(live)
    for shown in (repr(live), str(live), f"{live}", screen.getvalue()):
        assert KEY not in shown
        assert TOKEN not in shown
        assert "api.kite.trade" in shown
    assert live.redact(f"GET /?access_token={TOKEN} failed") == "GET /?access_token=*** failed"


@pytest.mark.parametrize(
    ("ws_root", "start"),
    [
        ("ws://127.0.0.1:9", "ws://127.0.0.1:9/?api_key="),
        ("ws://127.0.0.1:9/", "ws://127.0.0.1:9/?api_key="),
        ("ws://127.0.0.1:9/ws", "ws://127.0.0.1:9/ws?api_key="),
    ],
)
def test_the_socket_address_escapes_the_credentials(ws_root, start):
    odd = KiteAccess(api_key="a&b", access_token="c d", ws_root=ws_root)
    assert odd.socket_address() == f"{start}a%26b&access_token=c+d"


def test_no_credentials_are_sent_before_the_login():
    assert "Authorization" not in KiteAccess(api_key=KEY, access_token="").http_headers()
