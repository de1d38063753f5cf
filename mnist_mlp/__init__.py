"""mnist-mlp: the 784-128-10 network that reads handwritten digits, in NumPy, from first principles."""

__version__ = "0.1.0"
