"""Readings of a stock, one idea a file; all are computed from one update to the next.

``reading.read`` takes one row of the market through all of them. What they are called,
their units and windows stand in core.columns and core.reals; what they keep, in core.memory.
"""
