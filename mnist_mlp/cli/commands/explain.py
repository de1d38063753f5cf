"""``mnist-mlp explain``."""

import sys
from pathlib import Path

import click

import mnist_mlp as mm
from mnist_mlp.cli import options, tables
from mnist_mlp.cli.parsing import Command
from mnist_mlp.errors import visible
from mnist_mlp.formatting import class_name, percent


@click.command(
    cls=Command,
    short_help="Explain the reading of a picture.",
    help="""Explain the reading of PICTURE (`-`: standard input).

    The drawing shows what the network sees, the contribution of each pixel to the best guess (orange) and to the second
    best (blue, with a minus sign) by gradient, gradient times input and integrated gradients, and the smallest change
    that alters the answer.

    \b
    mnist-mlp explain seven.png
    mnist-mlp explain seven.png --checkpoint latest --output why.png
    """,
)
@click.argument("picture")
@options.checkpoint
@options.drawing("--output", "explain.png", "Write the drawing here.", "-o")
def command(picture: str, checkpoint: str, output: Path) -> None:
    from mnist_mlp.reports.explanation_sheet import draw_explanation
    from mnist_mlp.reports.images import write_picture

    options.check_drawing("--output", output, picture)
    stdin = picture == options.STANDARD_INPUT
    found = mm.explain(sys.stdin.buffer if stdin else picture, checkpoint, name="standard input" if stdin else picture)
    write_picture(draw_explanation(found), output)
    answer = tables.reading(found.reading, 2, force=False)
    click.echo(f"{visible(picture)}: {answer}\n{_text(found)}\n{visible(output)}")


def _text(found: "mm.Explanation") -> str:
    """Return the score difference, its attribution to the pixels with a check, and the smallest change.

    Seven digits of both sums give the three decimals of their percentage.
    """
    why = found.attribution
    c, r = (class_name(label, found.reading.names) for label in (why.predicted, why.second_best))
    positive, negative = why.integrated.clip(min=0).sum(), why.integrated.clip(max=0).sum()
    total = float(why.integrated.sum())
    apart = f": {percent(abs(total / why.gain - 1), 3)} apart" if why.gain else ""  # 0 of an empty picture
    return (
        f"score of {c} minus score of {r}: {why.difference:.3f} (empty picture: {why.baseline:.3f})\n"
        f"pixels in favour of {c}: {positive:+.3f}, of {r}: {negative:+.3f}\n"
        f"check: the integrated gradients sum to {total:.7g}, expected {why.gain:.7g} (the difference minus that of "
        f"the empty picture){apart} ({why.steps:,} steps)\n{_change(found)}"
    )


def _change(found: "mm.Explanation") -> str:
    """Return the size of the smallest change that alters the answer, and the answer after it."""
    change = found.counterfactual
    if change is None:
        return "smallest change that alters the answer: none found"
    outputs = found.model.predict(change.picture)[0]
    after = tables.output(change.predicted, float(outputs[change.predicted]), found.reading.kind, found.reading.names)
    return (
        f"smallest change that alters the answer: norm {change.norm:.3f}, at most {abs(change.change).max():.3f} in a "
        f"pixel (0 to 1); the answer is then {after}"
    )
