"""A training run on the disk, from its start to its end: its directory, its session, its checkpoints."""
