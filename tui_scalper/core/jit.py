"""One place for the compiler's options, so that every kernel is built alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` to machine code, cached on disk beside its source file.

    Kernels take numpy arrays and integers, allocate nothing and raise nothing.
    """
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True, boundscheck=False)(function))
