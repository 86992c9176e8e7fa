"""Keymap files: presets, a person's own, and every fault of one that cannot be used.

A keymap file rebinds actions by their id::

    base = "vim"
    [keys]
    "operator.arm" = "A"
    "kill.latch" = ["K", "f9"]

`base` names the preset it begins with, by default the keys the console comes with.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tui_scalper.keymap import (
    ACTIONS,
    ALWAYS,
    BY_ID,
    DEFAULT_KEYMAP,
    KEY_LABELS,
    NAMED_KEYS,
    RESERVED,
    Keymap,
    KeymapError,
    default_keymap,
)

LABELLED: Final = {label.lower(): key for key, label in KEY_LABELS.items()}
"""Names of keys as the screen shows them, in small letters."""


def packaged_keymaps() -> Path:
    """Folder of the presets that come with the console: in the wheel, or in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "keymaps"
    return inside if inside.is_dir() else package.parent / "keymaps"


def preset_names() -> tuple[str, ...]:
    """Names of the presets, the built-in one first."""
    return (DEFAULT_KEYMAP, *sorted(path.stem for path in packaged_keymaps().glob("*.toml")))


def find_keymap(name: str) -> Keymap:
    """The keys of a preset or of the file at a path. Raises KeymapError."""
    if name in ("", DEFAULT_KEYMAP):
        return default_keymap()
    if name in preset_names():
        return load_keymap(packaged_keymaps() / f"{name}.toml")
    path = Path(name).expanduser()
    if not path.exists() and not path.suffix:
        near = difflib.get_close_matches(name, preset_names(), 1, 0.0)[0]
        raise KeymapError(
            f"keymap {name!r}",
            [f"neither a file nor a preset ({', '.join(preset_names())}); did you mean {near!r}?"],
        )
    return load_keymap(path)


def load_keymap(path: Path) -> Keymap:
    """The keys of its base with those of the file at `path` in place.

    Raises KeymapError, which names every fault of the file.
    """
    source = f"keymap file {path}"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KeymapError(source, [f"{error}; correct the file or its path"]) from error
    bound = table.get("keys", {})
    base = table.get("base", DEFAULT_KEYMAP)
    faults = [
        f"unknown table [{section}]; the table is [keys]"
        for section in table
        if section not in ("keys", "base")
    ]
    if base not in preset_names():
        faults.append(f"base = {base!r}; presets are {', '.join(preset_names())}")
        base = DEFAULT_KEYMAP
    if not isinstance(bound, dict):
        raise KeymapError(source, [*faults, "[keys] must be a table of action ids"])
    wrong = {action_id: list(_faults(action_id, value)) for action_id, value in bound.items()}
    right = {
        action_id: _with_kept(action_id, value)
        for action_id, value in bound.items()
        if not wrong[action_id]
    }
    faults += [fault for each in wrong.values() for fault in each]
    return Keymap({**_base(base), **right}, source=source, faults=faults)


def _base(name: str) -> dict[str, tuple[str, ...]]:
    """The keys a file begins with."""
    preset = find_keymap(name)
    return {action.id: preset.keys_of(action.id) for action in ACTIONS}


def _listed(value: object) -> object:
    """The keys of a binding as a list, by their own names."""
    keys = [value] if isinstance(value, str) else value
    return [_named(key) for key in keys] if isinstance(keys, list) else keys


def _named(key: object) -> object:
    """The name of a key that may be called as the screen shows it: ``Esc``, ``PgDn``, ``↑``."""
    if not isinstance(key, str):
        return key
    return LABELLED.get(key.lower(), key if len(key) == 1 else key.lower())


def _with_kept(action_id: str, value: object) -> tuple[str, ...]:
    """The keys of a binding without fault, those kept whatever a keymap says after them."""
    keys = _listed(value)
    assert isinstance(keys, list)
    kept = tuple(key for key in BY_ID[action_id].keys if key in ALWAYS and key not in keys)
    return (*keys, *kept)


def _faults(action_id: str, value: object) -> Iterator[str]:
    """What is wrong with the binding of one action, in words."""
    if action_id not in BY_ID:
        near = difflib.get_close_matches(action_id, BY_ID, 1, 0.0)[0]
        yield f"unknown action {action_id!r}; did you mean {near!r}?"
        return
    keys = _listed(value)
    if not isinstance(keys, list) or not keys:
        yield f"{action_id!r} needs a key or a list of keys"
        return
    for key in keys:
        if fault := _key_fault(action_id, key):
            yield f"{action_id!r}: {fault}"


def _key_fault(action_id: str, key: object) -> str:
    """What is wrong with a key of an action, in words; empty when nothing is."""
    if not isinstance(key, str):
        return f"{key!r} is no key name; write it in quotes"
    if key in ALWAYS and action_id == "app.quit":
        return ""
    if key in RESERVED or key.startswith("alt+"):
        return (
            f"key {key!r} is reserved for the terminal, the multiplexer or ssh; "
            "use a letter or a function key"
        )
    if action_id.startswith("stage.") and len(key) == 1 and key.isupper():
        return (
            f"key {key!r} is a capital: with Caps Lock on its small letter would "
            f"enter; use {key.lower()!r} or another small letter"
        )
    printable = len(key) == 1 and key.isascii() and key.isprintable() and key != " "
    if printable or key in NAMED_KEYS:
        return ""
    near = difflib.get_close_matches(key, sorted(NAMED_KEYS), 1, 0.0)[0]
    return f"unknown key {key!r}; did you mean {near!r}?"
