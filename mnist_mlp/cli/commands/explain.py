"""``mnist-mlp explain``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnist_mlp.cli.picture_arguments import checkpoint_for_pictures, source_of
from mnist_mlp.cli.threads import blas_threads

if TYPE_CHECKING:
    from mnist_mlp.inference.attribution import Attribution
    from mnist_mlp.inference.counterfactual import Flip
    from mnist_mlp.models import Model
    from mnist_mlp.nn.types import FloatArray


@click.command(short_help="Show why a picture is read as it is.")
@click.argument("picture")
@click.option(
    "--checkpoint", default="pretrained", show_default=True, help="A file, a run directory, latest, pretrained."
)
@click.option(
    "--output",
    metavar="FILE.png",
    type=click.Path(path_type=Path),
    default=Path("explain.png"),
    show_default=True,
    help="Where the sheet goes.",
)
def command(picture: str, checkpoint: str, output: Path) -> None:
    """Show why the digit in PICTURE (`-`: standard input) is read as it is.

    The sheet shows what the network sees; which pixels speak for its answer and which for the next best one (gradient,
    gradient times input, integrated gradients: blue and with a minus sign is against the answer, orange for it); and
    the smallest change after which the network answers otherwise.

    \b
    mnist-mlp explain seven.png
    mnist-mlp explain seven.png --checkpoint latest --output why.png
    """
    from mnist_mlp.inference.attribution import attribute
    from mnist_mlp.inference.counterfactual import smallest_flip
    from mnist_mlp.pictures import prepare
    from mnist_mlp.reports.explanation import draw_explanation
    from mnist_mlp.reports.output import write_picture

    loaded = checkpoint_for_pictures(checkpoint)
    model, shape = loaded.model, loaded.metadata.image_shape
    x = prepare(*source_of(picture)).pixels.reshape(-1) / 255
    with blas_threads(1):
        why, flip = attribute(model, x), smallest_flip(model, x)
    write_picture(draw_explanation(why, x, flip, shape), output)
    click.echo(f"{picture}: {_answers(model, x)}\n{_reasons(why)}\n{_change(model, flip)}\n{output}")


def _answers(model: "Model", x: "FloatArray") -> str:
    """``7 (99.9 %), next best 2 (0.1 %)``."""
    outputs = model.loss.output(model.mlp.forward(x[None].astype(model.mlp.dtype)).z[-1] / model.temperature)[0]
    best, second = sorted(range(len(outputs)), key=lambda digit: -outputs[digit])[:2]
    words = [
        f"{digit} ({100 * outputs[digit]:.1f} %)"
        if model.loss.gives_probabilities
        else f"{digit} (score {outputs[digit]:.3f})"
        for digit in (best, second)
    ]
    return f"{words[0]}, next best {words[1]}"


def _reasons(why: "Attribution") -> str:
    """The lead, where it comes from, and whether the integrated gradients add up to it."""
    for_it, against = why.integrated.clip(min=0).sum(), why.integrated.clip(max=0).sum()
    return (
        f"lead of {why.answer} over {why.rival}: {why.lead:.3f}, of a black picture {why.lead_of_black:.3f}\n"
        f"ink that speaks for {why.answer}: {for_it:+.3f}, for {why.rival}: {against:+.3f}\n"
        f"integrated gradients: their sum {why.integrated.sum():.4f} is the lead's gain "
        f"{why.lead - why.lead_of_black:.4f} to within {100 * why.gap:.3f} % ({why.steps:,} steps)"
    )


def _change(model: "Model", flip: "Flip | None") -> str:
    """How little it takes to change the answer."""
    if flip is None:
        return "smallest change that flips it: none found"
    return (
        f"smallest change that flips it: length {flip.norm:.3f} (a pixel is 0 to 1), {abs(flip.change).max():.3f} at "
        f"most a pixel; then {_answers(model, flip.picture)}"
    )
