"""``mnist-mlp evaluate``."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from mnist_mlp.cli.pictures import check_shape
from mnist_mlp.cli.progress import counted
from mnist_mlp.cli.threads import blas_threads
from mnist_mlp.cli.words import percent

if TYPE_CHECKING:
    from mnist_mlp.data.dataset import Labels
    from mnist_mlp.evaluation.folder import Folder
    from mnist_mlp.evaluation.metrics import Evaluation
    from mnist_mlp.storage.checkpoint import Checkpoint


@click.command(short_help="Measure a checkpoint, digit by digit.")
@click.argument("checkpoint")
@click.option("--data", metavar="DIR", help="Directory of the four IDX files; default: what it was trained on.")
@click.option(
    "--split",
    type=click.Choice(["test", "validation", "train"]),
    default="test",
    show_default=True,
    help="Which samples.",
)
@click.option(
    "--pictures",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Instead: any pictures, in folders named by their digit (DIR/7/any.png).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.option("--mistakes", metavar="FILE.png", type=click.Path(path_type=Path), help="Draw the pictures it got wrong.")
@click.option(
    "--fgsm",
    metavar="EPS",
    type=click.FloatRange(0, 1),
    help="Measure it too on pictures changed by EPS a pixel (of 1) in the worst direction.",
)
def command(
    checkpoint: str,
    data: str | None,
    split: str,
    pictures: Path | None,
    as_json: bool,
    mistakes: Path | None,
    fgsm: float | None,
) -> None:
    """Measure a checkpoint: loss, accuracy, figures for each digit, what is taken for what.

    CHECKPOINT is a file, a run directory (then its best), `latest` (the newest run here) or `pretrained`.

    \b
    mnist-mlp evaluate latest
    mnist-mlp evaluate runs/20261122-101500-default --mistakes wrong.png
    mnist-mlp evaluate pretrained --pictures my-digits
    """
    if pictures is not None and (data is not None or split != "test"):
        raise click.UsageError("--pictures takes the place of --data and --split")
    from dataclasses import replace

    from mnist_mlp.evaluation.metrics import judge
    from mnist_mlp.evaluation.robustness import accuracy_under_fgsm
    from mnist_mlp.evaluation.samples import samples_of
    from mnist_mlp.storage.checkpoint import load
    from mnist_mlp.storage.find import find_checkpoint

    path = find_checkpoint(checkpoint)
    loaded = load(path)
    folder = None if pictures is None else _read_folder(loaded, path, pictures)
    X, y, shape = folder.samples if folder else samples_of(loaded.metadata, path, data, split)
    with blas_threads(1):
        plain = replace(loaded.model, temperature=1.0)
        logits = plain.logits(X)
        uncalibrated = judge(plain, logits, y)
        evaluation = judge(loaded.model, logits / loaded.model.temperature, y)
        attacked = None if fgsm is None else Attacked(fgsm, accuracy_under_fgsm(loaded.model, X, y, fgsm))
    if mistakes is not None:
        from mnist_mlp.reports.mistakes import draw_mistakes

        draw_mistakes(evaluation, X, y, shape, mistakes)
    sureness = None
    if loaded.model.loss.gives_probabilities:
        sureness = Sureness(loaded.model.temperature, _held(evaluation, y), _held(uncalibrated, y))
    if as_json:
        record = _record(evaluation, str(path))
        if folder:
            record |= {"pictures": str(pictures), **_doubts(evaluation, y, folder)._asdict()}
        else:
            record["split"] = split
        if sureness:
            record["temperature"] = sureness.temperature
            record["calibration"] = sureness.calibrated._asdict()
            record["uncalibrated"] = sureness.uncalibrated._asdict()
        click.echo(json.dumps(record | ({"fgsm": attacked._asdict()} if attacked else {})))
    else:
        what = f"pictures in {pictures}" if folder else f"{split} samples"
        click.echo(_tables(evaluation, f"{path} on {len(y):,} {what}"))
        if folder:
            click.echo(_how_many_unsure(_doubts(evaluation, y, folder)))
        if sureness:
            click.echo(_how_sure(sureness))
        if attacked:
            click.echo(f"accuracy under FGSM at {attacked.epsilon:g}: {100 * attacked.accuracy:.2f} %")
    if folder and folder.refused:
        for error in folder.refused:
            click.echo(f"error: {error}", err=True)
        sys.exit(folder.refused[0].exit_code)


def _read_folder(loaded: "Checkpoint", path: Path, directory: Path) -> "Folder":
    """The pictures in the folders of ``directory``, with a bar while they are prepared."""
    from mnist_mlp.evaluation.folder import read_folder
    from mnist_mlp.pictures.picture_folders import labelled_pictures

    check_shape(loaded, str(path))
    files = labelled_pictures(directory, loaded.metadata.config.data.classes)
    return read_folder(loaded.state, counted(files, unit="picture"))


class Doubts(NamedTuple):
    """How many pictures are answered with "unsure" when nobody forces it, and how good the other answers are."""

    unsure: int
    accuracy_of_the_sure: float | None  # None: there is none


def _doubts(evaluation: "Evaluation", y: "Labels", folder: "Folder") -> Doubts:
    right = (evaluation.predicted == y)[~folder.doubted]
    return Doubts(int(folder.doubted.sum()), float(right.mean()) if len(right) else None)


def _how_many_unsure(doubts: Doubts) -> str:
    return f"unsure, unless forced: {doubts.unsure:,}; of the others {percent(doubts.accuracy_of_the_sure)} are right"


class Held(NamedTuple):
    """How far probabilities hold true."""

    expected_calibration_error: float
    negative_log_likelihood: float


class Sureness(NamedTuple):
    """The same with the checkpoint's temperature and without."""

    temperature: float
    calibrated: Held
    uncalibrated: Held


