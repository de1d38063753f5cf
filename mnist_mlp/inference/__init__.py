"""What a model reads in a picture, and why."""
