"""``python -m mnist_mlp``."""

from mnist_mlp.cli.main import main

main()
