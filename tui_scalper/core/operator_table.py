"""Every rule of the operator machine: who may send an entry, and when.

The console starts DISARMED. Arming lasts a while. Staging puts one entry on the strip;
confirming sends it once and the console is ARMED again. KILLED is a latch.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from tui_scalper.core.snapshot import OperatorState
from tui_scalper.core.tables import IGNORED, Table


class OperatorInput(StrEnum):
    """What moves the operator machine."""

    ARM = "arm"
    DISARM = "disarm"
    ARM_EXPIRED = "arming time over"
    STAGE = "stage"
    DROP = "drop"
    STAGE_EXPIRED = "stage time over"
    SENT = "sent"
    KILL = "kill"
    RESET = "reset"


_S = OperatorState
_I = OperatorInput

OPERATOR_TABLE: Final[Table[OperatorState, OperatorInput]] = {
    _S.DISARMED: {
        _I.ARM: _S.ARMED,
        _I.DISARM: IGNORED,
        _I.ARM_EXPIRED: IGNORED,
        _I.DROP: IGNORED,
        _I.STAGE_EXPIRED: IGNORED,
        _I.KILL: _S.KILLED,
        _I.RESET: IGNORED,
    },
    _S.ARMED: {
        _I.ARM: _S.ARMED,
        _I.DISARM: _S.DISARMED,
        _I.ARM_EXPIRED: _S.DISARMED,
        _I.STAGE: _S.STAGED,
        _I.DROP: IGNORED,
        _I.STAGE_EXPIRED: IGNORED,
        _I.KILL: _S.KILLED,
        _I.RESET: IGNORED,
    },
    _S.STAGED: {
        _I.ARM: _S.STAGED,
        _I.DISARM: _S.DISARMED,
        _I.ARM_EXPIRED: _S.DISARMED,
        _I.STAGE: _S.STAGED,
        _I.DROP: _S.ARMED,
        _I.STAGE_EXPIRED: _S.ARMED,
        _I.SENT: _S.ARMED,
        _I.KILL: _S.KILLED,
        _I.RESET: IGNORED,
    },
    _S.KILLED: {
        _I.DISARM: IGNORED,
        _I.ARM_EXPIRED: IGNORED,
        _I.DROP: IGNORED,
        _I.STAGE_EXPIRED: IGNORED,
        _I.KILL: IGNORED,
        _I.RESET: _S.DISARMED,
    },
}
