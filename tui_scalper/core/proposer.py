"""What may be entered now: proposals, the account they are judged by, and the engine's own.

The engine sends the strongest signal by itself while auto is on; a refused row steps back
for a while and the next best competes.
"""

from __future__ import annotations

from typing import Final

import msgspec

from tui_scalper.core import columns as c
from tui_scalper.core import events as ev
from tui_scalper.core.checks import Proposal, Sender, Standing
from tui_scalper.core.depth import best_price
from tui_scalper.core.feed_watch import FeedWatch
from tui_scalper.core.floor import Floor
from tui_scalper.core.funds import Funds
from tui_scalper.core.operator import Staged
from tui_scalper.core.prices import Pricing, collared
from tui_scalper.core.race import leading, may_lead
from tui_scalper.core.ranking import ranked
from tui_scalper.core.refusals import Refusal
from tui_scalper.core.regime import CALM_NS
from tui_scalper.core.risk import Approved, Refused, judge, objections
from tui_scalper.core.session_watch import SessionWatch
from tui_scalper.core.sizing import entry_quantity
from tui_scalper.core.trading import Trading
from tui_scalper.core.units import Side
from tui_scalper.core.venues import Phase

LASTING: Final = frozenset(
    {
        Refusal.DAILY_TRADES,
        Refusal.DAILY_LOSS,
        Refusal.REPEATED,
        Refusal.DAILY_ORDERS,
        Refusal.SKIPPED,
        Refusal.BY_HAND_ONLY,
    }
)
"""Refusals that no tick can lift: the stock steps back for longer."""

ACCOUNT_WIDE: Final = LASTING | {
    Refusal.LINK_DOWN,
    Refusal.SESSION,
    Refusal.FUNDS_UNKNOWN,
    Refusal.MAX_POSITIONS,
    Refusal.OPEN_ORDERS,
    Refusal.GROSS_NOTIONAL,
    Refusal.FUNDS,
    Refusal.ORDER_RATE,
    Refusal.MINUTE_RATE,
    Refusal.DAY_RATE,
} - {Refusal.REPEATED, Refusal.SKIPPED, Refusal.BY_HAND_ONLY}
"""Refusals that concern every stock alike."""

OFFERED: Final = 12
"""How many of the best signals are tried for one the controls let through."""

PROPOSALS_A_FRAME: Final = 4
"""How many candidates one frame may propose before the rest wait for the next."""


