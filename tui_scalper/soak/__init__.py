"""The reliability gates: what is claimed of the trading core, and the runs that prove it.

    python -m tui_scalper.soak --scale 0.1 --state .soak

Every gate is a run of many alike pieces, which can stop anywhere and go on later. `make test`
plays the same pieces in small numbers.
"""
