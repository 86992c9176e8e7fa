"""Deterministic fault simulator: the real engine and the real exchange machine, one seed.

A schedule is a compressed session under a virtual clock, with everything between engine and
exchange going wrong that goes wrong at a broker. Invariants are judged after every event;
then the faults heal, and engine and exchange must agree again.
"""
