"""What a journal holds: typed records of events, effects and notes."""

from __future__ import annotations

import msgspec

from tui_scalper.core import effects as ef
from tui_scalper.core import events as ev
from tui_scalper.core.decisions import Decided, Steered
from tui_scalper.core.manifest import Manifest
from tui_scalper.core.orders import OrderReport, UnreadableOrder
from tui_scalper.core.scribe import Counted, Said, Stood
from tui_scalper.core.signal_life import SignalLife


class Note(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A line of the runtime's own."""

    text: str


class RunStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A run began; `run_id` is the beginning of all its order tags."""

    mode: str
    run_id: str
    version: int = 1
    """Of the journal's format."""
    manifest: Manifest | None = None


class OrderBookNews(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An order book as a journal keeps it: the reports that differ from the book before.

    Whoever reads a journal is given the whole `OrderBookReported` instead.
    """

    at_ns: int
    reports: tuple[OrderReport, ...]
    asked_ns: int
    unreadable: tuple[UnreadableOrder, ...] = ()


Body = (
    Note
    | RunStarted
    | OrderBookNews
    | Decided
    | Steered
    | Said
    | Stood
    | Counted
    | SignalLife
    | ev.LinkChanged
    | ev.BooksLost
    | ev.SessionRefused
    | ev.ClockCompared
    | ev.FaultsSeen
    | ev.LimitsTold
    | ev.Placed
    | ev.PlaceRefused
    | ev.PlaceUnknown
    | ev.ModifyAccepted
    | ev.ModifyRefused
    | ev.CancelAccepted
    | ev.CancelRefused
    | ev.ChangeUnknown
    | ev.OrderReported
    | ev.OrderBookReported
    | ev.OrderDenied
    | ev.PositionsReported
    | ev.TradesReported
    | ev.FundsReported
    | ev.PollFailed
    | ev.Commanded
    | ef.PlaceOrder
    | ef.ModifyOrder
    | ef.ExitStop
    | ef.CancelOrder
    | ef.PollOrderBook
    | ef.PollOrder
    | ef.PollFunds
    | ef.PollPositions
    | ef.PollTrades
    | ef.SetLatch
    | ef.NoteLatch
    | ef.NoteBest
    | ef.NotePause
    | ef.NoteSwitch
    | ef.NoteEmergency
    | ef.NoteHolding
    | ef.NoteOver
    | ef.NoteFilled
)


class Record(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One line of the journal. `seq` counts from 0 in a file, `at_ns` is the engine's time."""

    seq: int
    at_ns: int
    body: Body
