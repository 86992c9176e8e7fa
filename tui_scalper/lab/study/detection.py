"""Precision and recall of a score against a truth, with block-bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui_scalper.lab.layout import Ints
from tui_scalper.lab.parsing import Mask
from tui_scalper.lab.statistics import Interval
from tui_scalper.lab.study.fits import NAN, Floats
from tui_scalper.lab.study.page import figure, ranged
from tui_scalper.lab.study.resampling import block_sums, percentile_interval, resampled_sums


@dataclass(frozen=True)
class Found:
    """How a threshold does: everything at or above it is flagged."""

    threshold: float
    flagged: int
    precision: float
    precision_interval: Interval
    recall: float
    recall_interval: Interval

    def cells(self) -> tuple[str, str, str]:
        """Flagged, precision, recall, as a table shows them."""
        return (
            f"{self.flagged:,}",
            ranged(self.precision, self.precision_interval, 2),
            ranged(self.recall, self.recall_interval, 2),
        )


@dataclass(frozen=True)
class Cases:
    """`n` cases: a score, whether it is truly one, and its bootstrap block."""

    score: Floats
    true: Mask
    block: Ints

    @property
    def base_rate(self) -> float:
        """Share of true cases: the precision of flagging everything."""
        return float(self.true.mean()) if len(self.true) else NAN

    @property
    def average_precision(self) -> float:
        """Area under precision against recall: the base rate for a worthless score, 1 at best."""
        true = self.true[np.argsort(-self.score, kind="stable")]
        if not true.any():
            return NAN
        precision = np.cumsum(true) / np.arange(1, len(true) + 1)
        return float(precision[true].mean())

    def point(self, threshold: float) -> tuple[float, float]:
        """Recall and precision alone, for a curve."""
        flagged = self.score >= threshold
        hits = float((flagged & self.true).sum())
        return _share(hits, float(self.true.sum())), _share(hits, float(flagged.sum()))

    def at(self, threshold: float, seed: int) -> Found:
        """Precision and recall of flagging scores of `threshold` and above."""
        flagged = self.score >= threshold
        terms = np.column_stack((flagged & self.true, flagged, self.true)).astype(float)
        sums = block_sums(terms, self.block)
        drawn = resampled_sums(sums, seed)
        hits, flags, truths = sums.sum(axis=0)
        return Found(
            threshold,
            int(flags),
            _share(hits, flags),
            percentile_interval(_shares(drawn[:, 0], drawn[:, 1])),
            _share(hits, truths),
            percentile_interval(_shares(drawn[:, 0], drawn[:, 2])),
        )


def joined(parts: list[Cases]) -> Cases:
    """All cases of several stocks; blocks of different stocks stay apart."""
    blocks, before = [], 0
    for part in parts:
        blocks.append(part.block + before)
        before += int(part.block.max()) + 1 if len(part.block) else 0
    return Cases(
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.true for part in parts]),
        np.concatenate(blocks),
    )


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else NAN


def _shares(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), NAN)


def percent(share: float) -> str:
    """A share in percent."""
    return f"{figure(100 * share, 1)} %"
