"""The network and all that trains it: NumPy only. No files, no configuration, no console."""
