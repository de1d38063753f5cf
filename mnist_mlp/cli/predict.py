"""``mnist-mlp predict``."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnist_mlp.cli.pictures import checkpoint_for_pictures, prepared
from mnist_mlp.errors import MnistMlpError

if TYPE_CHECKING:
    from mnist_mlp.models import Model
    from mnist_mlp.pictures import Picture


HALF_INK = 128  # of 255


@click.command(short_help="Read the handwritten digit in each picture.")
@click.argument("pictures", nargs=-1, required=True, metavar="PICTURE...")
@click.option(
    "--checkpoint", default="pretrained", show_default=True, help="A file, a run directory, latest, pretrained."
)
@click.option("--top", metavar="K", type=click.IntRange(min=1), default=1, help="Print the K most probable answers.")
@click.option("--show-input", is_flag=True, help="Draw the small picture that the network sees, and how it was made.")
@click.option(
    "--save-input", metavar="FILE.png", type=click.Path(path_type=Path), help="Keep that small picture; of one PICTURE."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a picture, each on its line.")
def command(
    pictures: tuple[str, ...], checkpoint: str, top: int, show_input: bool, save_input: Path | None, as_json: bool
) -> None:
    """Read the handwritten digit in each PICTURE (PNG, JPEG, ...; `-` reads standard input).

    Dark on light or light on dark, any size, one digit a picture. A 28x28 picture like MNIST's is taken as it is;
    others are cropped, scaled and centred first.

    \b
    mnist-mlp predict seven.png
    mnist-mlp predict *.png --top 3
    mnist-mlp predict - --json --checkpoint latest < seven.png
    """
    if save_input is not None and len(pictures) > 1:
        raise click.UsageError("--save-input keeps one picture; give one PICTURE")
    loaded = checkpoint_for_pictures(checkpoint)
    failed = 0
    for name in pictures:
        try:
            picture = prepared(name)
        except MnistMlpError as error:
            if len(pictures) == 1:
                raise
            click.echo(f"error: {error}", err=True)
            failed = error.exit_code
            continue
        answer = _answer(loaded.model, picture)
        if save_input is not None:
            _save(picture, save_input)
        if show_input:
            click.echo(_draw(picture), err=as_json)
        click.echo(json.dumps({"picture": name, **answer}) if as_json else f"{name}: {_words(answer, top)}")
    if failed:
        sys.exit(failed)


def _answer(model: "Model", picture: "Picture") -> dict[str, Any]:
    """The digit, and a probability (or, after a regression, a score) for each class."""
    outputs = model.predict(picture.pixels.reshape(1, -1))[0]
    kind = "probabilities" if model.loss.gives_probabilities else "scores"
    return {"digit": int(outputs.argmax()), kind: outputs.tolist()}


def _words(answer: dict[str, Any], top: int) -> str:
    """``7 (99.8 %)``, or the ``top`` most probable."""
    probabilities = "probabilities" in answer
    outputs: list[float] = answer["probabilities" if probabilities else "scores"]
    best = sorted(range(len(outputs)), key=lambda digit: -outputs[digit])[:top]
    return ", ".join(
        f"{digit} ({100 * outputs[digit]:.1f} %)" if probabilities else f"{digit} (score {outputs[digit]:.3f})"
        for digit in best
    )


def _draw(picture: "Picture") -> str:
    """The network's input, two pixels a character, one above the other, and the steps that made it."""
    halves = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    rows = (picture.pixels >= HALF_INK).tolist()
    pairs = zip(rows[::2], rows[1::2], strict=True)
    lines = ["".join(halves[half] for half in zip(upper, lower, strict=True)) for upper, lower in pairs]
    return "\n".join([*lines, "; ".join(picture.steps) or "taken as it is"])


def _save(picture: "Picture", path: Path) -> None:
    from mnist_mlp.reports.files import write_pixels

    write_pixels(picture.pixels, path)
