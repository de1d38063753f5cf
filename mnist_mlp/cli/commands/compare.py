"""``mnist-mlp compare``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnist_mlp.cli.threads import blas_threads
from mnist_mlp.errors import CheckpointError, DataError

if TYPE_CHECKING:
    from mnist_mlp.evaluation.comparison import Comparison
    from mnist_mlp.storage.checkpoint import Metadata


@click.command(short_help="Say whether one checkpoint is better than another, or only luckier.")
@click.argument("a")
@click.argument("b")
@click.option("--data", metavar="DIR", help="Directory of the four IDX files; default: what they were trained on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of words.")
@click.option(
    "--output",
    metavar="FILE.png",
    type=click.Path(path_type=Path),
    help="Draw the pictures that one gets right and the other wrong.",
)
def command(a: str, b: str, data: str | None, as_json: bool, output: Path | None) -> None:
    """Compare checkpoints A and B on the same test pictures, and say whether the difference is more than noise.

    Each is a file, a run directory (then its best), `latest` or `pretrained`. McNemar's exact test tells how often
    chance alone would make them differ so much; a bootstrap tells between what the difference lies.

    \b
    mnist-mlp compare runs/20261122-101500-default latest
    mnist-mlp compare latest pretrained --output differences.png
    """
    from mnist_mlp.evaluation.comparison import compare
    from mnist_mlp.runs.find import find_checkpoint
    from mnist_mlp.runs.samples import samples_of
    from mnist_mlp.storage.checkpoint import load

    paths = find_checkpoint(a), find_checkpoint(b)
    first, second = (load(path) for path in paths)
    _check_alike(first.metadata, second.metadata, b, data)
    X, y, shape = samples_of(first.metadata, paths[0], data, "test")
    with blas_threads(1):
        answers = first.model.logits(X).argmax(axis=1), second.model.logits(X).argmax(axis=1)
    comparison = compare(*answers, y)
    if output is not None:
        from mnist_mlp.reports.disagreements import draw_differences
        from mnist_mlp.reports.output import write_picture

        write_picture(draw_differences(comparison, answers, X, y, shape), output)
    names = str(paths[0]), str(paths[1])
    click.echo(json.dumps(_record(comparison, *names)) if as_json else _words(comparison, *names))


def _check_alike(first: "Metadata", second: "Metadata", b: str, data: str | None) -> None:
    """The same question must make sense to both."""
    if (first.image_shape, first.config.data.classes) != (second.image_shape, second.config.data.classes):
        raise CheckpointError(
            "checkpoints for different pictures",
            where=b,
            why="image size or number of classes differ",
            fix="compare networks that were trained for the same task",
        )
    if first.data != second.data and data is None:
        raise DataError(
            "checkpoints trained on different data", where=b, fix="name the data to compare them on with --data DIR"
        )


def _record(comparison: "Comparison", a: str, b: str) -> dict[str, object]:
    """The figures for programs."""
    return {
        "a": {"checkpoint": a, "accuracy": comparison.first_accuracy},
        "b": {"checkpoint": b, "accuracy": comparison.second_accuracy},
        "samples": comparison.n,
        "both_right": comparison.both_right,
        "only_a_right": len(comparison.only_first),
        "only_b_right": len(comparison.only_second),
        "neither": comparison.neither,
        "difference": comparison.difference,
        "interval": list(comparison.interval),
        "p_value": comparison.p_value,
        "more_than_noise": comparison.more_than_noise,
    }


def _words(comparison: "Comparison", a: str, b: str) -> str:
    """The same for people."""
    from mnist_mlp.evaluation.comparison import CONFIDENCE, RESAMPLES

    low, high = comparison.interval
    return "\n".join(
        (
            f"A {100 * comparison.first_accuracy:.2f} %  {a}",
            f"B {100 * comparison.second_accuracy:.2f} %  {b}",
            f"{comparison.n:,} test samples: both right {comparison.both_right:,}, only A "
            f"{len(comparison.only_first):,}, only B {len(comparison.only_second):,}, neither {comparison.neither:,}",
            f"B - A: {100 * comparison.difference:+.2f} points, {100 * CONFIDENCE:.0f} % interval {100 * low:+.2f} to "
            f"{100 * high:+.2f} (bootstrap, {RESAMPLES:,} resamples)",
            f"McNemar's exact test: p = {comparison.p_value:.3g}",
            _verdict(comparison),
        )
    )


def _verdict(comparison: "Comparison") -> str:
    """Whether it is more than noise, and what that means."""
    if not len(comparison.only_first) + len(comparison.only_second):
        return "no difference: they are right about the same pictures"
    often = _often(comparison.p_value)
    if comparison.more_than_noise:
        better = "B" if comparison.difference > 0 else "A"
        return f"more than noise: {better} is better; were they equally good, they would differ so much {often}"
    return f"no more than noise: were they equally good, they would differ as much {often}"


def _often(p: float) -> str:
    """``in 3 of 1,000 cases``."""
    if p > 0.995:
        return "every time"
    for cases in (100, 1000, 10_000, 100_000, 1_000_000):
        if round(p * cases) >= (10 if cases == 100 else 1):
            return f"in {round(p * cases)} of {cases:,} cases"
    return "in less than one of 1,000,000 cases"
