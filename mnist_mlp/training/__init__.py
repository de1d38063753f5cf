"""How a network learns: no files, no console."""
