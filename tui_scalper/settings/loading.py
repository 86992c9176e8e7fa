"""Where settings come from: a file, the environment, the command line, the later beating the
earlier. What is wrong is said with its key, its place, its meaning and the nearest right name."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tui_scalper.settings.section import Section, SettingsError
from tui_scalper.settings.whole import ENV_PREFIX, Settings

ENV_FILE = "SCALPER_SETTINGS"
"""Environment variable that names the settings file."""

LISTS = {
    ("kite", "symbols"),
    ("lists", "allow"),
    ("lists", "deny"),
    ("session", "windows"),
    ("session", "ordinary"),
    ("operator", "sizes"),
}
"""Settings that are lists; given as text they are comma-separated."""


def load_settings(
    file: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings from file, environment and command line, the later beating the earlier.

    `overrides` maps dotted keys to texts, e.g. ``{"risk.daily_trades": "5"}``. Raises
    SettingsError naming the key, its value, where it stands and what is allowed.
    """
    environment = os.environ if environment is None else environment
    named = environment.get(ENV_FILE)
    file = file or (Path(named) if named else None)
    origins: dict[str, str] = {}
    values: dict[str, Any] = {}
    if file is not None:
        _merge(values, _read_toml(file), origins, str(file))
    for name, text in sorted(environment.items()):
        if name.startswith(ENV_PREFIX) and name != ENV_FILE:
            path = name.removeprefix(ENV_PREFIX).lower().split("__")
            _put(values, path, text, origins, f"environment variable {name}")
    for dotted, text in (overrides or {}).items():
        _put(values, dotted.split("."), text, origins, "the command line")
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError(_explain(error, origins)) from None
    settings._origins.update(origins)
    return settings


def made_state(settings: Settings) -> Path:
    """The state directory, made when it is not there yet.

    Raises SettingsError naming it when this user cannot write there.
    """
    state = settings.state
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            f"cannot make the state directory {state}: {error.strerror}; "
            "set state_dir to a directory this user may write"
        ) from None
    if not os.access(state, os.W_OK | os.X_OK):
        raise SettingsError(
            f"cannot write in the state directory {state}; "
            "set state_dir to a directory this user may write"
        )
    return state


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read settings file {file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {file} is not valid TOML: {error}") from None


def _merge(into: dict[str, Any], new: dict[str, Any], origins: dict[str, str], at: str) -> None:
    for key, value in new.items():
        if isinstance(value, dict):
            for inner, leaf in value.items():
                _put(into, [key, inner], leaf, origins, at)
        else:
            _put(into, [key], value, origins, at)


def _put(
    into: dict[str, Any], path: list[str], value: object, origins: dict[str, str], at: str
) -> None:
    origins[".".join(path)] = at
    for key in path[:-1]:
        inner = into.setdefault(key, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{'.'.join(path)} in {at}: {key} is no section")
        into = inner
    into[path[-1]] = _parsed(path, value)


def _parsed(path: list[str], value: object) -> object:
    """A list setting given as text is comma-separated; numbers in files become exact."""
    if tuple(path) in LISTS and isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return Decimal(str(value)) if isinstance(value, float) else value


def _explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    lines = []
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        at = origins.get(key) or next(
            (place for known, place in origins.items() if known.startswith(f"{key}.")), "defaults"
        )
        if item["type"] == "extra_forbidden":
            lines.append(f"unknown setting {key!r} in {at}{_nearest(key)}")
            continue
        if not item["loc"]:
            lines.append(f"settings: {item['ctx']['error']}")
            continue
        if item["type"] == "value_error":
            lines.append(f"setting {key} in {at}: {item['ctx']['error']}")
            continue
        shown = "(hidden)" if key.split(".")[0] == "kite" else repr(item["input"])
        lines.append(f"setting {key} = {shown} in {at}: {item['msg']}{_meaning(key)}")
    return "; ".join(lines)


def _known_keys() -> dict[str, str]:
    keys: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            for inner, leaf in section.model_fields.items():
                keys[f"{name}.{inner}"] = leaf.description or ""
        else:
            keys[name] = field.description or ""
    return keys


def _nearest(key: str) -> str:
    known = _known_keys()
    names = known if "." in key else [*known, *dict.fromkeys(one.split(".")[0] for one in known)]
    close = get_close_matches(key, names, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def _meaning(key: str) -> str:
    text = _known_keys().get(key, "")
    return f" ({text.splitlines()[0]})" if text else ""
