"""A training run on the disk, from start to end: directory, lock, session, sweep, reproduction."""
