"""What lasts: checkpoints and run directories."""
