"""The daily login: a page to visit, a request token to exchange, an access token to keep.

Kite's access tokens end early every morning. Source: Kite Connect v3 documentation,
"Login flow".
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from tui_scalper.brokers.kite.access import LIVE_HTTP, KiteAccess
from tui_scalper.brokers.kite.outcomes import failure_text
from tui_scalper.brokers.kite.rest import FAILURES, Limits, ask, open_session
from tui_scalper.brokers.port import BrokerError

LOGIN_PAGE: Final = "https://kite.zerodha.com/connect/login"
TOKEN_FILE: Final = "kite-token.json"
_ENDS_BY_ITSELF: Final = "the token ends by itself tomorrow morning"
_LOGIN_AGAIN: Final = "log in again: scalper-tui login"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_PRIVATE: Final = stat.S_IRUSR | stat.S_IWUSR


class SavedToken(msgspec.Struct, frozen=True, kw_only=True):
    """An access token, whose key it belongs to, and when it was made (nanoseconds UTC)."""

    api_key: str
    access_token: str
    made_ns: int

    def __repr__(self) -> str:
        return f"SavedToken(made_ns={self.made_ns})"

    def __rich_repr__(self) -> list[tuple[str, int]]:
        """What tracebacks and inspectors show: no secret."""
        return [("made_ns", self.made_ns)]


class _Session(msgspec.Struct, frozen=True):
    access_token: str


class _LoggedIn(msgspec.Struct, frozen=True):
    data: _Session


def login_url(api_key: str) -> str:
    """The page where the user logs in; it sends the browser on with a request token."""
    return f"{LOGIN_PAGE}?{urlencode({'v': 3, 'api_key': api_key})}"


def request_token_in(text: str) -> str:
    """The request token in what the user pasted: the token itself, or the whole address.

    Raises BrokerError when there is none.
    """
    pasted = text.strip()
    if "request_token=" in pasted:
        query = urlsplit(pasted).query or pasted
        pasted = parse_qs(query).get("request_token", [""])[0]
    if not (pasted.isascii() and pasted.isalnum()):
        raise BrokerError(
            "no request token in what was pasted: paste the whole address the browser "
            "was sent to after the login"
        )
    return pasted


def checksum(api_key: str, request_token: str, api_secret: str) -> str:
    """Proof that we know the secret, as Kite wants it."""
    return hashlib.sha256(f"{api_key}{request_token}{api_secret}".encode()).hexdigest()


async def exchange_request_token(
    *, api_key: str, api_secret: str, request_token: str, http_root: str = LIVE_HTTP
) -> str:
    """The access token of today for `request_token`. Raises BrokerError; asks once only."""
    access = KiteAccess(api_key=api_key, access_token="", http_root=http_root)
    form = {
        "api_key": api_key,
        "request_token": request_token,
        "checksum": checksum(api_key, request_token, api_secret),
    }
    address = f"{http_root.rstrip('/')}/session/token"
    try:
        async with open_session(access, Limits()) as session:
            answer = await ask(session, "POST", address, form)
    except FAILURES as error:
        raise BrokerError(
            f"login at {http_root} failed: {failure_text(error)}: {_LOGIN_AGAIN}"
        ) from error
    if not answer.good:
        raise BrokerError(f"login at {http_root} was refused: {answer.text()}: {_LOGIN_AGAIN}")
    try:
        return msgspec.json.decode(answer.body, type=_LoggedIn).data.access_token
    except msgspec.DecodeError as error:
        # The decoder's words name fields, never their values.
        raise BrokerError(
            f"login at {http_root} gave an unreadable answer: {error}: {_LOGIN_AGAIN}"
        ) from error


async def log_out(access: KiteAccess) -> None:
    """End the session of `access`: its token is worth nothing any more. Raises BrokerError."""
    query = urlencode({"api_key": access.api_key, "access_token": access.access_token})
    address = f"{access.http_root.rstrip('/')}/session/token?{query}"
    try:
        async with open_session(access, Limits()) as session:
            answer = await ask(session, "DELETE", address)
    except FAILURES as error:
        why = access.redact(failure_text(error))
        raise BrokerError(
            f"logout at {access.http_root} failed: {why}: {_ENDS_BY_ITSELF}"
        ) from error
    if not answer.good:
        why = access.redact(answer.text())
        raise BrokerError(f"logout at {access.http_root} was refused: {why}: {_ENDS_BY_ITSELF}")


def forget_token(directory: Path, access_token: str) -> None:
    """Remove the token kept in `directory` where it is this one: it is worth nothing."""
    try:
        if load_token(directory).access_token == access_token:
            (directory / TOKEN_FILE).unlink(missing_ok=True)
    except (BrokerError, OSError):
        return  # nothing usable is kept, or it stays and the next start is told to log in


def save_token(directory: Path, token: SavedToken) -> Path:
    """Keep `token` in `directory`, readable by the owner alone; returns the file.

    The file is replaced as a whole or not at all. Raises BrokerError when it cannot be written.
    """
    path = directory / TOKEN_FILE
    draft = directory / f".{TOKEN_FILE}.{os.getpid()}"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(token))
        draft.replace(path)
    except OSError as error:
        raise BrokerError(
            f"access token cannot be kept in {path}: {error.strerror}: make {directory} writable"
        ) from error
    return path


def load_token(directory: Path) -> SavedToken:
    """The token kept in `directory`.

    Raises BrokerError when there is none, it is unreadable, or others may read it.
    """
    path = directory / TOKEN_FILE
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read()
    except FileNotFoundError:
        raise BrokerError(f"no access token in {path}: log in: scalper-tui login") from None
    except OSError as error:
        raise BrokerError(
            f"access token in {path} cannot be read: {error.strerror}: {_LOGIN_AGAIN}"
        ) from error
    if mode & _OTHERS:
        raise BrokerError(
            f"access token in {path} can be read by others (mode {stat.S_IMODE(mode):04o}): "
            f"chmod 600 {path}"
        )
    try:
        return msgspec.json.decode(raw, type=SavedToken)
    except msgspec.DecodeError:
        raise BrokerError(f"access token in {path} is damaged: {_LOGIN_AGAIN}") from None
