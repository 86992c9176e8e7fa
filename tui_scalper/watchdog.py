"""`scalper-tui watchdog`: acts when the console's process dies with something open.

A small process of its own that reads the heartbeat and waits. When a run is lost it makes
sure that its process is gone, by the lock that the run held, and then does what the settings
say by the way every start goes: the journal is verified, the broker is asked, what is naked is
guarded. It enters nothing and acts once for a run; a console started afterwards finds all of
it in the journal. A run that is alive and only stands still is told of, never acted for.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Final

from tui_scalper.runtime.alerts import run_program
from tui_scalper.runtime.deadman import Deadman, Pulse
from tui_scalper.runtime.heartbeat import Beat, read_beat
from tui_scalper.runtime.lock import StateLock
from tui_scalper.settings import ENV_FILE, Settings, made_state

LOOK_S: Final = 0.25
LOG: Final = "watchdog.log"


class Watchdog:
    """Watches one state directory; `expected` is the run that is known to have begun."""

    def __init__(self, settings: Settings, state: Path, expected: str = "") -> None:
        self._settings = settings
        self._state = state
        self._deadman = Deadman(float(settings.deadman.after), expected)
        self._stalled = ""
        """The run whose stall was told."""

    def step(self, now: float) -> Pulse:
        """Look once, and act where that is due; `now` in seconds of a clock nobody sets."""
        beat = read_beat(self._state)
        pulse = self._deadman.look(beat, now)
        if pulse is not Pulse.LOST or beat is None:
            return pulse
        owner = StateLock.owner(self._state)
        if owner == str(beat.pid):
            self._tell_stall(beat)
            return Pulse.ALIVE
        self._deadman.settle()
        if not owner:
            self._act(beat)
        return Pulse.LOST

    def _tell_stall(self, beat: Beat) -> None:
        if self._stalled != beat.run_id:
            self._stalled = beat.run_id
            self.say(f"process {beat.pid} is alive but its loop stands still: not acting")

    def _act(self, beat: Beat) -> None:
        # Only now: a process that waits all day needs none of it.
        from tui_scalper.watchdog_act import answer_for

        self.say(f"run {beat.run_id} (process {beat.pid}, {beat.mode}) is gone")
        try:
            self.say(answer_for(beat, self._settings, self._state))
        except Exception as error:  # noqa: BLE001 - whatever went wrong, a person must hear of it
            self.say(
                f"could not act ({type(error).__name__}: {error}); look at the broker, or start "
                "the console"
            )

    def say(self, text: str) -> None:
        """Tell it here, in the watchdog's own log, and to the alert program where one is set."""
        line = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S%z} watchdog: {text}"
        _print(line)
        try:
            with (self._state / LOG).open("a", encoding="utf-8") as log:
                log.write(line + "\n")
        except OSError as error:
            _print(f"cannot write {self._state / LOG}: {error.strerror}")
        command = shlex.split(self._settings.alerts.command.get_secret_value())
        why = run_program((*command, line), line) if command else ""
        if why:
            _print(f"alerts.command {command[0]}: {why}")


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run_watchdog(settings: Settings, expected: str = "") -> int:
    """Watch until interrupted; with an `expected` run, until that is over one way or the other."""
    state = made_state(settings)
    dog = Watchdog(settings, state, expected)
    deadman = settings.deadman
    _print(f"watching {state}: {deadman.policy} when a heartbeat stands still {deadman.after} s")
    while True:
        pulse = dog.step(time.monotonic())
        if expected and pulse in (Pulse.ENDED, Pulse.LOST):
            return 0
        time.sleep(LOOK_S)


def start_watchdog(settings: Settings, run_id: str) -> None:
    """Start a watchdog over the run `run_id` of this process, where the settings want one.

    It outlives this process and its terminal, and ends when the run ends in order. Its settings
    go to it by its environment, which only this user can read. Raises OSError.
    """
    if not settings.deadman.on:
        return
    inherited = {name: value for name, value in os.environ.items() if name != ENV_FILE}
    subprocess.Popen(
        (sys.executable, "-m", "tui_scalper", "watchdog", "--run", run_id),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=inherited | settings.environment(),
    )
