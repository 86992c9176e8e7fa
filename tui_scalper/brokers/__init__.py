"""Broker adapters behind one small port."""
