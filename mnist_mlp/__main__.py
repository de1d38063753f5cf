"""The entry point of ``mnist-mlp`` and ``python -m mnist_mlp``."""

from mnist_mlp.cli.signals import end_at_ctrl_c, ignore_ctrl_c


def main() -> None:
    """Run the command line; Ctrl-C prints one line, even while modules are imported."""
    end_at_ctrl_c()
    from mnist_mlp.cli.main import main as command

    try:
        command()
    finally:
        ignore_ctrl_c()


if __name__ == "__main__":
    main()
