"""What a run was: which build, which settings and whence, on what machine, and what changed.

Plain values that a journal keeps at the head of every run. A secret never stands in them,
only whether it was given.
"""

from __future__ import annotations

import msgspec


class Build(msgspec.Struct, frozen=True, kw_only=True):
    """Which code ran."""

    version: str
    commit: str
    """Of the checkout it ran from; empty where it ran from none."""
    sources: str
    """Digest of the package's sources, which tells edited checkouts apart."""

    @property
    def text(self) -> str:
        """All of it in one line."""
        return " ".join(word for word in (self.version, self.commit, self.sources) if word)


class SettingLine(msgspec.Struct, frozen=True, array_like=True):
    """One setting in force: dotted key, value as it would be written, and where it stood."""

    key: str
    value: str
    origin: str


class SettingChange(msgspec.Struct, frozen=True, array_like=True):
    """One thing that is not as in the run before; an empty text is a setting that was not there."""

    key: str
    old: str
    new: str
    origin: str
    """Where the new value stood."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides what a run does, beside the market and the operator."""

    wall_ns: int
    """When it began by the machine's clock, nanoseconds UTC: a simulated day has its own time."""
    build: Build
    mode: str
    broker: str
    speed: float
    """Market seconds in a real second."""
    seed: int
    """Of the simulated market; -1 where none is simulated."""
    host: str
    user: str
    pid: int
    python: str
    settings: tuple[SettingLine, ...]
    changed: tuple[SettingChange, ...] = ()
    """What differs from the run before in the same state directory; empty for the first."""

    def after(self, before: Manifest | None) -> Manifest:
        """This manifest with what changed since the run of `before`."""
        if before is None:
            return self
        return msgspec.structs.replace(self, changed=changes(before, self))


BUILD_KEY = "build"
"""Stands for the code among the changes."""


def changes(before: Manifest, now: Manifest) -> tuple[SettingChange, ...]:
    """What is not as it was, by key; the same value from another place is no change."""
    was = {line.key: line for line in build_and_settings(before)}
    now_is = {line.key: line for line in build_and_settings(now)}
    found = []
    for key in sorted(was.keys() | now_is.keys()):
        old, new = was.get(key), now_is.get(key)
        old_value, new_value = old.value if old else "", new.value if new else ""
        if old_value != new_value:
            found.append(SettingChange(key, old_value, new_value, new.origin if new else ""))
    return tuple(found)


def build_and_settings(manifest: Manifest) -> tuple[SettingLine, ...]:
    """Every line that is compared between runs."""
    return (SettingLine(BUILD_KEY, manifest.build.text, "the program"), *manifest.settings)


NAMED = 4
"""Changes that one line names."""


def changes_text(changed: tuple[SettingChange, ...]) -> str:
    """One line about `changed`, as the console's log says it."""
    named = [f"{one.key} {one.old or '-'} -> {one.new or '-'}" for one in changed[:NAMED]]
    more = [f"{len(changed) - NAMED} more"] if len(changed) > NAMED else []
    return f"changed since the last run: {'; '.join(named + more)}"
