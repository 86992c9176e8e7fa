"""R13: a screen that is not drawn any more holds nothing up and loses nothing."""

from __future__ import annotations

import gc
import termios
import time
from pathlib import Path

from live_run import live_run
from terminal_rig import Terminal, known, program

from tui_scalper.core import commands as cm
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.engine import Engine
from tui_scalper.core.snapshot import Mode, Snapshot
from tui_scalper.exchange.master import load_master
from tui_scalper.runtime.journal_file import Scan, scan
from tui_scalper.runtime.saved_exchange import load_sim
from tui_scalper.runtime.store import CommandQueue
from tui_scalper.soak.claims import Claim, Result
from tui_scalper.soak.kills import EAGER

SIZE = (120, 36)
ORDERS = 6
"""New orders the engine sends while the terminal takes nothing."""
PATIENCE_S = 60.0
LOOK_S = 0.05


def written(state: Path) -> Scan:
    (journal,) = (state / "journal").glob("*.journal")
    return scan(journal)


def sent(state: Path) -> int:
    return sum(isinstance(one.body, PlaceOrder) for one in written(state).records)


def freeze(terminal: Terminal, state: Path) -> int:
    """Stop the terminal's output as Ctrl-S does, for a while; returns the orders sent then."""
    termios.tcflow(terminal.near, termios.TCOOFF)
    before = sent(state)
    deadline = time.monotonic() + PATIENCE_S
    while sent(state) < before + ORDERS:
        assert time.monotonic() < deadline, f"{sent(state) - before} orders while frozen"
        time.sleep(LOOK_S)
    termios.tcflow(terminal.near, termios.TCOON)
    return sent(state) - before


def test_trading_goes_on_behind_a_terminal_that_takes_nothing(tmp_path: Path, proved):
    command = program("run", "--set", known(tmp_path))
    for pair in (*EAGER, "sim.speed=5", "operator.on_ui_lost=keep_managing"):
        command += ["--set", pair]
    with Terminal(command, SIZE) as terminal:
        terminal.wait(lambda text: "feed ok" in text and "▐" in text, "a live ladder")
        terminal.press("a")
        terminal.wait(" ARMED ")
        terminal.press("O")
        terminal.wait("Enter turns it on")
        terminal.press("\r")
        terminal.wait("AUTO")
        traded = freeze(terminal, tmp_path)
        terminal.press_twice("F", "same key again")
        terminal.wait("flat: no position")
        saved = load_sim(tmp_path / "sim.msgpack")
        terminal.press("q")
        assert terminal.ended() == 0
    assert saved is not None
    fresh = Engine(EngineConfig(mode=Mode.SIM, run_id="CHECK"), load_master(count=30).universe)
    records = written(tmp_path).records
    fresh.begin(records, records[-1].at_ns, latched=False)
    for history in saved.account.histories:
        order = history[-1]
        ours = fresh.desk.blotter.by_tag(order.asked.tag)
        assert ours is not None, f"{order.asked.tag} was never written down"
        assert (ours.filled, ours.value) == (order.filled, order.filled_value), order
    proved(Result(claim=Claim.R13, done=traded, unit="orders unseen"))


def test_commands_nobody_takes_are_refused_not_kept():
    queue = CommandQueue()
    taken = [queue.put(cm.Focus(key_ns=number, row=0)) for number in range(1_000)]
    assert taken.count(True) == 256
    assert [one.key_ns for one in queue.drain()] == list(range(256)), "the oldest, in order"
    assert queue.put(cm.Focus(key_ns=0, row=0))


def test_pictures_nobody_looks_at_replace_one_another(tmp_path: Path):
    with live_run(tmp_path) as live:
        first = live.store.latest().seq
        live.wait(lambda seen: seen.seq >= first + 50, "fifty more pictures")
        kept = [one for one in gc.get_objects() if isinstance(one, Snapshot)]
        assert len(kept) <= 5, f"{len(kept)} pictures are kept"
