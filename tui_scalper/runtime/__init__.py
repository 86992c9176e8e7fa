"""The shell around the engine: worker thread, loop, clocks, journal file, watchdogs."""
