"""Tapes, importers, replay and statistics."""
