"""The engine: a pure state machine. No I/O, clock, thread, terminal or global state in here."""
