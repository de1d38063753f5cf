"""Programs for the development of mnist-mlp. They need the editable installation that scripts/test makes in .venv."""
