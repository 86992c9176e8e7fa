"""Ends the engine's process as the script says, and begins the next one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_scalper.core.units import FOREVER, MS, NS
from tui_scalper.lab.faultsim.agenda import Agenda
from tui_scalper.lab.faultsim.kinds import FaultKind
from tui_scalper.lab.faultsim.script import Fault
from tui_scalper.lab.faultsim.station import Station
from tui_scalper.lab.faultsim.weather import Weather

PATIENCE_NS: Final = 3 * NS
"""A process that writes no record for so long is killed all the same."""
NOTICED_NS: Final = 50 * MS
"""So much later a failed sync is seen: the loop looks at the journal at every pulse."""
BOOT_NS: Final = 2 * NS
"""A machine that lost its power, or a person who frees a disk, takes at least this long. What
was on its way then has arrived: nobody could know of it from a journal that lost its record."""


class Reaper:
    """Ends and beginnings of one station. `back_ns` is when the last planned one is over."""

    def __init__(
        self,
        station: Station,
        weather: Weather,
        *,
        agenda: Agenda,
        start_ns: int,
        ended: Callable[[], None],
        begins: Callable[[], None],
        now: Callable[[], int],
    ) -> None:
        self.back_ns = 0
        self._station = station
        self._weather = weather
        self._agenda = agenda
        self._start_ns = start_ns
        self._ended = ended
        self._begins = begins
        self._now = now
        self._fault: Fault | None = None
        """The fault that is about to end the process."""

    def plan(self, fault: Fault) -> None:
        """Let `fault` end the process in its time."""
        at_ns = self._start_ns + fault.at_ns
        latest_ns = at_ns + PATIENCE_NS + fault.length_ns + BOOT_NS
        self.back_ns = max(self.back_ns, latest_ns)
        if fault.kind in (FaultKind.KILL, FaultKind.POWER_CUT):
            self._agenda.at(at_ns, lambda _: self._doom(fault))
            self._agenda.at(at_ns + PATIENCE_NS, lambda _: self._give_up(fault))
            return
        noticed_ns = at_ns + (NOTICED_NS if fault.kind is FaultKind.SYNC_LOST else 0)
        self._agenda.at(at_ns, lambda ns: self._spoil(fault, ns))
        self._agenda.at(noticed_ns, lambda _: self._notice(fault))
        self._agenda.at(max(noticed_ns, at_ns + fault.length_ns), lambda _: self._give_up(fault))

    def reap(self) -> None:
        """The process has written its last record."""
        if self._fault is not None and self._station.up:
            self._end(self._fault)

    def _doom(self, fault: Fault) -> None:
        if self._station.up:
            self._fault = fault
            self._station.doom(fault.amount if fault.kind is FaultKind.KILL else 1)

    def _spoil(self, fault: Fault, now_ns: int) -> None:
        if self._station.up:
            self._fault = fault
            if fault.kind is FaultKind.SYNC_LOST:
                self._station.kept_until_ns = now_ns

    def _notice(self, fault: Fault) -> None:
        if self._fault is fault and self._station.up:
            self._station.lose_disk()

    def _give_up(self, fault: Fault) -> None:
        if self._fault is fault and self._station.up:
            self._end(fault)

    def _end(self, fault: Fault) -> None:
        """The process is gone; another begins later."""
        now_ns = self._now()
        self._weather.arises(fault.kind)
        self._fault = None
        self._station.end(self._kept_until(fault, now_ns))
        self._ended()
        away_ns = fault.length_ns if fault.kind is FaultKind.KILL else fault.length_ns + BOOT_NS
        self.back_ns = max(self.back_ns, now_ns + away_ns)
        self._agenda.at(now_ns + away_ns, lambda _: self._begins())

    def _kept_until(self, fault: Fault, now_ns: int) -> int:
        """The newest time of which the disk has records."""
        if fault.kind is FaultKind.POWER_CUT:
            return now_ns - fault.amount
        spoilt_ns = self._station.kept_until_ns
        return spoilt_ns if spoilt_ns >= 0 else FOREVER
