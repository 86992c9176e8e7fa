"""Columns of text to integers, a mask of what could not be read beside them."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tui_scalper.core.units import MS, NS
from tui_scalper.lab.layout import Ints

Mask = NDArray[np.bool_]

_INTEGER: Final = r"^-?[0-9]{1,18}$"
_DECIMAL: Final = r"^-?[0-9]{1,15}(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$"
_MOMENT: Final = r"^[0-9]{4}\.[0-9]{2}\.[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}$"
_CODE: Final = r"^[0-9]{6}(\.S[HS])?$"
_LARGEST: Final = 1e15
"""Beyond it a float no longer holds every hundredth."""


def _masked(text: pa.Array, pattern: str, bad: Mask) -> pa.Array:
    """`text` with null where it does not fit `pattern`; those are marked in `bad`."""
    fits = pc.match_substring_regex(text, pattern).fill_null(False)
    bad |= ~fits.to_numpy(zero_copy_only=False)
    return pc.if_else(fits, text, pa.scalar(None, pa.string()))


def integers(text: pa.Array, bad: Mask) -> Ints:
    """int64[k] of decimal integers, 0 where `bad` was set."""
    try:
        numbers = text.cast(pa.int64())
    except pa.ArrowInvalid:
        numbers = _masked(text, _INTEGER, bad).cast(pa.int64())
    return numbers.fill_null(0).to_numpy()


def hundredths(text: pa.Array, bad: Mask) -> Ints:
    """int64[k] of decimal amounts times 100, rounded to nearest; 0 where `bad` was set."""
    try:
        amounts = text.cast(pa.float64())
    except pa.ArrowInvalid:
        amounts = _masked(text, _DECIMAL, bad).cast(pa.float64())
    values = amounts.fill_null(0.0).to_numpy()
    fits = np.abs(values) < _LARGEST
    bad |= ~fits
    return np.rint(np.where(fits, values, 0.0) * 100).astype(np.int64)


def moments(text: pa.Array, bad: Mask) -> Ints:
    """int64[k] nanoseconds of local times like 2021.12.01T09:15:02.000, as if they were UTC."""
    clean = _masked(text, _MOMENT, bad)
    seconds = pc.strptime(
        pc.utf8_slice_codeunits(clean, 0, 19),
        format="%Y.%m.%dT%H:%M:%S",
        unit="s",
        error_is_null=True,
    )
    bad |= seconds.is_null().to_numpy(zero_copy_only=False)
    whole = seconds.cast(pa.int64()).fill_null(0).to_numpy()
    parts = pc.utf8_slice_codeunits(clean, 20, 23).cast(pa.int64()).fill_null(0).to_numpy()
    return whole * NS + parts * MS


def codes(text: pa.Array, bad: Mask) -> Ints:
    """int64[k] of six-digit stock codes, with or without their exchange suffix."""
    clean = _masked(text, _CODE, bad)
    return pc.utf8_slice_codeunits(clean, 0, 6).cast(pa.int64()).fill_null(0).to_numpy()
