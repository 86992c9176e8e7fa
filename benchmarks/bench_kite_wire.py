"""Cost of decoding Kite frames of full packets, against a plain struct loop.

Run from the project root: python -m benchmarks.bench_kite_wire
"""

from __future__ import annotations

import platform
import random
import struct
import time
from collections.abc import Callable
from functools import partial

from tui_scalper.brokers.kite.wire import FrameDecoder
from tui_scalper.core.instruments import Instrument, Universe
from tui_scalper.core.market import MarketTable
from tui_scalper.core.venues import NSE

_PACKET = struct.Struct(">H16I" + "IIHH" * 10)
_STAMP = 1_700_000_000
_ROUNDS = 200


def full_packet(token: int, random_: random.Random) -> bytes:
    """One 184-byte packet with its length in front; prices are not meant to be believable."""
    price = random_.randrange(10_000, 500_000)
    head = (184, token, price, 7, price, 10**6, 10**5, 10**5, price, price, price, price)
    levels = [value for _ in range(10) for value in (random_.randrange(1, 5_000), price, 3, 0)]
    return _PACKET.pack(*head, _STAMP, 0, 0, 0, _STAMP, *levels)


def plain_decode(frame: bytes) -> dict[int, tuple[int, ...]]:
    """What a careful plain-Python adapter does: one struct call a packet."""
    rows: dict[int, tuple[int, ...]] = {}
    at = 2
    for _ in range(struct.unpack_from(">H", frame, 0)[0]):
        values = _PACKET.unpack_from(frame, at)
        rows[values[1]] = values
        at += 2 + values[0]
    return rows


def best_us(action: Callable[[], object], repeat: int) -> float:
    """Best of `repeat` timings, microseconds."""
    times = []
    for _ in range(repeat):
        begun = time.perf_counter_ns()
        action()
        times.append(time.perf_counter_ns() - begun)
    return min(times) / 1_000


def main() -> None:
    """Print one line a case."""
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print("instruments  packets/frame  compiled us/packet  plain us/packet  ratio")
    for instruments in (200, 3_000, 9_000):
        tokens = [(number + 1) * 256 + 1 for number in range(instruments)]
        universe = Universe(
            NSE, [Instrument(symbol=f"S{token}", token=token, tick=5) for token in tokens]
        )
        decoder = FrameDecoder(MarketTable(universe))
        random_ = random.Random(instruments)
        for packets in (1, 10, 100):
            chosen = random_.sample(tokens, packets)
            frame = struct.pack(">H", packets) + b"".join(
                full_packet(token, random_) for token in chosen
            )
            compiled = best_us(partial(decoder.decode, frame, _STAMP * 10**9), _ROUNDS)
            plain = best_us(partial(plain_decode, frame), _ROUNDS)
            print(
                f"{instruments:11,}  {packets:13}  {compiled / packets:18.3f}"
                f"  {plain / packets:15.3f}  {plain / compiled:5.1f}"
            )


if __name__ == "__main__":
    main()
