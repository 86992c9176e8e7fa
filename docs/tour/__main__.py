"""Takes the pictures and recordings of the README from the program itself.

    python -m docs.tour [RECORDING]

Opens the console in a terminal, presses keys as a person would, and writes to docs/pictures:
stills and a turn of stills as SVG, and the whole as asciinema casts (``asciinema play FILE``).
RECORDING is a day of `scalper-tui import`, by default the Shanghai one beside this checkout;
without it the replay is left out.
"""

from __future__ import annotations

import codecs
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from docs.tour.svg import Still, picture, still
from tests.terminal_rig import Terminal, program

PICTURES: Final = Path(__file__).resolve().parents[1] / "pictures"
RECORDING: Final = (
    Path(__file__).resolve().parents[3] / "shared/data/depth/sse5_depth5_20230711.csv.gz"
)
LARGE: Final = (120, 36)
WIDE: Final = (160, 45)
SMALL: Final = (80, 24)
LOOK_S: Final = 2.0
"""How long a person looks before the next key."""


class Camera(Terminal):
    """A terminal that keeps when it was told what, and the stills that were asked for."""

    def __init__(self, command: list[str], size: tuple[int, int]) -> None:
        self.size = size
        self.told: list[tuple[float, bytes]] = []
        self.stills: list[Still] = []
        super().__init__(command, size)

    def read(self, timeout: float) -> bytes:
        """Take in what the program wrote, and keep it."""
        data = super().read(timeout)
        if data:
            self.told.append((time.perf_counter() - self.began, data))
        return data

    def look(self, seconds: float = LOOK_S) -> None:
        """Read for a while."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self.read(left)

    def snap(self, name: str = "") -> None:
        """Keep a still, in a file of its own where it has a name."""
        self.look()
        self.stills.append(still(self.screen))
        if name:
            write(name, picture(self.stills[-1:], self.size[0]))

    def key(self, key: str, shows: str) -> None:
        """Press a key until the screen shows what it does: a busy machine may refuse one."""
        self.press(key)
        self.look(0.5)
        while shows not in self.text:
            self.press(key)
            self.look()

    def cast(self, name: str) -> None:
        """Write everything that was told as an asciinema cast, version 2."""
        head = {"version": 2, "width": self.size[0], "height": self.size[1]}
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        lines = [json.dumps(head)]
        lines += [json.dumps([round(at, 3), "o", decoder.decode(data)]) for at, data in self.told]
        write(name, "\n".join(lines) + "\n")

    def leave(self) -> None:
        """Quit, whatever is open."""
        self.press("q")
        self.look(1.0)
        self.press("y")
        self.ended()


def write(name: str, text: str) -> None:
    """Write a picture, and say so."""
    path = PICTURES / name
    path.write_text(text, encoding="utf-8")
    print(f"{path.relative_to(PICTURES.parents[1])}: {len(text) / 1e3:.0f} kB")


def synthetic(state: Path) -> None:
    """A first session on the simulated exchange: greeting, signals, an entry, its protection."""
    with Camera(program("run", "--set", f"state_dir={state}"), LARGE) as camera:
        camera.wait("only takes this away")
        camera.wait("READY")
        camera.snap()
        camera.key("c", "disarmed: a arms")
        camera.key("a", "ARMED 0")
        camera.key(" ", "Enter send")
        camera.snap()
        camera.press("\r")
        camera.wait("protected")
        camera.snap("console.svg")
        camera.key("9", "flat: no position" if "flat: no" in camera.text else "protected")
        camera.snap()
        camera.key("9", "SESSION")
        camera.press("i")
        camera.snap()
        camera.press("\x1b")
        camera.look()
        camera.press_twice("f", "same key again")
        camera.wait("flat: no position")
        camera.snap()
        write("tour.svg", picture(camera.stills, LARGE[0]))
        camera.leave()
        camera.cast("tour.cast")


def sizes(folder: Path) -> None:
    """The console in a small terminal, and in a wide one."""
    for name, size, options in (
        ("small.svg", SMALL, ("--mode", "test")),
        ("wide.svg", WIDE, ("--set", "sim.start=10:30")),
    ):
        command = program("run", "--set", f"state_dir={folder / name}", *options)
        with Camera(command, size) as camera:
            camera.wait("feed ok")
            camera.key("c", "disarmed: a arms")
            camera.look(6 * LOOK_S)
            camera.snap(name)
            camera.leave()


def recorded(recording: Path, folder: Path) -> None:
    """A recorded day: from trade to trade, back, and to a time of day."""
    tape = folder / "day.parquet"
    subprocess.run(program("import", str(recording), "-o", str(tape)), check=True)
    options = ("--auto", "--speed", "20x", "--at", "09:30:30", "--set", f"state_dir={folder}/day")
    with Camera(program("replay", str(tape), *options), LARGE) as camera:
        camera.wait("REPLAY")
        camera.look()
        for key, shows in ((")", "trade of"), (")", "trade of"), ("(", " at "), ("}", "signal of")):
            camera.press(key)
            camera.wait(shows)
            camera.look()
        camera.press("@10:05")
        camera.wait("go to time")
        camera.look()
        camera.press("\r")
        camera.wait("at 10:05:00")
        camera.snap("replay.svg")
        camera.press("P")
        camera.look(2 * LOOK_S)
        camera.leave()
        camera.cast("replay.cast")


def main() -> None:
    """Take them all."""
    recording = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDING
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        synthetic(folder / "first")
        sizes(folder)
        if recording.exists():
            recorded(recording, folder)
        else:
            print(f"no recording at {recording}: the replay is left out")


if __name__ == "__main__":
    main()
