"""The command line in processes of its own, with state kept apart and nothing inherited."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from terminal_rig import environment, program

LIMIT_S = 60


def call(
    *arguments: str, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `scalper-tui` with `arguments` to its end, without a terminal."""
    return subprocess.run(
        program(*arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        env=environment(extra),
        check=False,
    )


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start `scalper-tui` with `arguments`; its output is read from pipes."""
    return subprocess.Popen(
        program(*arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def state(folder: Path) -> tuple[str, str]:
    """The option that keeps a command's state in `folder`."""
    return "--set", f"state_dir={folder}"


def one_line(said: str) -> str:
    """What a refusal said, checked to be the one line a user can read."""
    assert said.startswith("scalper-tui: "), said
    assert said.count("\n") == 1, said
    assert said.endswith("\n"), said
    return said.removeprefix("scalper-tui: ").rstrip("\n")
