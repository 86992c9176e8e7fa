"""What somebody else does in this account: trades by hand, or an order under one of our tags."""

from __future__ import annotations

from collections.abc import Iterable

from tui_scalper.core.chronicle import Chronicle
from tui_scalper.core.hand_credit import credit
from tui_scalper.core.ledger import Ledger
from tui_scalper.core.orders import OrderReport, ReportStatus
from tui_scalper.core.snapshot import Severity
from tui_scalper.core.steering import Steering
from tui_scalper.core.strangers import Traded


class ByHand:
    """Keeps our positions right when somebody else trades in the same account."""

    def __init__(self, ledger: Ledger, chronicle: Chronicle, steering: Steering) -> None:
        self._ledger = ledger
        self._chronicle = chronicle
        self._steering = steering

    def acquaint(self, reports: Iterable[OrderReport]) -> None:
        """What somebody else traded before our first look at the order book is no news."""
        ledger = self._ledger
        ledger.strangers.acquainted = True
        for report in reports:
            if ledger.blotter.find(report) is not None or ledger.premature(report):
                continue
            before = ledger.strangers.learn(report)
            if before is not None:
                ledger.strangers.net[before.row] += before.side * before.quantity

    def reported(self, report: OrderReport, at_ns: int) -> None:
        """News of an order that is not ours."""
        self._say_twin(report, at_ns)
        traded = self._ledger.strangers.learn(report)
        if traded is not None:
            self.traded(traded, at_ns)

    def traded(self, traded: Traded, now_ns: int) -> None:
        """Somebody else traded: what closes shares of ours is no longer ours to guard."""
        position = self._ledger.positions.get(traded.row)
        taken = credit(self._ledger.strangers, position, traded)
        self._chronicle.say(
            now_ns,
            Severity.ALARM,
            f"{traded.symbol}: {traded.side.name} {traded.quantity} by hand or by "
            f"another program, {taken} of them close our position; the rest is not guarded",
        )
        if position is not None and taken:
            self._steering.steer(position, now_ns)

    def _say_twin(self, report: OrderReport, at_ns: int) -> None:
        """The broker has a second order under one of our tags: nobody here guards it."""
        harmless = report.status in (ReportStatus.REJECTED, ReportStatus.CANCELLED)
        if self._ledger.blotter.by_tag(report.tag) is None or (harmless and report.filled == 0):
            return
        self._chronicle.say(
            at_ns,
            Severity.ALARM,
            f"{report.symbol}: order {report.order_id} bears our tag {report.tag} but is not the "
            "order sent under it; close it at the broker by hand",
        )
