"""Read every digit in a picture: strokes, characters, cuts, segmentation graph, text lines, orientation."""
