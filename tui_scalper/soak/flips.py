"""R6: bits of a journal are flipped, one at a time, and every one must be seen."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final

from tui_scalper.core import commands as cm
from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.instruments import Instrument
from tui_scalper.core.orders import OrderKind, OrderReport, OrderTerms, ReportStatus
from tui_scalper.core.risk import exit_order
from tui_scalper.core.units import Side
from tui_scalper.runtime.journal import Journal
from tui_scalper.runtime.journal_file import JournalDamagedError, frames, scan
from tui_scalper.soak.claims import Claim
from tui_scalper.soak.progress import Gate, Progress

ORDERS: Final = 40
STOCK: Final = Instrument(symbol="INFY", token=256, tick=5)
TERMS: Final = OrderTerms(kind=OrderKind.LIMIT, quantity=10, price=100_05)


def write_journal(path: Path, orders: int) -> None:
    """A journal of a run with so many orders, each asked for, filled and looked at."""
    journal = Journal(path)
    journal.start(1, "SIM", "RUN")
    for number in range(orders):
        tag = f"RUNE{number}"
        sent = exit_order(TERMS.quantity, Side.BUY, TERMS, row=3, instrument=STOCK, tag=tag)
        journal.effects(number, (sent, ef.PollFunds()))
        journal.event(ev.OrderReported(at_ns=number, report=_filled(tag, number % 10)))
        journal.event(ev.Commanded(at_ns=number, command=cm.Stage(key_ns=5, row=2)))
    journal.close()


def _filled(tag: str, shares: int) -> OrderReport:
    return OrderReport(
        order_id=tag,
        tag=tag,
        row=3,
        symbol=STOCK.symbol,
        side=Side.SELL,
        terms=TERMS,
        status=ReportStatus.OPEN,
        filled=shares,
        filled_value=shares * TERMS.price,
    )


def flip_bits(first: int, count: int) -> Progress:
    """Flip `count` random bits, each in a whole journal; a flip in the last record cuts it."""
    draw = Random(first)
    progress = Progress(done=count, seed=first + count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flipped.journal"
        write_journal(path, ORDERS)
        whole = path.read_bytes()
        records = scan(path).records
        starts = [at for at, _, _ in frames(whole)]
        assert all(early < late for early, late in pairwise(starts))
        for _ in range(count):
            bit = draw.randrange(len(whole) * 8)
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            try:
                found = scan(path)
            except JournalDamagedError:
                progress.sums["halted"] = progress.sums.get("halted", 0) + 1
                continue
            cut = bit // 8 >= starts[-1] and found.torn_bytes > 0
            if cut and found.records == records[: len(found.records)]:
                progress.sums["tail cut"] = progress.sums.get("tail cut", 0) + 1
            else:
                progress.violations += 1
                progress.failures.append(f"bit {bit} flipped, not seen")
    return progress


FLIPS: Final = Gate(
    claim=Claim.R6,
    unit="flips",
    whole=20_000,
    batch=1_000,
    play=flip_bits,
    needs=("halted",),
)
