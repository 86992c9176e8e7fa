"""Columns of fixed width, for the lists of the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui_scalper.widgets.lines import Line, Span, fit
from tui_scalper.widgets.palette import Role
from tui_scalper.widgets.text import cut


class Column(NamedTuple):
    """One column: its title, its width in cells, and the side its text leans to."""

    title: str
    width: int
    right: bool = False


def columns_width(columns: Sequence[Column]) -> int:
    """Cells the columns take with one blank between neighbours."""
    return sum(column.width for column in columns) + len(columns) - 1


def fitting(
    columns: Sequence[Column], dropped_first: Sequence[Column], width: int
) -> tuple[Column, ...]:
    """`columns` without as many of `dropped_first` as `width` has no room for."""
    chosen = list(columns)
    for column in dropped_first:
        if columns_width(chosen) < width:
            break
        chosen.remove(column)
    return tuple(chosen)


def _aligned(text: str, column: Column) -> str:
    shown = cut(text, column.width)
    return shown.rjust(column.width) if column.right else shown.ljust(column.width)


def header(columns: Sequence[Column], width: int, role: Role) -> Line:
    """The titles, one cell from the left edge."""
    titles = " ".join(_aligned(column.title, column) for column in columns)
    return fit(((f" {titles}", role),), width, role)


def row(cells: Sequence[Span], columns: Sequence[Column], width: int, *, cursor: bool) -> Line:
    """One row; under the cursor every cell takes the cursor's role and a pointer stands first."""
    if cursor:
        words = " ".join(
            _aligned(text, column) for (text, _), column in zip(cells, columns, strict=True)
        )
        return fit(((f"▶{words}", Role.CURSOR),), width, Role.CURSOR)
    spans: list[Span] = []
    for (text, role), column in zip(cells, columns, strict=True):
        word = f" {_aligned(text, column)}"
        if spans and spans[-1][1] is role:
            spans[-1] = (spans[-1][0] + word, role)
        else:
            spans.append((word, role))
    return fit(tuple(spans), width, Role.TEXT)
