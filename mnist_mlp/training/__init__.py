"""How a network learns: loop, step, state, diagnosis, several processes; no run directory, no console."""
