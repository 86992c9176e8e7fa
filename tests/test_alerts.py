"""Alarms reach a program outside: soon, once, without a shell, and never at the engine's cost."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest
from engine_rig import START, Rig
from live_run import live_run

from tui_scalper.core import commands as cm
from tui_scalper.core.picture import take_picture
from tui_scalper.core.snapshot import Latency, LogLine, Severity, Snapshot
from tui_scalper.runtime import alerts
from tui_scalper.runtime.alerts import SAME_S, Alerts, run_program
from tui_scalper.runtime.store import SnapshotStore
from tui_scalper.settings import SettingsError, load_settings

KEEP = (
    "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + '|' + sys.argv[2] + '\\n---\\n')"
)


def keeper(file: Path) -> tuple[str, ...]:
    """A program that keeps what it is told in `file`."""
    return sys.executable, "-c", KEEP, str(file)


def picture(*lines: tuple[Severity, str]) -> Snapshot:
    seen = take_picture(Rig().open_market().engine, 1, START, Latency())
    log = tuple(LogLine(number, START, *line) for number, line in enumerate(lines, 1))
    return msgspec.structs.replace(seen, log=log)


class Hand:
    """Alerts whose clock is moved by hand."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self.now = 1_000.0
        self.alerts = Alerts(command, SnapshotStore(), lambda: self.now)

    def say(self, *lines: tuple[Severity, str]) -> None:
        self.alerts.look(picture(*lines))


def test_alarms_of_a_moment_are_told_together_and_each_once(tmp_path: Path):
    file = tmp_path / "told"
    hand = Hand(keeper(file))
    hand.say((Severity.ALARM, "one"), (Severity.WARN, "no"), (Severity.ALARM, "two; $(rm x)"))
    hand.alerts.tell()
    hand.say((Severity.ALARM, "one"), (Severity.WARN, "no"), (Severity.ALARM, "two; $(rm x)"))
    hand.alerts.tell()
    assert file.read_text() == "one\ntwo; $(rm x)|one\ntwo; $(rm x)\n---\n"


def test_the_same_text_is_told_again_only_after_a_while(tmp_path: Path):
    file = tmp_path / "told"
    hand = Hand(keeper(file))
    lines = []
    for wait in (0, SAME_S - 1, 1):
        hand.now += wait
        lines.append((Severity.ALARM, "again"))
        hand.say(*lines)
        hand.alerts.tell()
    assert file.read_text().count("---") == 2


def test_a_program_that_fails_is_a_trouble_told_once(tmp_path: Path):
    hand = Hand(("/nowhere/program",))
    hand.say((Severity.ALARM, "one"))
    hand.alerts.tell()
    assert hand.alerts.trouble == "alerts.command /nowhere/program: No such file or directory"
    hand.say((Severity.ALARM, "one"), (Severity.ALARM, hand.alerts.trouble))
    hand.alerts.tell()
    assert hand.alerts._waiting == []


def test_a_program_that_says_no_or_hangs_is_named(monkeypatch):
    assert run_program((sys.executable, "-c", "raise SystemExit(3)"), "x") == "ended with 3"
    monkeypatch.setattr(alerts, "PATIENCE_S", 0.2)
    hangs = "import time; time.sleep(60)"
    assert "longer than 0.2 s" in run_program((sys.executable, "-c", hangs), "x")


def test_a_program_that_does_not_listen_is_no_trouble():
    assert run_program(("true",), "x" * 100_000) == ""


def test_no_program_is_no_thread():
    quiet = Alerts((), SnapshotStore())
    quiet.start()
    quiet.stop()
    assert quiet.trouble == ""


def test_an_alarm_of_a_run_reaches_the_program(tmp_path: Path):
    file = tmp_path / "told"
    program = tmp_path / "program.py"
    program.write_text(KEEP)
    command = f"{sys.executable} {program} {file}"
    with live_run(tmp_path / "state", alerts__command=command) as live:
        live.give(cm.Kill)
        live.wait(lambda s: any("KILL" in line.text for line in s.log), "killed")
    assert "KILL: entries blocked" in file.read_text()


def test_a_failing_program_is_said_in_the_log(tmp_path: Path):
    with live_run(tmp_path, alerts__command="/nowhere/program") as live:
        live.give(cm.Kill)
        live.wait(lambda s: any("alerts.command" in line.text for line in s.log), "said")


def test_a_command_with_an_open_quote_is_refused():
    with pytest.raises(SettingsError, match=r"alerts\.command"):
        load_settings(overrides={"alerts.command": "say 'hello"}, environment={})
