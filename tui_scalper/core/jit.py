"""One place for the compiler's options, so that every kernel is built alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba import config
from numba.extending import overload

P = ParamSpec("P")
R = TypeVar("R")


OPTIONS: Final[dict[str, Any]] = {
    "cache": True,
    "nogil": True,
    "boundscheck": False,
    # One small idea a function costs nothing: all of a kernel becomes one piece of code.
    "forceinline": True,
    # Divisors are asked about where they may be nothing; no check beside that.
    "error_model": "numpy",
    # Arrays are borrowed from the caller for the call. Counting references to each slice
    # took two thirds of an update's time (atomic additions).
    "_nrt": False,
}
"""How every kernel is compiled. None of it changes a result: no fast mathematics."""


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` to machine code, cached on disk beside its source file.

    Kernels take numpy arrays and numbers, return numbers, allocate nothing, raise nothing.
    Where the compiler is switched off (NUMBA_DISABLE_JIT=1) they run as Python on the same
    integers.
    """
    if config.DISABLE_JIT:  # type: ignore[attr-defined]
        return in_64_bits(function)
    return cast("Callable[P, R]", numba.njit(**OPTIONS)(function))


def compiled_as(plain: Callable[..., Any], function: Callable[..., Any]) -> None:
    """Have kernels that call `plain` call `function`, of the same arguments."""

    def typed(*_: Any) -> Any:  # pragma: no cover - runs inside the compiler
        return function

    options: Any = {name: OPTIONS[name] for name in ("forceinline", "_nrt")}
    overload(plain, jit_options=options, strict=False)(typed)


def written_as(plain: Callable[..., Any], code: Callable[..., Any]) -> None:
    """Have kernels that call `plain` do what the intrinsic `code` writes, of the same arguments."""

    def written(*values: Any) -> Any:  # pragma: no cover - runs inside the compiler
        return code(*values)

    compiled_as(plain, written)


def in_64_bits(function: Callable[P, R]) -> Callable[P, R]:
    """`function` with every integer that goes in or out 64 bits wide, wrapping as compiled."""
    plain: Callable[..., Any] = function

    @wraps(function)
    def call(*values: P.args, **named: P.kwargs) -> R:
        with np.errstate(over="ignore"):
            answer = plain(*(widened(value) for value in values), **named)
        return cast("R", widened(answer))

    return call


def widened(value: Any) -> Any:
    """A whole number of 64 bits where `value` is one of Python's; anything else as it is."""
    return np.int64(value) if type(value) is int else value
