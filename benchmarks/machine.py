"""The machine a figure was measured on, in one line.

Run it alone to see the line: ``python benchmarks/machine.py``.
"""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

PACKAGES: Final = ("numpy", "numba", "pyarrow", "textual", "websockets")


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def machine_line() -> str:
    """Processor, cores, load, system, Python and the packages that matter."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"machine: {processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}, {packages}"
    )


def spread(values: Sequence[float], unit: str, digits: int = 2) -> str:
    """Median and range of some measurements."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return (
        f"median {middle:.{digits}f} {unit} ({low:.{digits}f} to {high:.{digits}f}, "
        f"{len(values)} runs)"
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]


if __name__ == "__main__":
    print(machine_line())
