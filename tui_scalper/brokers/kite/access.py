"""Who we are to the broker and where it listens; secrets never show in a printed form."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

LIVE_HTTP: Final = "https://api.kite.trade"
LIVE_WS: Final = "wss://ws.kite.trade"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

_ENCRYPTED: Final = {"http": "https", "ws": "wss"}
_HIDDEN: Final = "***"
_SECRET: Final = re.compile(r"(?<=//).*@|^(?!.*//).*@|(?<=[?#]).+", re.DOTALL)
_ODD: Final = re.compile(r"[@\\?#\s]")
"""Characters that different address parsers take differently."""


def shown(root: str) -> str:
    """`root` as it may be printed: a name, a password or a query in it is a secret."""
    return _SECRET.sub(_HIDDEN, root)


def _parts(root: str) -> tuple[str, str]:
    """Scheme and host of an address; empty where it has none or its port is no port."""
    try:
        parts = urlsplit(root)
        return ("", "") if parts.port == 0 else (parts.scheme, parts.hostname or "")
    except ValueError:
        return "", ""


def _host(root: str, plain: str) -> str:
    """Host of the address `root`, whose scheme is `plain` (loopback only) or its TLS twin."""
    encrypted = _ENCRYPTED[plain]
    scheme, host = _parts(root)
    if scheme not in (plain, encrypted) or not host or _ODD.search(root):
        raise ValueError(
            f"broker address {shown(root)!r} is not usable: write it as {encrypted}://host[:port][/path]"
        )
    if scheme == plain and host not in LOOPBACK:
        raise ValueError(
            f"broker address {shown(root)!r} would send the access token unencrypted: "
            f"use {encrypted}:// (plain {plain}:// is for this machine only)"
        )
    return host


class KiteAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Credentials of one day and the two addresses they are for.

    Raises ValueError for an address that is malformed, or unencrypted and not loopback.
    """

    api_key: str
    access_token: str
    http_root: str = LIVE_HTTP
    ws_root: str = LIVE_WS

    def __post_init__(self) -> None:
        self.hosts()

    def hosts(self) -> tuple[str, str]:
        """Hosts of the REST and of the WebSocket address."""
        return _host(self.http_root, "http"), _host(self.ws_root, "ws")

    def http_headers(self) -> dict[str, str]:
        """Headers every REST request carries; no credentials before the login."""
        version = {"X-Kite-Version": "3"}
        if not self.access_token:
            return version
        return version | {"Authorization": f"token {self.api_key}:{self.access_token}"}

    def socket_address(self) -> str:
        """WebSocket address with the credentials in it; never print it."""
        query = urlencode({"api_key": self.api_key, "access_token": self.access_token})
        slash = "" if urlsplit(self.ws_root).path else "/"
        return f"{self.ws_root}{slash}?{query}"

    def redact(self, text: str) -> str:
        """`text` without the access token, should someone have quoted it."""
        return text.replace(self.access_token, _HIDDEN) if self.access_token else text

    def __repr__(self) -> str:
        return f"{type(self).__name__}(http_root={self.http_root!r}, ws_root={self.ws_root!r})"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        """What tracebacks and inspectors show: the addresses only."""
        return [("http_root", self.http_root), ("ws_root", self.ws_root)]


class LoopbackAccess(KiteAccess, frozen=True, kw_only=True):
    """Access to a broker on this machine and nowhere else.

    Simulation and replay take this type, so they cannot be pointed at a live broker.
    Raises ValueError when either address leaves the machine.
    """

    def __post_init__(self) -> None:
        for root, host in zip((self.http_root, self.ws_root), self.hosts(), strict=True):
            if host not in LOOPBACK:
                raise ValueError(
                    f"broker address {root!r} leaves this machine: simulation and replay "
                    "talk to 127.0.0.1, ::1 or localhost only"
                )


def loopback_only(access: KiteAccess) -> LoopbackAccess:
    """The same access as a LoopbackAccess; ValueError when an address leaves this machine."""
    return LoopbackAccess(
        api_key=access.api_key,
        access_token=access.access_token,
        http_root=access.http_root,
        ws_root=access.ws_root,
    )
