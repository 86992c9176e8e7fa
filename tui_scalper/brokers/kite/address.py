"""The static address orders must come from: registered at the broker, seen from here or not.

Since 1 April 2026 brokers take orders through an interface only from addresses the account
holder registered. Source: SEBI circular 2025-02-04 on retail algorithms, NSE modalities of
2025-07-22. Behind a router the address the broker sees cannot be known on this machine.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Final

_PORT: Final = 443


def way_out(host: str) -> str:
    """The address of this machine that packets to `host` leave by; nothing is sent.

    Empty where there is no way or no such host.
    """
    try:
        family, _, _, _, place = socket.getaddrinfo(host, _PORT, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(place)
            return str(probe.getsockname()[0])
    except OSError:
        return ""


def address_text(registered: str, used: str) -> str:
    """What is to be said of the address orders leave by; empty when it is the registered one."""
    if used and ip_address(used) == ip_address(registered):
        return ""
    if not used:
        return f"kite.address {registered}: no way to the broker, so it cannot be checked"
    if not ip_address(used).is_global:
        return (
            f"kite.address {registered}: this machine is behind a router ({used}), so what "
            "address the broker sees cannot be checked from here"
        )
    return (
        f"orders leave by {used}, but kite.address says that {registered} is registered: the "
        "broker refuses orders from any other; register this one or start where that one is"
    )
