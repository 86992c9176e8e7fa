"""`python -m tui_scalper` is `scalper-tui`."""

from tui_scalper.cli import main

raise SystemExit(main())
