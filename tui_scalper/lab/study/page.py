"""What an experiment says: a section of the page, and the pictures beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tui_scalper.lab.statistics import Interval
from tui_scalper.lab.study.svg import Chart, draw


@dataclass(frozen=True)
class Section:
    """A heading, paragraphs and tables of Markdown, charts by file name (no suffix)."""

    title: str
    blocks: tuple[str, ...]
    charts: tuple[tuple[str, Chart], ...] = ()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown; the first column is text, the others are figures."""
    marks = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, marks, *rows))


def figure(value: float, digits: int = 3) -> str:
    """A figure, a dash where there is none."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"


def ranged(value: float, interval: Interval, digits: int = 3) -> str:
    """A figure and its interval."""
    low, high = (figure(edge, digits) for edge in interval)
    return f"{figure(value, digits)} [{low}, {high}]"


def write(folder: Path, title: str, intro: str, sections: Sequence[Section]) -> None:
    """README.md and the charts into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [f"# {title}", intro]
    for section in sections:
        parts += [f"## {section.title}", *section.blocks]
        for name, chart in section.charts:
            (folder / f"{name}.svg").write_text(draw(chart), encoding="utf-8")
            parts.append(f"![{chart.title}]({name}.svg)")
    (folder / "README.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
