"""Commands that cannot be carried out: one line that says why, a code that is not 0."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from cli_rig import call, one_line, start, state
from terminal_rig import environment

from tui_scalper import __version__
from tui_scalper.cli import main
from tui_scalper.core.units import NS
from tui_scalper.exchange.machine import Exchange
from tui_scalper.exchange.master import load_master
from tui_scalper.exchange.synthetic import SyntheticMarket
from tui_scalper.runtime.embedded import EmbeddedExchange
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.lock import StateLock
from tui_scalper.runtime.store import CommandQueue
from tui_scalper.runtime.worker import Worker


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Runs a command in this process that must fail; returns the line it said."""
    monkeypatch.setenv("SCALPER_STATE_DIR", str(tmp_path / "state"))

    def run(*arguments: str) -> str:
        assert main(arguments) == 1
        out, err = capsys.readouterr()
        assert out == ""
        return one_line(err)

    return run


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text("not a tape\n" * 100)
    return path


@pytest.fixture
def usage(capsys: pytest.CaptureFixture[str]):
    """Runs a command that is used wrongly; returns the last line it said."""

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        return capsys.readouterr().err.splitlines()[-1]

    return run


def test_the_version_is_the_packages():
    done = call("--version")
    assert (done.returncode, done.stdout) == (0, f"scalper-tui {__version__}\n")


@pytest.mark.parametrize("command", [("run",), ()])
def test_the_console_without_a_terminal_points_to_headless(command: tuple[str, ...]):
    done = call(*command)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "needs a terminal; without one use --headless" in one_line(done.stderr)


def test_a_wrong_setting_is_refused_wherever_it_stands(tmp_path: Path):
    file = tmp_path / "s.toml"
    file.write_text("[risk]\nmax_positions = 1000\n")
    done = call("settings", "--config", str(file))
    assert done.returncode == 1
    assert f"risk.max_positions = 1000 in {file}" in one_line(done.stderr)
    done = call("settings", extra={"SCALPER_RISK__MAX_POSITIONS": "x"})
    assert done.returncode == 1
    assert "in environment variable SCALPER_RISK__MAX_POSITIONS" in one_line(done.stderr)


def test_settings_before_the_command_count_as_much_as_after_it(capsys: pytest.CaptureFixture[str]):
    early = ("--set", "risk.daily_trades=3", "--mode", "test", "settings")
    assert main((*early, "--set", "risk.max_positions=2")) == 0
    shown = capsys.readouterr().out
    assert '"daily_trades": 3' in shown
    assert '"max_positions": 2' in shown
    assert '"mode": "test"' in shown


@pytest.mark.parametrize("command", ["replay", "exchange"])
def test_what_is_no_tape_is_refused(command: str, refused, text_file: Path, tmp_path: Path):
    rest = {"replay": ("--headless",), "exchange": ("--kite-port", "0")}[command]
    flag = ("--tape",) if command == "exchange" else ()
    assert "no such tape" in refused(command, *flag, str(tmp_path / "none"), *rest)
    assert "not a readable tape" in refused(command, *flag, str(text_file), *rest)
    assert "Is a directory" in refused(command, *flag, str(tmp_path), *rest)


def test_what_is_no_recording_is_not_imported(refused, text_file: Path, tmp_path: Path):
    out = str(tmp_path / "out.tape")
    assert "no known recording" in refused("import", str(text_file), "-o", out)
    assert "No such file" in refused("import", str(tmp_path / "none"), "-o", out)
    assert "Is a directory" in refused("import", str(tmp_path), "-o", out)
    assert not Path(out).exists()


def test_places_that_cannot_be_written_are_named(refused, text_file: Path):
    below = text_file / "x"
    quick = ("run", "--headless", "--seconds", "1")
    for command in (quick, ("kill",)):
        said = refused(*command, "--set", f"state_dir={below}")
        assert str(below) in said
        assert "set state_dir to" in said
    assert str(below) in refused(*quick, "--record", str(below))


