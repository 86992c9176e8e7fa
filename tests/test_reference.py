"""The reference pages are what the program says of itself; the list of controls is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tui_scalper.core.checks import CHECKS
from tui_scalper.core.config import EngineConfig
from tui_scalper.core.controls import CONTROLS, Built, Control
from tui_scalper.core.gates import Gate
from tui_scalper.core.goal_table import GoalInput
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.snapshot import Mode
from tui_scalper.core.tables import step
from tui_scalper.core.trading_table import TradingInput
from tui_scalper.keymap import ACTIONS
from tui_scalper.lab.faultsim.kinds import FaultKind
from tui_scalper.lab.faultsim.menu import EVERY, MENU
from tui_scalper.reference import MACHINES, PAGES, write
from tui_scalper.settings import Section, Settings, load_settings

TESTS = Path(__file__).parent
REFERENCE = TESTS.parent / "docs" / "reference"

ELSEWHERE = (
    *("mode", "broker", "journal.", "state_dir", "kite.", "session.", "alerts.", "deadman."),
    *("lists.industries", "lists.restricted"),
)
"""Settings of controls that the engine's numbers do not hold."""


def keys():
    """Every dotted key there is, with its field."""
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from ((f"{name}.{inner}", leaf) for inner, leaf in kind.model_fields.items())
        else:
            yield name, field


OTHER = {
    "protection.style": "broker",
    "entry.remainder": "chase",
    "lists.allow": "INFY",
    "lists.deny": "INFY",
    "signals.pressure_high": "94",
    "signals.depth_ratio": "2",
    "protection.stop": "0.20",
    "protection.time_exit": "60",
    "operator.on_ui_lost": "flatten",
    **{key: "kill" for key, _ in keys() if key.startswith("emergency.on_")},
}
"""Values that may stand where half the default may not."""


def functions_in(file):
    """Names of the tests in a file."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {
        one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_current(name):
    kept = (REFERENCE / name).read_text(encoding="utf-8")
    assert kept == PAGES[name](), f"docs/reference/{name} is not current: run make docs"


def test_no_other_page_stands_there_and_writing_is_what_make_docs_does(tmp_path):
    assert {path.name for path in REFERENCE.iterdir()} == set(PAGES)
    write(tmp_path / "reference")
    for name in PAGES:
        made = (tmp_path / "reference" / name).read_bytes()
        assert made == (REFERENCE / name).read_bytes()


def test_every_control_has_an_entry_in_order():
    assert list(CONTROLS) == list(Control)
    for name, entry in CONTROLS.items():
        assert entry.title, name
        assert entry.does.endswith("."), name


@pytest.mark.parametrize("name", Control)
def test_no_control_claims_what_is_not_there(name):
    entry = CONTROLS[name]
    assert (entry.state is Built.WHOLE) == (entry.missing == "")
    if entry.state is not Built.NONE:
        assert entry.tests, "a control nobody proves is none"
    for node in entry.tests:
        file, _, function = node.partition("::")
        assert function in functions_in(file), node
    known = dict(keys())
    assert set(entry.settings) <= set(known)
    assert len(set(entry.tests)) == len(entry.tests)


def test_every_fault_has_an_answer_in_order():
    assert list(MENU) == list(FaultKind)
    for kind, answer in MENU.items():
        assert answer.does.endswith("."), kind
        assert answer.tests, "a fault nobody answers"
        assert len(set(answer.tests)) == len(answer.tests)


@pytest.mark.parametrize("node", sorted({EVERY}.union(*(one.tests for one in MENU.values()))))
def test_every_proof_of_a_fault_is_a_test(node):
    file, _, function = node.partition("::")
    assert function in functions_in(file)


def test_every_check_and_every_gate_belongs_to_a_control():
    shown = {reason for entry in CONTROLS.values() for reason in entry.shows}
    assert {reason for reason, _ in CHECKS} <= shown
    assert set(Gate) <= shown
    assert set(TradingInput) - shown == {TradingInput.RESET, TradingInput.RESET_EARLY}
    assert set(GoalInput) - shown == {
        GoalInput.TARGET_TOUCHED,
        GoalInput.TARGET_LEFT,
        GoalInput.TAKE_EXPIRED,
    }


@pytest.mark.parametrize(
    "key", sorted({key for entry in CONTROLS.values() for key in entry.settings})
)
def test_settings_of_controls_reach_the_engine(key):
    if any(key.startswith(one) for one in ELSEWHERE):
        return
    field = dict(keys())[key]
    other = OTHER.get(key)
    if other is None:
        other = str(field.default / 2 if field.default != 1 else 2)
        if isinstance(field.default, int):
            other = str(field.default - 1)
    plain = config_with({})
    assert config_with({key: other}) != plain


def config_with(overrides) -> EngineConfig:
    settings = load_settings(overrides=overrides, environment={})
    return settings.engine_config(Mode.SIM, "T")


def test_every_name_is_on_its_page():
    refusals = PAGES["refusals.md"]()
    assert all(f"| `{one.value}` |" in refusals for one in Refusal)
    gates = PAGES["gates.md"]()
    assert all(f"`{one.name.lower()}`" in gates for one in Gate)
    settings = PAGES["settings.md"]()
    assert all(f"| `{key}` |" in settings for key, _ in keys())
    shortcuts = PAGES["keys.md"]()
    assert all(f"| `{action.id}` |" in shortcuts for action in ACTIONS)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine[0])
def test_diagrams_hold_every_change_of_state_and_tables_every_pair(machine):
    name, _, states, kinds, inputs, _ = machine
    part = PAGES["states.md"]().split(f"## {name}\n")[1].split("\n## ")[0]
    arrows = set()
    for line in part.splitlines():
        found = re.fullmatch(r"    (\w+) --> (\w+): (.*)", line)
        if found:
            arrows |= {(found[1], found[2], word) for word in found[3].split(", ")}
    expected = {
        (state.name, after.name, given.value)
        for state in kinds
        for given in inputs
        if isinstance(after := step(states, state, given), kinds) and after is not state
    }
    assert arrows == expected
    rows = [line for line in part.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + len(inputs)
    assert all(line.count(" | ") == len(kinds) for line in rows)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_says_what_only_python_says(name):
    page = PAGES[name]()
    assert "<enum" not in page and "<class" not in page
