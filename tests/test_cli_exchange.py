"""`scalper-tui exchange` as a process: one port on loopback, strangers refused, a prompt end."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from cli_rig import call, one_line, start, state
from terminal_rig import Terminal, program
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

TOKEN = "token demo:demo"
LISTENING = "0A"
LOOPBACK = "0100007F"
"""127.0.0.1 as /proc/net/tcp writes it."""
DIRECT = build_opener(ProxyHandler({}))


@contextmanager
def exchange(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A running exchange and its port; ended the hard way if the test did not end it."""
    options = ("--kite-port", "0", "--instruments", "3", *state(folder))
    with start("exchange", *options) as running:
        try:
            assert running.stdout is not None
            line = running.stdout.readline()
            assert line, running.communicate(timeout=10)
            yield running, port_in(line)
        finally:
            running.kill()


def port_in(line: str) -> int:
    """The port of the line an exchange says at its start, the same for both protocols."""
    ports = set(re.findall(r"(?:http|ws)://127\.0\.0\.1:(\d+)", line))
    assert len(ports) == 1, line
    return int(ports.pop())


def ask(port: int, path: str, token: str) -> tuple[int, bytes]:
    """Status and body of a REST answer."""
    address = f"http://127.0.0.1:{port}{path}"
    request = Request(address, headers={"Authorization": token, "X-Kite-Version": "3"})
    try:
        with DIRECT.open(request, timeout=10) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def listeners(port: int) -> list[str]:
    """Addresses on which anybody listens at `port`, over IPv4 and IPv6."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            address, number = line.split()[1].split(":")
            if int(number, 16) == port and line.split()[3] == LISTENING:
                found.append(address)
    return found


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def test_orders_and_market_data_share_a_port_and_both_refuse_strangers(tmp_path: Path):
    with exchange(tmp_path) as (_, port):
        status, body = ask(port, "/user/profile", TOKEN)
        assert status == 200
        assert json.loads(body)["status"] == "success"
        status, body = ask(port, "/instruments/NSE", TOKEN)
        assert status == 200
        token = int(body.decode().splitlines()[1].split(",")[0])

        status, body = ask(port, "/user/profile", "token demo:wrong")
        assert status == 403
        assert json.loads(body)["error_type"] == "TokenException"
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{port}/?api_key=demo&access_token=wrong", proxy=None)
        assert refused.value.response.status_code == 403

        with connect(f"ws://127.0.0.1:{port}/?api_key=demo&access_token=demo", proxy=None) as feed:
            feed.send(json.dumps({"a": "subscribe", "v": [token]}))
            feed.send(json.dumps({"a": "mode", "v": ["full", [token]]}))
            while len(frame := feed.recv(timeout=20)) < 2 + 2 + 184:
                pass
        assert isinstance(frame, bytes)
        assert int.from_bytes(frame[4:8], "big") == token


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's list of sockets")
def test_it_listens_on_loopback_and_nowhere_else(tmp_path: Path):
    with exchange(tmp_path) as (_, port):
        assert listeners(port) == [LOOPBACK]


def test_a_second_one_on_the_same_port_is_refused(tmp_path: Path):
    with exchange(tmp_path) as (_, port):
        done = call("exchange", "--kite-port", str(port), "--instruments", "1", *state(tmp_path))
        assert (done.returncode, done.stdout) == (1, "")
        assert f"port {port} of 127.0.0.1 is in use" in one_line(done.stderr)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_frees_the_port_though_a_client_is_connected(
    tmp_path: Path, number: signal.Signals
):
    with exchange(tmp_path) as (running, port):
        url = f"ws://127.0.0.1:{port}/?api_key=demo&access_token=demo"
        with connect(url, proxy=None):
            running.send_signal(number)
            _, err = running.communicate(timeout=10)
        assert (running.returncode, err) == (0, "")
        assert is_free(port)


def test_ctrl_c_in_a_terminal_ends_it(tmp_path: Path):
    command = program("exchange", "--kite-port", "0", "--instruments", "1", *state(tmp_path))
    with Terminal(command, (120, 24)) as terminal:
        terminal.wait("Ctrl+C ends it")
        terminal.press("\x03")
        assert terminal.ended() == 0
        assert "Traceback" not in terminal.text
