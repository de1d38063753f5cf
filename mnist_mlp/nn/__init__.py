"""The mathematics: NumPy only. No files, no configuration, no console."""
