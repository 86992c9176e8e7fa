"""One widget a file: takes a snapshot, draws it, owns no trading logic."""
