"""A replay under way: a thread plays the tape by the clock and moves it as the console asks.

No socket and no other process: the engine and the exchange machine stand side by side, with
the fixed order latencies of a headless replay. Nothing here can reach a broker.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from tui_scalper.core import commands as cm
from tui_scalper.core.events import Commanded
from tui_scalper.core.instruments import Universe
from tui_scalper.core.journalled import Note
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.tags import moment_id, run_id
from tui_scalper.core.units import NS
from tui_scalper.lab.replay import ReplayPlan
from tui_scalper.lab.tape import TapeError
from tui_scalper.lab.warmup import warm_up_tapes
from tui_scalper.manifest import manifest_of
from tui_scalper.playback import GoTo, Playback, TapeSpan
from tui_scalper.reports import Reporter
from tui_scalper.runtime.abandoning import abandoned_by_interrupt
from tui_scalper.runtime.clocks import MarketClock
from tui_scalper.runtime.journal import Journal, Sync
from tui_scalper.runtime.journal_file import JournalError, scan
from tui_scalper.runtime.journals import folder_of, journal_files
from tui_scalper.runtime.latch import ReplayLatch
from tui_scalper.runtime.lock import StateLock
from tui_scalper.runtime.store import CommandQueue, SnapshotStore
from tui_scalper.runtime.warmup import warm_up
from tui_scalper.settings import Settings
from tui_scalper.tape_mover import DRAFT, TapeMover, draft_of
from tui_scalper.tapes import open_tape
from tui_scalper.timeline import Timeline

PULSE_S: Final = 0.05
"""Longest time between two pictures."""
BEHIND_S: Final = 0.1
"""A tape that cannot keep the pace is played so long at a time; then its clock waits for it."""
AFTER_NS: Final = 5 * NS
"""Market time that is played after the tape: what was under way comes home."""
START_S: Final = 30.0
STOP_S: Final = 10.0
STOPPED: Final = Note(text="stop")


class ReplayRun:
    """The console's run of the tape at `path`: start it, read its store, put commands, stop it.

    Where a run of it was killed it goes on, whatever `at` is; else it begins at `at`, without
    one where the tape does. Raises TapeError, TapeTimeError for an `at` that is not on the tape.
    """

    def __init__(
        self, settings: Settings, path: Path, *, speed: float, at: str | None, auto: bool
    ) -> None:
        self.store = SnapshotStore()
        self.commands = CommandQueue()
        self._settings = settings
        self._tape = tape = open_tape(path, settings)
        self.clock = MarketClock(tape.first_ns, speed)
        self.playback = Playback(self.clock, TapeSpan.of(tape))
        self._auto = auto
        self._goal = None if at is None else self.playback.span.moment(at, tape.first_ns)
        self._manifest = manifest_of(settings, Mode.REPLAY, 1.0)
        self._run_id = run_id(Mode.REPLAY, tape.first_ns)
        session = moment_id(time.time_ns())
        day = time.strftime(
            "%Y%m%d", time.gmtime((tape.first_ns + tape.universe.venue.utc_offset) // NS)
        )
        self._family = f"replay-{day}-{path.stem}-"
        self._journal = folder_of(settings.state) / f"{self._family}{session}.journal"
        self.reporter = Reporter(settings.state, self._journal)
        self._mover: TapeMover
        self._lock: StateLock | None = None
        self._thread = threading.Thread(target=self._main, name="tape", daemon=True)
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._error: Exception | None = None

    # -- the outside ---------------------------------------------------------------------------

    def start(self) -> Universe:
        """Open the journal and begin to play; returns the universe. Raises what went wrong."""
        warm_up()
        with abandoned_by_interrupt():
            warm_up_tapes()
        self._lock = StateLock(self._settings.state)
        try:
            self.clock.hold()
            self.commands.on_put = self._woken.set
            self._thread.start()
            if not self._ready.wait(START_S):
                raise TimeoutError(f"the tape did not start within {START_S:g} s")
            if self._error is not None:
                raise self._error
        except BaseException:
            self.stop()
            raise
        return self._tape.universe

    def stop(self) -> None:
        """End the run in order; nothing happens when none runs."""
        self._stopping.set()
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_S)
            self.reporter.write_last()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    # -- the thread ----------------------------------------------------------------------------

    def _main(self) -> None:
        try:
            history, until_ns = self._interrupted()
            self._forget_drafts()
            resumed = until_ns > self._tape.first_ns
            self._mover = TapeMover(
                self._tape,
                self._playing(draft_of(self._journal) if resumed else self._journal, history),
                self.playback,
                self.commands,
                journal=self._journal,
                playing=self._playing,
                stopping=self._stopping.is_set,
            )
        except Exception as error:  # noqa: BLE001 - handed to the thread that asks
            self._error = error
            return
        finally:
            self._ready.set()
        try:
            self._attempt(lambda: self._first(until_ns))
            for number in count():
                self._attempt(self._turn)
                self._attempt(partial(self._mover.timeline.loop.pulse, number))
                if self._stopping.is_set():
                    break
                self._woken.wait(PULSE_S)
                self._woken.clear()
        finally:
            self._mover.timeline.close()

    def _attempt(self, turn: Callable[[], object]) -> None:
        """Do a turn; what breaks in it is said and holds the tape."""
        try:
            turn()
            return
        except (TapeError, JournalError) as error:
            self.playback.warn(str(error))
        except Exception as error:  # noqa: BLE001 - said and journalled; the console goes on
            self._mover.timeline.loop.carrier.broke("replay", error)
        self.clock.hold()
        self.clock.move(self._mover.timeline.at_ns)

    def _interrupted(self) -> tuple[Sequence[Commanded], int]:
        """What was commanded in a run of this tape that was killed, and when it was."""
        files = journal_files(folder_of(self._settings.state))
        mine = [path for path in files if path.name.startswith(self._family)]
        if not mine:
            return (), self._tape.first_ns
        records = scan(mine[-1]).records
        if not records or records[-1].body == STOPPED:
            return (), self._tape.first_ns
        commanded = [one.body for one in records if isinstance(one.body, Commanded)]
        return commanded, records[-1].at_ns

    def _forget_drafts(self) -> None:
        """Remove what runs left that were killed while they played a tape again."""
        for draft in folder_of(self._settings.state).glob(f"{DRAFT}{self._family}*"):
            draft.unlink(missing_ok=True)

    def _playing(
        self, journal: Path, history: Sequence[Commanded] = (), pictures: int = 0
    ) -> Timeline:
        """A timeline at the beginning of the tape."""
        settings = self._settings
        opened = Journal(journal, Sync(settings.journal.sync))
        opened.start(self._tape.first_ns, Mode.REPLAY, self._run_id, self._manifest)
        plan = ReplayPlan(
            auto=False,
            opening_cash=int(settings.sim.cash * 100),
            session=settings.session.rules(),
        )
        return Timeline(
            self._tape,
            settings.engine_config(Mode.REPLAY, self._run_id),
            plan,
            journal=opened,
            latch=ReplayLatch(settings.state),
            store=self.store,
            commands=self.commands,
            history=history,
            pictures=pictures,
        )

    def _first(self, killed_ns: int) -> None:
        """Go to where the run begins, and let the tape go; after a kill it is held there.

        The journal of the killed run counts until this one's has come as far: killed on the way,
        the next run comes back to the same moment.
        """
        resumed = killed_ns > self._tape.first_ns
        goal = killed_ns if resumed or self._goal is None else self._goal
        try:
            if goal > self._tape.first_ns:
                self._mover.move(GoTo(goal))
        finally:
            if resumed:
                self._mover.timeline.journal.move_to(self._journal)
        if self._auto:
            at_ns = self._mover.timeline.at_ns
            for command in (cm.Arm(key_ns=at_ns), cm.AutoOn(key_ns=at_ns)):
                self._mover.timeline.loop.sink(Commanded(at_ns=at_ns, command=command))
        if resumed:
            self.playback.tell(self._resumed())
        else:
            self.clock.go_on()

    def _resumed(self) -> str:
        """That the run goes on where it was killed, and that it does not begin at `at`."""
        held = "held where the run before was killed"
        if self._goal is None:
            return f"{held}; it can go on from here"
        return f"{held}, not at --at {self.playback.span.clock(self._goal)}"

    def _turn(self) -> None:
        """Make the move that is asked, and play up to the clock."""
        move = self.playback.take()
        if move is not None:
            self._mover.move(move)
        timeline = self._mover.timeline
        timeline.forget_ahead()
        deadline = time.perf_counter() + BEHIND_S
        end_ns = self._tape.last_ns + AFTER_NS
        wanted_ns = self.clock.now()
        if not timeline.play(min(wanted_ns, end_ns), lambda: time.perf_counter() < deadline):
            self.clock.move(timeline.at_ns)
        elif wanted_ns > end_ns:
            # No market follows, least of all another day that counts from nothing.
            self.clock.hold()
            self.clock.move(end_ns)
            self.playback.tell("the tape is over: it is held at its end")
        percent = max(round(self.clock.speed * 100), 1)
        if percent != timeline.loop.pace_pct:
            command = cm.Pace(key_ns=timeline.at_ns, percent=percent)
            timeline.loop.sink(Commanded(at_ns=timeline.at_ns, command=command))
