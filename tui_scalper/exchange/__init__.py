"""The simulated exchange: a pure machine, and the servers that put it on loopback."""
