"""Synthetic handwriting: digits as strokes of a pen, in many styles, drawn in MNIST's format."""
