"""Experiment: which stocks the gates of liquidity keep out of the race, and for how long."""

from __future__ import annotations

from typing import Final

import numpy as np

from tui_scalper.core.config import SignalRules
from tui_scalper.core.units import BP
from tui_scalper.core.witnesses import Witness
from tui_scalper.lab.parsing import Mask
from tui_scalper.lab.study.fits import Floats
from tui_scalper.lab.study.hours import SECOND
from tui_scalper.lab.study.page import Section, figure, table
from tui_scalper.lab.study.rebuild import Books
from tui_scalper.lab.study.sampled import Sampled

RULES: Final = SignalRules()
LEAST: Final = RULES.witnesses[Witness.TURNOVER].threshold
LAKH: Final = 100_000_00
"""In hundredths."""
TICK: Final = 1
NEVER: Final = "never"


def study(day: tuple[Sampled, ...], snapshots: tuple[Sampled, ...]) -> Section:
    """The section of this experiment."""
    return Section(
        "Liquidity: who is let into the race",
        (
            f"Two gates ask for it by default: a spread of at most {RULES.max_spread_bp} bp (one "
            f"tick is never too wide), and a turnover today of at least {LEAST:g} lakh. Shares "
            "of the moments of continuous trading at which each keeps a stock out; the time at "
            "which its turnover let it in. The snapshots end at 10:30.",
            table(
                (
                    "stock",
                    "median spread, bp",
                    "turnover at the end, lakh",
                    "too wide, %",
                    "too little turnover, %",
                    "let in at",
                    "both fit, %",
                ),
                [_row(stock) for stock in (*day, *snapshots)],
            ),
            _VERDICT,
        ),
    )


_VERDICT: Final = (
    "The floor of the turnover is ten of the largest entries of the settings, so that no entry "
    "is more than a tenth of what traded that day; it was chosen for that, not for the trades it "
    "leaves. What trades much is let in within seconds or minutes of the opening; the tail, which "
    "turns over about that much in an hour or less, late or never. It is a floor, in the currency "
    "of the venue (yuan here), not a measure: what an entry would cost in a thin book is asked of "
    "its five levels when it is proposed."
)


def turnover(books: Books) -> Floats:
    """Lakh that traded up to each book, at its last price as the gate counts it."""
    return books.volume.astype(np.float64) * books.last / LAKH


def wide(books: Books) -> Mask:
    """Where the gate of the spread is closed."""
    spread = books.price[:, 1, 0] - books.price[:, 0, 0]
    return (spread > TICK) & (spread * BP > RULES.max_spread_bp * books.mid)


def _row(stock: Sampled) -> tuple[str, ...]:
    books = stock.books
    spread = books.price[:, 1, 0] - books.price[:, 0, 0]
    traded = turnover(books)
    thin, broad = traded < LEAST, wide(books)
    return (
        books.code,
        figure(float(np.median(spread / books.mid)) * BP, 1),
        f"{traded[-1]:,.0f}",
        figure(100 * float(broad.mean()), 1),
        figure(100 * float(thin.mean()), 1),
        NEVER if thin.all() else _clock(int(stock.at[np.argmin(thin)])),
        figure(100 * float((~thin & ~broad).mean()), 1),
    )


def _clock(ms: int) -> str:
    """Milliseconds after midnight as a time of day."""
    seconds = ms // SECOND
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
