"""Charts as SVG text: lines with bands, points and bars, on one pair of axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 720
HEIGHT: Final = 400
LEFT: Final = 70
RIGHT: Final = 200
TOP: Final = 36
BOTTOM: Final = 48

COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#333333")
"""Okabe and Ito's colours, told apart by everybody."""


@dataclass(frozen=True)
class Series:
    """One line or cloud. `low` and `high` draw an interval at each point where given."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    points: bool = False
    """Draw only points, no line."""


@dataclass(frozen=True)
class Chart:
    """What is drawn. `ticks` names places on the x axis; without it numbers stand there."""

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    ticks: tuple[tuple[float, str], ...] = ()
    level: float | None = None
    """A horizontal line to compare with."""


def draw(chart: Chart) -> str:
    """The chart as an SVG document; values that are not finite are left out."""
    xs = [value for one in chart.series for value in one.x if math.isfinite(value)]
    drawn = (value for one in chart.series for value in (*one.y, *one.low, *one.high))
    ys = [value for value in drawn if math.isfinite(value)]
    if chart.level is not None:
        ys.append(chart.level)
    frame = _Frame(*_padded(xs, 0.03), *_padded(ys, 0.06))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 22, chart.title, size=14),
        *_axes(chart, frame),
    ]
    for number, one in enumerate(chart.series):
        parts += _series(one, frame, COLOURS[number % len(COLOURS)], number)
    return "\n".join((*parts, "</svg>")) + "\n"


@dataclass(frozen=True)
class _Frame:
    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        part = (value - self.x_low) / (self.x_high - self.x_low)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        part = (value - self.y_low) / (self.y_high - self.y_low)
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)


def _padded(values: list[float], share: float) -> tuple[float, float]:
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    pad = (high - low) * share or abs(high) * 0.1 or 1.0
    return low - pad, high + pad


def round_steps(low: float, high: float, count: int = 6) -> list[float]:
    """Round numbers from `low` to `high`, about `count` of them."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in (1, 2, 5, 10) if power * nice >= rough)
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


def _axes(chart: Chart, frame: _Frame) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = []
    for value in round_steps(frame.y_low, frame.y_high):
        y = frame.y(value)
        parts.append(_line(LEFT, y, right, y, "#dddddd"))
        parts.append(_text(LEFT - 6, y + 4, f"{value:.4g}", anchor="end"))
    places = chart.ticks or tuple(
        (value, f"{value:.4g}") for value in round_steps(frame.x_low, frame.x_high)
    )
    for value, name in places:
        parts.append(_line(frame.x(value), bottom, frame.x(value), bottom + 4, "#333333"))
        parts.append(_text(frame.x(value), bottom + 17, name, anchor="middle"))
    if chart.level is not None:
        y = frame.y(chart.level)
        parts.append(_line(LEFT, y, right, y, "#333333", dash=True))
    middle = (TOP + bottom) / 2
    return [
        *parts,
        _line(LEFT, bottom, right, bottom, "#333333"),
        _line(LEFT, TOP, LEFT, bottom, "#333333"),
        _text((LEFT + right) / 2, HEIGHT - 10, chart.x_label, anchor="middle"),
        f'<text x="16" y="{middle:.1f}" text-anchor="middle" '
        f'transform="rotate(-90 16 {middle:.1f})">{escape(chart.y_label)}</text>',
    ]


def _series(one: Series, frame: _Frame, colour: str, number: int) -> list[str]:
    places = [
        (frame.x(x), frame.y(y))
        for x, y in zip(one.x, one.y, strict=True)
        if math.isfinite(x) and math.isfinite(y)
    ]
    parts = []
    if not one.points and places:
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
    if one.points or len(places) <= 40:
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    for x, low, high in zip(one.x, one.low, one.high, strict=False):
        if math.isfinite(low) and math.isfinite(high):
            at = frame.x(x) + number * 1.5
            parts.append(_line(at, frame.y(low), at, frame.y(high), colour))
    y = TOP + 8 + number * 18
    parts.append(
        f'<rect x="{WIDTH - RIGHT + 12}" y="{y - 8}" width="10" height="10" fill="{colour}"/>'
    )
    parts.append(_text(WIDTH - RIGHT + 27, y + 1, one.name))
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, dash: bool = False) -> str:
    dashes = ' stroke-dasharray="4 3"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dashes}/>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
        f"{escape(text)}</text>"
    )
