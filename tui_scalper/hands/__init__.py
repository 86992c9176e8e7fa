"""The operator's hands: keys become commands. No trading logic lives here.

`door` lets keys in, `grip` is what all of them share, and each other file holds what the
keys of one idea do: `entries`, `exits`, `operating`, `looking`, and `answers` to questions.
"""

from tui_scalper.hands.door import Hands
from tui_scalper.hands.grip import HandRules, Outside, Wish

__all__ = ["HandRules", "Hands", "Outside", "Wish"]
