"""What the core may know: no I/O, no clock; and who may write an order down."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "tui_scalper"
CORE = sorted((PACKAGE / "core").rglob("*.py"))
# llvmlite is the part of numba that writes code.
FOREIGN = {"numpy", "numba", "llvmlite", "msgspec"}
IMPURE = {
    "asyncio",
    "logging",
    "os",
    "pathlib",
    "random",
    "socket",
    "subprocess",
    "threading",
    "time",
}


def imported(path):
    """Top-level names a module imports, wherever in it, and its own package's modules."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.stem)
def test_core_imports_nothing_but_itself_and_three_libraries(path):
    for name in imported(path):
        top = name.partition(".")[0]
        if top == "tui_scalper":
            assert name.startswith("tui_scalper.core"), name
        else:
            assert top in FOREIGN or top in sys.stdlib_module_names, name
            assert top not in IMPURE, name


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.stem)
def test_core_prints_opens_and_keeps_nothing_global(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not isinstance(node, ast.Global)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in {"now", "today", "utcnow"}, "a clock is read"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input", "exec", "eval"}


def test_only_the_controls_write_a_new_order_down():
    builders = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else None
            name = called.id if isinstance(called, ast.Name) else name
            if name == "PlaceOrder":
                builders.add(path.relative_to(PACKAGE).as_posix())
    assert builders == {"core/risk.py"}


def test_core_runs_without_the_screen_or_the_network():
    probe = (
        "import sys; import tui_scalper.core.engine, tui_scalper.core.picture; "
        "print([name for name in ('textual', 'aiohttp', 'websockets', 'pydantic_settings') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
        timeout=60,
    )
    assert done.stdout.strip() == "[]"
