"""The weights that come with the package: the digit, rejection, segmentation and pair networks."""

from pathlib import Path

DIRECTORY = Path(__file__).parent
DIGITS = DIRECTORY / "default.safetensors"
REJECTION_NETWORK = DIRECTORY / "rejection.safetensors"
SEGMENTATION_NETWORK = DIRECTORY / "segmentation.safetensors"
PAIR_NETWORK = DIRECTORY / "pairs.safetensors"
REJECTION = DIRECTORY / "rejection.json"  # threshold, bias and weights, fitted together (inference.rejection)