def test_what_is_no_journal_is_not_shown(refused, tmp_path: Path):
    assert "No such file" in refused("journal", "show", str(tmp_path / "none"))
    assert "Is a directory" in refused("journal", "show", str(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("run", "--headless"), "needs --seconds"),
        (("run", "--headless", "--seconds", "1", "--mode", "live"), "broker = kite"),
        (("run", "--headless", "--seconds", "1", "--set", "broker=kite"), "use mode = paper, test"),
        (("replay", "x", "--headless", "--at", "10:00"), "--at is for the console"),
        (("replay", "x", "--headless", "--speed", "10"), "--speed is for the console"),
        (("settings", "--set", "nonsense"), "write KEY=VALUE"),
        (("login",), "SCALPER_KITE__API_KEY"),
        (("exchange", "--kite-port", "0", "--master", "/nowhere.csv"), "/nowhere.csv"),
    ],
)
def test_what_makes_no_sense_is_refused(refused, arguments: tuple[str, ...], why: str):
    assert why in refused(*arguments)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("exchange", "--kite-port", "70000"), "70000: a port is 0 to 65535"),
        (("exchange", "--kite-port", "http"), "http: a port is 0 to 65535"),
        (("exchange", "--kite-port", "0", "--instruments", "0"), "0: must be 1 or more"),
        (("exchange", "--kite-port", "0", "--seed", "-1"), "-1: must be 0 or more"),
        (("run", "--headless", "--seconds", "soon"), "soon: must be above 0"),
        (("run", "--headless", "--seconds", "nan"), "nan: must be above 0"),
        (("replay", "x", "--speed", "fast"), "fast: must be above 0"),
        (("fly",), "invalid choice"),
    ],
)
def test_wrong_usage_says_what_an_option_takes(usage, arguments: tuple[str, ...], why: str):
    assert why in usage(*arguments)


def test_a_port_in_use_is_named(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused("exchange", "--kite-port", str(port), "--instruments", "1")
    assert f"port {port} of 127.0.0.1 is in use" in said


def test_what_never_started_can_be_stopped():
    async def never() -> None:
        raise AssertionError("assembled")

    Worker(never, CommandQueue()).stop()  # type: ignore[arg-type]
    master = load_master(count=1)
    market = SyntheticMarket(master.universe, master.references, seed=1, start_ns=NS)
    EmbeddedExchange(Exchange(master.universe, market, opening_cash=1), lambda: NS).stop()


def test_a_terminated_headless_run_ends_in_order(tmp_path: Path):
    with start("run", "--headless", "--seconds", "3600", *state(tmp_path)) as running:
        try:
            assert running.stderr is not None
            line = running.stderr.readline()
            assert line == "live: 50 instruments, 3600 market seconds\n"
        finally:
            running.terminate()
        out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (130, "", "interrupted\n")
    (journal,) = (tmp_path / "journal").glob("*.journal")
    shown = call("journal", "show", str(journal))
    assert "stop" in shown.stdout.splitlines()[-1]


def test_a_headless_run_that_may_not_enter_says_why(tmp_path: Path):
    assert call("kill", *state(tmp_path)).returncode == 0
    done = call("run", "--headless", "--auto", "--seconds", "1", *state(tmp_path))
    assert done.returncode == 0
    assert "the kill latch is set" in done.stderr


UNCOMPILED = """
import importlib, pkgutil, sys
import numba.core.dispatcher, tui_scalper
from tui_scalper.cli import main
main(["warm-up"])
for name in [one.name for one in pkgutil.walk_packages(tui_scalper.__path__, "tui_scalper.")]:
    if name.partition(".")[2] == "__main__":
        continue
    for what, value in vars(importlib.import_module(name)).items():
        if isinstance(value, numba.core.dispatcher.Dispatcher) and not value.overloads:
            print(name, what)
"""


@pytest.mark.soak
def test_warming_up_compiles_every_kernel(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", UNCOMPILED],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment({"NUMBA_CACHE_DIR": str(tmp_path)}),
        check=True,
    )
    assert done.stdout == ""


def test_kill_says_whether_a_console_runs(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert main(("kill", *state(tmp_path))) == 0
    said = capsys.readouterr().out
    assert "no console runs on this state directory: nothing was cancelled" in said
    assert str(tmp_path / "KILL") in said
    lock = StateLock(tmp_path)
    try:
        assert main(("kill", *state(tmp_path))) == 0
    finally:
        lock.release()
    assert f"the console (process {os.getpid()}) blocks entries" in capsys.readouterr().out
    assert StateLock.owner(tmp_path) == ""


def test_every_journal_of_a_folder_is_verified(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    folder = tmp_path / "journal"
    assert main(("journal", "verify", str(tmp_path))) == 1
    assert "no journal in" in capsys.readouterr().err
    for name in "abc":
        journal = Journal(folder / f"{name}.journal")
        for number in range(3):
            journal.note(number, "x")
        journal.close()
    assert main(("journal", "verify", *state(tmp_path))) == 0
    assert capsys.readouterr().out.count(": 3 records") == 3
    harmed = bytearray((folder / "b.journal").read_bytes())
    harmed[30] ^= 1
    (folder / "b.journal").write_bytes(harmed)
    assert main(("journal", "verify", str(folder))) == 1
    out, err = capsys.readouterr()
    assert out.count(": 3 records") == 2
    assert "DAMAGED: " in out
    assert "1 of 3 journals" in one_line(err)