class Proposer:
    """Makes proposals and asks the controls about them."""

    def __init__(
        self, floor: Floor, trading: Trading, session: SessionWatch, feed: FeedWatch, funds: Funds
    ) -> None:
        self._floor = floor
        self._trading = trading
        self._session = session
        self._feed = feed
        self._funds = funds
        self.entered: Approved | None = None
        """The entry sent last and what it was judged by."""
        self._said: dict[int, tuple[int, Refusal]] = {}
        """What was refused last of a row: its signal's start and the reason, said once."""
        self._said_of_account: Refusal | None = None
        """The account-wide refusal said last; counted, not said, for every further stock."""

    # -- the engine's own ------------------------------------------------------------------

    def propose_the_strongest(self) -> None:
        """Auto: send the leading signal; refused rows step back, the next best competes."""
        floor = self._floor
        for _ in range(PROPOSALS_A_FRAME):
            if not floor.operator.may_auto():
                return
            cells = floor.table.cells
            row = self.leader()
            if row < 0:
                return
            lean = Side(int(cells[row, c.LEAN]))
            result = self.judged(self.proposal(row, lean, Sender.ENGINE))
            if isinstance(result, Approved):
                self._said.pop(row, None)
                self._said_of_account = None
                self.enter(result)
                return
            self._step_back(row, result.reason)

    def _step_back(self, row: int, reason: Refusal) -> None:
        floor, risk = self._floor, self._floor.config.risk
        cells = floor.table.cells[row]
        wait = risk.cooldown_ns if reason in LASTING else risk.refusal_cooldown_ns
        floor.table.hold(row, floor.now_ns + wait)
        said = (int(cells[c.SIGNAL_NS]), reason)
        if self._said.get(row) == said:
            return
        self._said[row] = said
        if reason in ACCOUNT_WIDE and self._said_of_account is reason:
            floor.chronicle.count(reason)
            return
        self._said_of_account = reason if reason in ACCOUNT_WIDE else self._said_of_account
        floor.refuse(reason, f"auto {floor.universe[row].symbol}", row)

    def leader(self) -> int:
        """Row of the signal that leads now and may be proposed (core.race); -1 without one."""
        floor = self._floor
        lag = floor.config.signals.max_lag_ns
        return int(leading(floor.table.cells, floor.table.race, floor.now_ns, lag))

    # -- signals ---------------------------------------------------------------------------

    def is_signal(self, row: int) -> bool:
        """Whether `row` is a fresh signal now."""
        cells = self._floor.table.cells[row]
        age = self._floor.now_ns - int(cells[c.RECEIVED_NS])
        fresh = age <= self._floor.config.signals.max_lag_ns
        return bool(cells[c.BLOCKERS] == 0 and cells[c.SIGNAL_NS] > 0 and fresh)

    def best_signal(self) -> int | None:
        """The strongest signal the controls let through, else the strongest; None without one.

        A stock that rests after a trade or a refusal is not proposed.
        """
        floor = self._floor
        cells, lag = floor.table.cells, floor.config.signals.max_lag_ns
        signals = ranked(cells, floor.now_ns, lag, OFFERED, self.leader())
        best = [int(row) for row in signals if may_lead(cells[row], floor.now_ns, lag)]
        if not best:
            return None
        return next((row for row in best if self.why_not(row) is None), best[0])

    def bars(self, row: int) -> Refusal | None:
        """What bars the signal of `row` now, but for arming, which is a key away."""
        everybody = self._trading.entry_refusals()
        barred = (reason for reason in everybody if reason is not Refusal.DISARMED)
        return next(barred, None) or self.why_not(row)

    def why_not(self, row: int) -> Refusal | None:
        """Which control would refuse the signal of `row` now, the operator's state aside."""
        floor = self._floor
        sender = Sender.ENGINE if floor.operator.auto else Sender.PERSON
        cells = floor.table.cells[row]
        proposal = self.proposal(row, Side(int(cells[c.LEAN])), sender)
        result = judge(floor.config, proposal, self.standing(row), cells)
        return result.reason if isinstance(result, Refused) else None

    # -- proposals and their judgement -----------------------------------------------------

    def proposal(
        self,
        row: int,
        side: Side,
        sender: Sender = Sender.PERSON,
        pricing: Pricing = Pricing.TAKE,
    ) -> Proposal:
        """What an entry in `row` would be now: priced by `pricing`, sized by mode and funds."""
        config, instrument = self._floor.config, self._floor.universe[row]
        limit = self.priced(row, side, pricing)
        if limit <= 0:
            return Proposal(row=row, side=side, quantity=0, limit=0)
        funds = self._funds.available or 0
        quantity = entry_quantity(config.mode, config.sizing, funds, limit, instrument.lot)
        return Proposal(
            row=row, side=side, quantity=quantity, limit=limit, sender=sender, pricing=pricing
        )

    def priced(self, row: int, side: Side, pricing: Pricing) -> int:
        """Limit price of an entry now: its own side's best, or the other's plus the collar.

        0 while that side of the book is empty.
        """
        cells = self._floor.table.cells[row]
        if pricing is Pricing.JOIN:
            return best_price(cells, side.opposite)
        best = best_price(cells, side)
        collar_bp, tick = self._floor.config.entry.collar_bp, self._floor.universe[row].tick
        return collared(best, side, collar_bp, tick) if best > 0 else 0

    def staged_proposal(self, staged: Staged) -> Proposal:
        """What a confirmation of `staged` would send now: its limit inside the present collar.

        One that joins the queue follows the best of its side.
        """
        limit = staged.limit
        if staged.pricing is Pricing.JOIN:
            limit = self.priced(staged.row, staged.side, Pricing.JOIN)
        return Proposal(
            row=staged.row,
            side=staged.side,
            quantity=staged.quantity,
            limit=self.inside_collar(staged.row, staged.side, limit),
            pricing=staged.pricing,
        )

    def judged_staged(self, staged: Staged) -> Approved | Refused:
        """What the controls say of `staged` now; a reversal as if its position were flat."""
        proposal = self.staged_proposal(staged)
        return self.judged_flat(proposal) if staged.reverses else self.judged(proposal)

    def inside_collar(self, row: int, side: Side, limit: int) -> int:
        """`limit`, drawn back to the collar of the present book where it lies beyond it."""
        best = best_price(self._floor.table.cells[row], side)
        if best <= 0:
            return limit
        tick = self._floor.universe[row].tick
        edge = collared(best, side, self._floor.config.entry.collar_bp, tick)
        return min(limit, edge) if side is Side.BUY else max(limit, edge)

    def judged(self, proposal: Proposal) -> Approved | Refused:
        """Ask every control about `proposal` as the account stands now."""
        return self._judged(proposal, self.standing(proposal.row))

    def judged_flat(self, proposal: Proposal) -> Approved | Refused:
        """The same, as the account will stand once the position in that stock is flat."""
        at = self.standing(proposal.row)
        flat = msgspec.structs.replace(
            at,
            held=False,
            positions=at.positions - at.held,
            exposure=0,
            gross=at.gross - at.exposure,
            sector=max(at.sector - at.exposure, 0),
        )
        return self._judged(proposal, flat)

    def _judged(self, proposal: Proposal, at: Standing) -> Approved | Refused:
        refusal = self._trading.entry_refusal()
        if refusal is not None:
            return Refused(proposal=proposal, reason=refusal)
        return judge(self._floor.config, proposal, at, self._floor.table.cells[proposal.row])

    def objections(self, proposal: Proposal) -> tuple[Refusal, ...]:
        """Everything that would stop `proposal` now: what `judged` asks, and all the rest."""
        cells = self._floor.table.cells[proposal.row]
        standing = self.standing(proposal.row)
        account = self._trading.entry_refusals()
        return (*account, *objections(self._floor.config, proposal, standing, cells))

    def enter(self, approved: Approved) -> None:
        """Send an entry that passed every control."""
        self.entered = approved
        self._floor.desk.open(approved, self._floor.now_ns)

    def standing(self, row: int) -> Standing:
        """Where the account stands for an entry in `row`."""
        floor, desk = self._floor, self._floor.desk
        entering = sum(position.bought == 0 for position in desk.positions.values())
        return Standing(
            now_ns=floor.now_ns,
            instrument=floor.universe[row],
            link_live=self._feed.link is ev.Link.LIVE,
            session_open=self._session.phase_of(row) is Phase.OPEN,
            funds=self._funds.available,
            reserved=desk.sent_since(self._funds.as_of_ns),
            trades=desk.entered + entering,
            orders=floor.sent.placed,
            entries=floor.sent.entries(floor.universe[row].symbol),
            positions=len(desk.positions),
            open_orders=len(desk.blotter.live()),
            exposure=desk.exposure(row),
            gross=desk.gross(),
            sector=desk.sector(row),
            day_result=self._trading.result(),
            held=row in desk.positions,
            unknown=desk.unknown(row, floor.now_ns),
            calm_ns=int(floor.table.regime[CALM_NS]),
            full=desk.window.entry_waits(floor.now_ns),
            unreadable=desk.doubts.unreadable_of(row),
            trades_differ=row in desk.doubts.disputed,
            skipped=row in floor.operator.skipped,
            by_hand_only=row in floor.operator.by_hand_only,
        )
