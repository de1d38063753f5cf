"""A trained network for others: other programs, other languages, a browser."""
