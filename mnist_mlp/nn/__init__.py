"""The network and what trains it: NumPy only, no files, no config, no console."""
