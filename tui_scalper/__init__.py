"""tui-scalper: a keyboard-driven order-flow trading console for the terminal."""

__version__ = "0.1.0"
