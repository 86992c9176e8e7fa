"""Emergencies over real sockets: a token that expires, a feed that dies, a broker that is gone."""

from __future__ import annotations

import urllib.request
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from live_run import LiveRun, live_run
from test_live_loop import enter

from tui_scalper.core import commands as cm
from tui_scalper.core.effects import NoteEmergency
from tui_scalper.core.emergency_table import Policy, Trigger
from tui_scalper.core.events import Link
from tui_scalper.core.snapshot import Severity, Snapshot, TradingState
from tui_scalper.exchange.orders import Status
from tui_scalper.runtime.journal_file import scan

DEMO = "demo"


def session(live: LiveRun, method: str, form: dict[str, str]) -> None:
    """Ask the exchange for its session token, or give it back, as another client would."""
    assert live.run.plan.exchange is not None
    address = f"http://127.0.0.1:{live.run.plan.exchange.port}/session/token"
    words = urlencode(form)
    request = urllib.request.Request(
        f"{address}?{words}" if method == "DELETE" else address,
        data=None if method == "DELETE" else words.encode(),
        headers={"Authorization": f"token {DEMO}:{DEMO}"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def expire_token(live: LiveRun) -> None:
    session(live, "DELETE", {"api_key": DEMO, "access_token": DEMO})


def log_in_again(live: LiveRun) -> None:
    checksum = sha256((DEMO * 3).encode()).hexdigest()
    session(live, "POST", {"api_key": DEMO, "request_token": DEMO, "checksum": checksum})


def stops(live: LiveRun) -> list[object]:
    return [one for one in live.exchange.orders() if one.status is Status.TRIGGER_PENDING]


def flat(live: LiveRun) -> bool:
    return all(held.quantity == 0 for held in live.exchange.positions())


def alarmed(seen: Snapshot, words: str) -> bool:
    return any(words in one.text for one in seen.log if one.severity is Severity.ALARM)


def test_an_expired_token_keeps_the_stop_and_flattens_after_the_login(tmp_path: Path):
    with live_run(tmp_path, emergency__on_session_refused="flatten", polls__orders="0.5") as live:
        enter(live)
        expire_token(live)
        seen = live.wait(lambda s: s.emergency, "emergency")
        assert "session refused" in seen.emergency
        assert seen.trading is TradingState.REDUCING
        assert alarmed(seen, "EMERGENCY")
        refused = dict(seen.tally.refused)
        live.give(cm.Arm)
        live.give(cm.Stage, row=0)
        live.wait(lambda s: dict(s.tally.refused) != refused, "entry refused")
        live.wait(lambda s: any("funds" in one.text for one in s.log), "asked again meanwhile")
        assert flat(live) or stops(live), "no way to the broker: the stop rests"
        log_in_again(live)
        seen = live.wait(lambda s: not s.positions and not s.emergency, "flat after the login")
        assert flat(live)
        live.give(cm.ResetKill, word="RESET")
        live.wait(lambda s: s.trading is TradingState.ACTIVE, "reset by a person")
    (path,) = (tmp_path / "journal").iterdir()
    bodies = [record.body for record in scan(path).records]
    (noted,) = [body for body in bodies if isinstance(body, NoteEmergency)]
    assert (noted.trigger, noted.policy) == (Trigger.SESSION_REFUSED, Policy.FLATTEN)


def test_a_lost_feed_flattens_where_the_settings_say_so(tmp_path: Path):
    with live_run(tmp_path, emergency__feed_lost="0.5", emergency__on_feed_lost="flatten") as live:
        enter(live)
        live.exchange.faults.silent_feed = True
        seen = live.wait(lambda s: s.emergency, "lost")
        assert seen.link is Link.LOST
        live.wait(lambda s: not s.positions, "flat, by the order book alone")
        assert flat(live)
        live.exchange.faults.silent_feed = False
        live.wait(lambda s: s.link is Link.LIVE and not s.emergency, "over")


def test_a_broker_that_answers_nothing_pauses_entries_and_keeps_the_stop(tmp_path: Path):
    with live_run(tmp_path, emergency__path_lost="0.5", polls__orders="0.5") as live:
        enter(live)
        live.exchange.faults.answer_503 = 100_000
        seen = live.wait(lambda s: s.emergency, "lost")
        assert "no answer from the broker" in seen.emergency
        assert seen.paused
        assert flat(live) or stops(live)
        live.exchange.faults.answer_503 = 0
        live.wait(lambda s: not s.emergency, "over")
        live.give(cm.Resume)
        live.wait(lambda s: not s.paused, "resumed by a person")
