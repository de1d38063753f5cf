"""``mnist-mlp evaluate``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import mnist_mlp as mm
from mnist_mlp.cli import options, tables
from mnist_mlp.cli.parsing import Command
from mnist_mlp.cli.progress import counter
from mnist_mlp.errors import DataError, visible
from mnist_mlp.formatting import percent, to_json

if TYPE_CHECKING:
    from mnist_mlp.evaluation.calibration import CalibrationMetrics, ProbabilityMetrics
    from mnist_mlp.inference.labelled_pictures import LabelledResult


@click.command(
    cls=Command,
    short_help="Evaluate a checkpoint: accuracy, per-class metrics.",
    help="""Evaluate a checkpoint: loss, accuracy, per-class metrics, confusion matrix and calibration.

    CHECKPOINT is a file, a run directory (its best checkpoint), the directory of a sweep (its best run by validation),
    `latest` (the newest run here) or `pretrained`.

    \b
    mnist-mlp evaluate latest
    mnist-mlp evaluate runs/20261122-101500-default --mistakes wrong.png
    mnist-mlp evaluate pretrained --pictures my-digits
    """,
)
@click.argument("checkpoint", type=options.CHECKPOINT)
@options.data
@click.option(
    "--split", type=click.Choice(["test", "validation", "train"]), default="test", help="Samples to evaluate on."
)
@click.option(
    "--pictures",
    metavar="DIR",
    type=options.FILE,
    help="Evaluate on pictures in folders that are named by their class (DIR/7/any.png).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@options.drawing("--mistakes", None, "Draw the samples with wrong predictions.")
@click.option(
    "--fgsm",
    metavar="EPS",
    type=options.FloatRange(0, 1),
    help="Also measure the accuracy under FGSM: each pixel (0 to 1) is changed by EPS to increase the loss.",
)
def command(
    checkpoint: str, data: str | None, split: str, pictures: Path | None, as_json: bool, **settings: Any
) -> None:
    if pictures is not None and (data is not None or split != "test"):
        raise click.UsageError("--pictures cannot be used with --data or --split")
    fgsm, mistakes = settings["fgsm"], settings["mistakes"]
    errors: list[DataError] = []
    what: dict[str, Any] = {"split": split}
    files: list[str] = []
    if pictures is None:
        found = mm.evaluate_checkpoint(checkpoint, split=split, data=data, fgsm=fgsm)
        title = f"{split} samples"
    else:
        with counter("picture") as progress:
            found = labelled = mm.evaluate_pictures(pictures, checkpoint, fgsm=fgsm, progress=progress)
        accepted = {"rejected": int(labelled.rejected.sum()), "accuracy_of_accepted": labelled.accuracy_of_accepted}
        title, errors = f"pictures in {visible(pictures)}", labelled.errors
        what = {"pictures": str(pictures), **accepted, "files": [_file(file) for file in labelled.files]}
        files = [_name(file.path.relative_to(pictures), file.reading) for file in labelled.files if file.reading]
    if mistakes is not None:
        from mnist_mlp.reports.images import write_picture
        from mnist_mlp.reports.mistakes import draw_mistakes

        drawn = draw_mistakes(found.metrics, found.samples, files=files, title=_title(found, title))
        write_picture(drawn, mistakes)
    click.echo(to_json(_record(found, what, fgsm)) if as_json else _text(found, title, what, fgsm))
    if mistakes is not None:
        click.echo(visible(mistakes), err=as_json)
    for error in errors:
        click.echo(f"error: {error}", err=True)
    if errors:
        sys.exit(errors[0].exit_code)


def _name(path: Path, reading: "mm.Reading") -> str:
    return visible(path) if reading.reason is None else f"{visible(path)}, unsure"


def _file(file: "LabelledResult") -> dict[str, object]:
    """Return a file as JSON: its class, and the answer, or the error."""
    record = {"picture": str(file.path), "class": file.label}
    if file.reading is None:
        return record | {"error": str(file.error)}
    found = file.reading
    return record | {
        "answer": found.digit,
        "reason": found.reason,
        "best_guess": found.best_guess,
        "probability": found.probability,
    }


def _title(found: "mm.CheckpointEvaluation", samples: str) -> str:
    from mnist_mlp.runs.find import shown

    return f"{visible(shown(found.path))} on {found.metrics.n:,} {samples}"


def _record(found: "mm.CheckpointEvaluation", what: dict[str, Any], fgsm: float | None) -> dict[str, object]:
    from mnist_mlp.runs.find import shown

    metrics, calibration = found.metrics, found.calibration
    names = ("class", "precision", "recall", "f1", "samples")
    record: dict[str, object] = {
        "checkpoint": shown(found.path),
        "samples": metrics.n,
        "loss": metrics.loss,
        "accuracy": metrics.accuracy,
        "errors": metrics.errors,
        "classes": [dict(zip(names, row, strict=True)) for row in tables.per_class(metrics)],
        "confusion": metrics.confusion.tolist(),
        **what,
    }
    if found.samples.names:
        record["names"] = found.samples.names
    if calibration is not None:
        record["temperature"] = calibration.temperature
        record["calibration"] = calibration.calibrated._asdict()
        record["uncalibrated"] = calibration.uncalibrated._asdict()
    if fgsm is not None:
        record["fgsm"] = {"epsilon": fgsm, "accuracy": found.fgsm_accuracy}
    return record


def _text(found: "mm.CheckpointEvaluation", title: str, what: dict[str, Any], fgsm: float | None) -> str:
    n = found.metrics.n
    lines = [tables.evaluation(found.metrics, _title(found, title), found.samples.names)]
    if "rejected" in what:
        rejected, accuracy = what["rejected"], what["accuracy_of_accepted"]
        others = "" if accuracy is None else f"; {percent(accuracy)} of the other {n - rejected:,} are right"
        lines.append(f'{rejected:,} of {n:,} rejected as "unsure"{others}')
    if found.calibration is not None:
        lines.append(_calibration(found.calibration))
    if fgsm is not None:
        lines.append(f"accuracy under FGSM at {fgsm:g}: {percent(found.fgsm_accuracy)}")
    return "\n".join(lines)


def _calibration(found: "CalibrationMetrics") -> str:
    def text(metrics: "ProbabilityMetrics") -> str:
        error, nll = metrics
        return f"expected calibration error {percent(error)}   negative log-likelihood {nll:.4f}"

    if found.temperature == 1:
        return f"{text(found.calibrated)} (not calibrated)"
    calibrated = f"{text(found.calibrated)} (temperature {found.temperature:.3f})"
    return f"{calibrated}\nuncalibrated: {text(found.uncalibrated)}"
