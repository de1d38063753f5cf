"""The styles of each digit, one file a digit."""
