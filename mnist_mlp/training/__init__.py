"""How a network learns: loop, step, state, several processes; no run directory, no console."""
