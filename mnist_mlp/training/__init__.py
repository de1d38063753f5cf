"""How a network learns: the loop, the step, the state, several processes. No run directory, no console."""
