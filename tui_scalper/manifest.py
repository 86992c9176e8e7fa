"""Writes down what a run is: build, settings and whence, machine and user."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
import subprocess
import time
from functools import cache
from pathlib import Path

from tui_scalper import __version__
from tui_scalper.core.config import EngineConfig, at_speed
from tui_scalper.core.manifest import Build, Manifest
from tui_scalper.core.snapshot import Mode
from tui_scalper.settings import Settings, load_settings

PACKAGE = Path(__file__).parent
PATIENCE_S = 2.0
"""Longest wait for git; a run begins without knowing its commit rather than late."""
DIGITS = 16
NO_SEED = -1


def manifest_of(settings: Settings, mode: Mode, speed: float) -> Manifest:
    """The manifest of a run that begins now, at `speed` market seconds a second."""
    return Manifest(
        wall_ns=time.time_ns(),
        build=build(),
        mode=mode,
        broker=settings.broker,
        speed=speed,
        seed=settings.sim.seed if settings.broker == "sim" else NO_SEED,
        host=platform.node(),
        user=user(),
        pid=os.getpid(),
        python=platform.python_version(),
        settings=settings.in_force(),
    )


def config_of(manifest: Manifest) -> EngineConfig:
    """The rules that run decided by. Raises SettingsError when this version knows them not."""
    config = settings_of(manifest).engine_config(Mode(manifest.mode), "A")
    return at_speed(config, manifest.speed)


def settings_of(manifest: Manifest) -> Settings:
    """The settings of that run, secrets apart. Raises SettingsError as `config_of`."""
    known = {line.key: line.value for line in manifest.settings if line.value}
    return load_settings(overrides=known, environment={})


@cache
def build() -> Build:
    """Which code this process runs; read once."""
    return Build(version=__version__, commit=commit(PACKAGE.parent), sources=digest(PACKAGE))


def digest(package: Path) -> str:
    """Digest of names and contents of the Python and data files of `package`."""
    whole = hashlib.sha256()
    for path in sorted((*package.rglob("*.py"), *package.rglob("*.toml"))):
        content = path.read_bytes()
        whole.update(f"{path.relative_to(package).as_posix()}\n{len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()[:DIGITS]


def commit(checkout: Path) -> str:
    """Commit the checkout stands at; empty where it is none or git cannot say."""
    if not (checkout / ".git").exists():
        return ""
    try:
        said = subprocess.run(
            ["git", "-C", str(checkout), "rev-parse", f"--short={DIGITS}", "HEAD"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""


def user() -> str:
    """Who runs it; the number where the machine knows no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
