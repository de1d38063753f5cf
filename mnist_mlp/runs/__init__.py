"""Runs and sweeps on the disk, from start to end: directory, lock, session, sweep, search, reproduction."""
