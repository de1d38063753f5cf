"""Data sets: from files to pixels and labels, splits, batches, distortions."""