def _held(evaluation: "Evaluation", y: "Labels") -> Held:
    from mnist_mlp.evaluation.calibration import expected_calibration_error

    return Held(expected_calibration_error(evaluation.outputs, y), evaluation.loss)


def _how_sure(sureness: Sureness) -> str:
    """``expected calibration error 0.21 %   negative log-likelihood 0.0243``, and what they were uncalibrated."""

    def words(held: Held) -> str:
        error, nll = held
        return f"expected calibration error {100 * error:.2f} %   negative log-likelihood {nll:.4f}"

    if sureness.temperature == 1:
        return f"{words(sureness.calibrated)} (not calibrated)"
    return (
        f"{words(sureness.calibrated)} (temperature {sureness.temperature:.3f})\n"
        f"uncalibrated: {words(sureness.uncalibrated)}"
    )


class Attacked(NamedTuple):
    """Accuracy on pictures that were changed to mislead the network."""

    epsilon: float
    accuracy: float


def _record(evaluation: "Evaluation", checkpoint: str) -> dict[str, object]:
    """The figures for programs."""
    support = evaluation.confusion.sum(axis=1).tolist()
    figures = zip(
        evaluation.precision.tolist(), evaluation.recall.tolist(), evaluation.f1.tolist(), support, strict=True
    )
    return {
        "checkpoint": checkpoint,
        "samples": evaluation.n,
        "loss": evaluation.loss,
        "accuracy": evaluation.accuracy,
        "errors": evaluation.errors,
        "digits": [
            {"digit": digit, "precision": p, "recall": r, "f1": f, "samples": n}
            for digit, (p, r, f, n) in enumerate(figures)
        ],
        "confusion": evaluation.confusion.tolist(),
    }


def _tables(evaluation: "Evaluation", title: str) -> str:
    """The same for people."""
    confusion, support = evaluation.confusion, evaluation.confusion.sum(axis=1)
    lines = [
        title,
        f"accuracy {100 * evaluation.accuracy:.2f} %   errors {evaluation.errors:,}   loss {evaluation.loss:.4f}",
        "",
        "digit  precision   recall       F1  samples",
    ]
    for digit in range(len(confusion)):
        p, r, f = evaluation.precision[digit], evaluation.recall[digit], evaluation.f1[digit]
        lines.append(f"{digit:>5}{100 * p:>9.2f} %{100 * r:>7.2f} %{100 * f:>7.2f} %{support[digit]:>9,}")
    width = max(5, len(str(confusion.max())) + 2)
    lines += [
        "",
        "rows: the digit; columns: the answer",
        "     " + "".join(f"{c:>{width}}" for c in range(len(confusion))),
    ]
    lines += [f"{c:>5}" + "".join(f"{n or '.':>{width}}" for n in row) for c, row in enumerate(confusion.tolist())]
    worst = [f"{actual} as {predicted}: {times}" for actual, predicted, times in evaluation.most_confused()]
    lines += ["", "most frequent confusions: " + (", ".join(worst) or "none")]
    return "\n".join(lines)
