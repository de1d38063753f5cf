"""The entry point of ``mnist-mlp`` and ``python -m mnist_mlp``."""

import gc

from mnist_mlp.cli.signals import end_at_signals, ignore_signals
from mnist_mlp.cli.streams import protect_standard_streams


def main() -> None:
    """Run the command line; from here on, also while its modules are imported, a signal ends it with one line."""
    protect_standard_streams()
    end_at_signals()
    from mnist_mlp.cli.main import main as command

    try:
        command()
    finally:
        ignore_signals()
        gc.freeze()  # else Python looks for cycles among all objects as it exits: a tenth of a short command


if __name__ == "__main__":
    main()
