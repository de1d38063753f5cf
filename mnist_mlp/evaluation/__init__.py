"""How good a model is: arrays in, metrics out."""
