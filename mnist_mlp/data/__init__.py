"""From bytes to (X, y)."""
