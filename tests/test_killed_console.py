"""The whole program killed with SIGKILL while it holds a position, and started again."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from terminal_rig import Terminal, known, program

from tui_scalper.core.effects import PlaceOrder
from tui_scalper.core.journalled import RunStarted
from tui_scalper.exchange.orders import LIVE, Order
from tui_scalper.runtime.journal_file import scan
from tui_scalper.runtime.saved_exchange import SavedSim, load_sim

SIZE = (120, 36)


def account(state: Path) -> SavedSim:
    """The simulated broker's books as its process left them."""
    (kept,) = state.glob("*.msgpack")
    saved = load_sim(kept)
    assert saved is not None
    return saved


def orders(saved: SavedSim) -> list[Order]:
    return [history[-1] for history in saved.account.histories]


def held(saved: SavedSim) -> dict[str, int]:
    return {one.symbol: one.quantity for one in saved.account.positions if one.quantity}


def sent_by_run(state: Path) -> list[list[str]]:
    """Tags of the new orders each run wrote down, run by run."""
    (journal,) = (state / "journal").glob("*.journal")
    runs: list[list[str]] = []
    for record in scan(journal).records:
        if isinstance(record.body, RunStarted):
            runs.append([])
        elif isinstance(record.body, PlaceOrder):
            runs[-1].append(record.body.tag)
    return runs


def kill_and_start(state: Path, command: list[str], hold: Callable[[Terminal], None]) -> None:
    """Hold a position, kill the program, start `command`; the second run must find it guarded."""
    with Terminal(command, SIZE) as terminal:
        hold(terminal)
        terminal.kill(signal.SIGKILL)
        terminal.ended()
    before = account(state)
    first = sent_by_run(state)
    assert len(held(before)) == 1
    stops = [order for order in orders(before) if order.status in LIVE]
    assert len(stops) == 1
    with Terminal(command, SIZE) as terminal:
        terminal.wait("found again, protected")
        terminal.kill(signal.SIGKILL)
        terminal.ended()
    after = account(state)
    assert held(after) == held(before)
    assert [one.order_id for one in orders(after)] == [one.order_id for one in orders(before)]
    assert sent_by_run(state) == [*first, []], "something was sent anew"
    with Terminal(command, SIZE) as terminal:
        terminal.wait("found again, protected")
        terminal.press_twice("F", "same key again")
        terminal.wait("flat: no position")
        last = account(state)
        terminal.press("q")
        assert terminal.ended() == 0
    assert held(last) == {}
    assert len(orders(last)) == len(orders(before)), "the stop became the exit: no new order"
    assert max(Counter(order.asked.tag for order in orders(last)).values()) == 1


def buy(terminal: Terminal) -> None:
    terminal.wait(lambda text: "feed ok" in text and "▐" in text, "a live ladder")
    terminal.press("a")
    terminal.wait("ARMED 0")
    terminal.press("b")
    terminal.wait("Enter send  Esc drop")
    terminal.press("\r")
    terminal.wait("protected")


def test_a_killed_console_comes_back_with_its_position(tmp_path: Path):
    kill_and_start(tmp_path, program("run", "--set", known(tmp_path)), buy)
