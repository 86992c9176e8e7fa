"""R15: SIM, REPLAY and paper trade for a long while, and nothing reaches for a broker."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tui_scalper.assembly import Run
from tui_scalper.brokers.kite.access import LOOPBACK, LoopbackAccess
from tui_scalper.core.commands import Arm, AutoOn
from tui_scalper.plans import plan_for
from tui_scalper.settings import load_settings
from tui_scalper.soak.claims import Claim
from tui_scalper.soak.days import play_day
from tui_scalper.soak.kills import EAGER
from tui_scalper.soak.progress import Gate, Progress

NETWORK: Final = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo"})
"""What Python's own audit tells of every way out of a process."""
STOCKS: Final = 50
TRADES_S: Final = 30.0


class Doorman:
    """Notes every address this process reaches for while it is `watching`."""

    def __init__(self) -> None:
        self.watching = False
        self.addresses: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, told: tuple[Any, ...]) -> None:
        if self.watching and event in NETWORK:
            self.addresses.append(_host_of(event, told))

    def outside(self) -> list[str]:
        """Those that are not on this machine."""
        return [one for one in self.addresses if one not in LOOPBACK]

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Begin anew, and note until the block is left."""
        self.addresses.clear()
        self.watching = True
        try:
            yield
        finally:
            self.watching = False


def _host_of(event: str, told: tuple[Any, ...]) -> str:
    """The host of an audited call; sockets of files are on this machine."""
    if event == "socket.getaddrinfo":
        return str(told[0])
    address = told[-1]
    return str(address[0]) if isinstance(address, tuple) else "localhost"


DOORMAN: Final = Doorman()
"""Python keeps an audit hook for the life of the process, so there is one."""


def nothing_leaves(first: int, count: int) -> Progress:
    """Paper days until `count` steps are done, and once a whole run on the own exchange."""
    done, day, trades = 0, first, 0
    wrong: list[str] = []
    with DOORMAN.watch(), tempfile.TemporaryDirectory() as folder:
        while done < count:
            played = play_day(day, STOCKS, Path(folder) / f"{day}.journal")
            done, trades = done + played.events, trades + played.trades
            day += 1
        if DOORMAN.addresses:
            wrong.append(f"paper opened a way out: {sorted(set(DOORMAN.addresses))}")
        wrong += sim_stays_here(Path(folder) / "sim")
    return Progress(
        done=done,
        seed=day,
        violations=len(wrong),
        failures=wrong,
        sums={"paper days": day - first, "trades": trades},
    )


def sim_stays_here(state: Path) -> list[str]:
    """Trade on the embedded exchange; what is wrong about where that led."""
    overrides = dict(pair.split("=") for pair in EAGER) | {"state_dir": str(state)}
    run = Run(plan_for(load_settings(overrides=overrides, environment={})), state)
    run.start()
    try:
        run.wait_until_ready()
        run.press(Arm, AutoOn)
        run.wait(lambda seen: seen.positions, TRADES_S, "a trade")
        access = run.plan.access()
    finally:
        run.stop()
    wrong = [f"SIM reached for {host}" for host in sorted(set(DOORMAN.outside()))]
    if not isinstance(access, LoopbackAccess):
        wrong.append(f"SIM holds a {type(access).__name__}")
    if not DOORMAN.addresses:
        wrong.append("SIM opened no socket at all: this proves nothing")
    return wrong


LEAKS: Final = Gate(
    claim=Claim.R15,
    unit="steps",
    whole=1_000_000,
    batch=100_000,
    play=nothing_leaves,
    needs=("paper days", "trades"),
)
