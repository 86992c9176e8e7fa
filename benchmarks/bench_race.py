"""How often the leading signal changes, with hysteresis and without, on recorded days.

    python benchmarks/bench_race.py [TAPE ...]

Without a tape the recordings in ../shared/data/depth are imported first.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from machine import machine_line

from tui_scalper.core.config import EngineConfig, SignalRules
from tui_scalper.core.race import CHANGES
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.units import NS
from tui_scalper.lab.importers import import_file
from tui_scalper.lab.replay import Replay, ReplayPlan
from tui_scalper.lab.tape import Tape

RECORDED = Path(__file__).parents[2] / "shared" / "data" / "depth"
HOUR_NS = 3_600 * NS
SIGNALS = SignalRules()
RULES = {
    "none": msgspec.structs.replace(SIGNALS, lead_ppm=0, lead_ns=0),
    "time alone": msgspec.structs.replace(SIGNALS, lead_ppm=1_000_001),
    "margin alone": msgspec.structs.replace(SIGNALS, lead_ns=24 * HOUR_NS),
    "both (default)": SIGNALS,
}


def changes(tape: Tape, signals: SignalRules) -> int:
    """How often one leader followed another on `tape`."""
    config = EngineConfig(mode=Mode.REPLAY, signals=signals)
    replay = Replay(tape, config, ReplayPlan(auto=False, opening_cash=10**9))
    replay.run()
    return int(replay.engine.table.race[CHANGES])


def show(path: Path) -> None:
    """Print the figures of one tape."""
    tape = Tape.open(path)
    hours = (tape.last_ns - tape.first_ns) / HOUR_NS
    print(f"{path.name}: {len(tape.universe)} stocks, {hours:.1f} h")
    for name, rules in RULES.items():
        count = changes(tape, rules)
        print(
            f"  hysteresis {name:<15} {count:6,d} changes of the lead, {count / hours:7.1f} an hour"
        )


def main() -> None:
    """Every tape named, or every recording."""
    print(machine_line())
    if sys.argv[1:]:
        for name in sys.argv[1:]:
            show(Path(name))
        return
    with TemporaryDirectory() as folder:
        for recording in sorted(RECORDED.glob("sse*.csv.gz")):
            tape = Path(folder) / f"{recording.name.partition('.')[0]}.tape"
            import_file(recording, tape)
            show(tape)


if __name__ == "__main__":
    main()
