"""Times the official SDK's decode of frames in a file; run in .venv-oracle by bench_readings.

    .venv-oracle/bin/python benchmarks/sdk_decode.py FILE TICKS

FILE holds frames, each after its length (u32). Prints the SDK's version and nanoseconds a
tick: least and median over the frames.
"""

from __future__ import annotations

import statistics
import struct
import sys
import time
from pathlib import Path

from kiteconnect import KiteTicker, __version__


def main() -> None:
    """Decode every frame once."""
    data, ticks = Path(sys.argv[1]).read_bytes(), int(sys.argv[2])
    decode = KiteTicker("key", "token")._parse_binary
    taken, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        frame = data[at + 4 : at + 4 + size]
        at += 4 + size
        began = time.perf_counter_ns()
        found = decode(frame)
        taken.append((time.perf_counter_ns() - began) / ticks)
        assert len(found) == ticks
    print(__version__.__version__, min(taken), statistics.median(taken))


if __name__ == "__main__":
    main()
