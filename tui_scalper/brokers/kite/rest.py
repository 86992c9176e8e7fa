"""One HTTP session to Kite, and an answer as it came: status, error words, body."""

from __future__ import annotations

from typing import Final

import aiohttp
import msgspec
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

from tui_scalper.brokers.kite.access import KiteAccess
from tui_scalper.brokers.kite.words import one_line

LARGEST_ANSWER: Final = 32 << 20
"""Bytes; a day's 5,000 orders are about 5 MB, the instruments of NSE about 1 MB."""
_WARM_SECONDS: Final = 75.0
"""How long an idle connection is kept; the engine's polls come more often than that."""


_NO_SESSION: Final = "TokenException"


class ClosedError(Exception):
    """The gateway was closed before the request."""


class CutError(Exception):
    """The connection broke after the request may have been written."""


class AnswerTooLargeError(Exception):
    """The broker's answer exceeds every size that makes sense."""


NOT_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, ClosedError)
"""Failures before the first byte of a request was written."""
FAILURES: Final = (aiohttp.ClientError, OSError, CutError, AnswerTooLargeError, ClosedError)
"""Everything that can go wrong between asking and having the whole answer."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Patience (seconds) and number of requests and connections at once."""

    total_timeout: float = 7.0
    connect_timeout: float = 3.0
    connections: int = 16
    entries: int = 8
    """New orders that may be under way at once."""
    questions: int = 8
    """Polls that may be under way at once: a start asks for orders, trades, positions and funds,
    all of it again when the feed is live, and what comes later must not wait for a slow one."""
    retries: int = 2
    """Further attempts of a poll; orders are never sent twice."""
    retry_wait: float = 0.25
    closing_wait: float = 2.0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the broker answered."""

    status: int
    body: bytes

    @property
    def good(self) -> bool:
        """Whether the broker says it did what was asked."""
        return 200 <= self.status < 300 and not self.error.error_type

    @property
    def refuses_session(self) -> bool:
        """Whether the broker does not know our session (any more): only a login helps."""
        return self.error.error_type == _NO_SESSION

    @property
    def error(self) -> ErrorWords:
        """The broker's own words about what went wrong, empty where it gave none."""
        try:
            return _ERROR.decode(self.body)
        except msgspec.DecodeError:
            return ErrorWords()

    def text(self) -> str:
        """One line for the user: the broker's words, or the bare status."""
        words = self.error
        if words.message:
            return one_line(f"{words.message} ({words.error_type or f'HTTP {self.status}'})")
        return f"HTTP {self.status} without an explanation"


class ErrorWords(msgspec.Struct, frozen=True):
    """The error half of Kite's envelope."""

    message: str | None = None
    error_type: str | None = None


_ERROR: Final = msgspec.json.Decoder(ErrorWords)


async def _send_once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keep the client from repeating PUT and DELETE by itself over a fresh connection."""
    try:
        return await handler(request)
    except NOT_SENT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise CutError(f"connection cut: {error}") from error


def open_session(access: KiteAccess, limits: Limits) -> aiohttp.ClientSession:
    """A session with keep-alive for `access`. Certificates are always checked.

    No environment proxy, no netrc, no cookie: nothing but what `access` says. Small requests
    leave at once: asyncio sets TCP_NODELAY on every connection.
    """
    return aiohttp.ClientSession(
        headers=access.http_headers(),
        connector=aiohttp.TCPConnector(
            limit=limits.connections, keepalive_timeout=_WARM_SECONDS, ttl_dns_cache=300
        ),
        timeout=aiohttp.ClientTimeout(total=limits.total_timeout, connect=limits.connect_timeout),
        middlewares=(_send_once,),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )


async def ask(
    session: aiohttp.ClientSession,
    method: str,
    address: str,
    form: dict[str, str] | None = None,
) -> Answer:
    """One request and its whole answer, no redirect followed. Raises one of FAILURES."""
    async with session.request(method, address, data=form, allow_redirects=False) as response:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise AnswerTooLargeError(f"answer larger than {LARGEST_ANSWER >> 20} MB")
        return Answer(status=response.status, body=bytes(body))
