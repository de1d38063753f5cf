"""``mnist-mlp compare``."""

from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.parsing import Command
from mnist_mlp.errors import visible
from mnist_mlp.formatting import percent, to_json

if TYPE_CHECKING:
    from mnist_mlp.evaluation.comparison import Comparison

NAMES = ascii_uppercase


@click.command(
    cls=Command,
    short_help="Compare checkpoints; test the differences.",
    help="""Compare the accuracy of CHECKPOINTS, two or more, on the same test samples.

    Each is a file, a run directory (its best checkpoint), the directory of a sweep (its best run by validation),
    `latest` or `pretrained`. McNemar's exact test says whether a difference is significant; of more than two
    checkpoints, its p-values are corrected for the number of comparisons (Holm). A bootstrap gives the confidence
    interval of each difference.

    \b
    mnist-mlp compare runs/20261122-101500-default latest
    mnist-mlp compare latest pretrained --output differences.png
    mnist-mlp compare runs/a runs/b runs/c
    """,
)
@click.argument("checkpoints", nargs=-1, required=True, type=options.CHECKPOINT)
@options.data
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@options.drawing("--output", None, "Draw the samples that only one of two checkpoints predicts correctly.", "-o")
def command(checkpoints: tuple[str, ...], data: str | None, as_json: bool, output: Path | None) -> None:
    if not 2 <= len(checkpoints) <= len(NAMES):
        raise click.UsageError(f"give 2 to {len(NAMES)} checkpoints")
    if len(checkpoints) > 2 and output is not None:
        raise click.UsageError("--output draws the differences of two checkpoints; give two")
    found = mm.compare_all(checkpoints, data=data)
    if len(checkpoints) > 2:
        click.echo(to_json(_records(found)) if as_json else _table(found))
        return
    comparison = found.pairs[0, 1]
    if output is not None:
        from mnist_mlp.reports.disagreements import draw_disagreements
        from mnist_mlp.reports.images import write_picture

        write_picture(draw_disagreements(comparison), output)
    click.echo(to_json(_record(comparison)) if as_json else _text(comparison))
    if output is not None:
        click.echo(visible(output), err=as_json)


def _records(found: "mm.PairwiseComparisons") -> dict[str, object]:
    from mnist_mlp.evaluation.comparison import SIGNIFICANT
    from mnist_mlp.runs.find import shown

    pairs = [
        {
            "a": NAMES[i],
            "b": NAMES[j],
            "difference": pair.statistics.difference,
            "interval": list(pair.statistics.interval),
            "p_value": pair.statistics.p_value,
            "corrected_p_value": found.p_values[i, j],
            "significant": found.p_values[i, j] < SIGNIFICANT,
        }
        for (i, j), pair in found.pairs.items()
    ]
    each = zip(NAMES, found.paths, found.accuracies, strict=False)
    return {
        "checkpoints": [
            {"name": name, "checkpoint": shown(path), "accuracy": accuracy} for name, path, accuracy in each
        ],
        "samples": found.pairs[0, 1].statistics.n,
        "pairs": pairs,
    }


def _table(found: "mm.PairwiseComparisons") -> str:
    from mnist_mlp.evaluation.comparison import SIGNIFICANT
    from mnist_mlp.runs.find import shown

    n, m = found.pairs[0, 1].statistics.n, len(found.pairs)
    lines = [
        f"{name} {percent(accuracy)}  {visible(shown(path))}"
        for name, path, accuracy in zip(NAMES, found.paths, found.accuracies, strict=False)
    ]
    lines.append(f"{n:,} test samples; McNemar's exact test, p corrected for {m} comparisons (Holm)")
    for (i, j), pair in found.pairs.items():
        difference, p = pair.statistics.difference, found.p_values[i, j]
        better = f"{NAMES[j] if difference > 0 else NAMES[i]} is better"
        verdict = better if p < SIGNIFICANT else "not significant"
        lines.append(f"{NAMES[j]} - {NAMES[i]}: {100 * difference:+.2f} points, {_p(p)}: {verdict}")
    return "\n".join(lines)


def _record(comparison: "mm.CheckpointComparison") -> dict[str, object]:
    from mnist_mlp.runs.find import shown

    found = comparison.statistics
    return {
        "a": {"checkpoint": shown(comparison.first), "accuracy": found.first_accuracy},
        "b": {"checkpoint": shown(comparison.second), "accuracy": found.second_accuracy},
        "samples": found.n,
        "both_correct": found.both_correct,
        "only_a_correct": len(found.only_first),
        "only_b_correct": len(found.only_second),
        "neither": found.neither,
        "difference": found.difference,
        "interval": list(found.interval),
        "p_value": found.p_value,
        "significant": found.is_significant,
    }


def _text(comparison: "mm.CheckpointComparison") -> str:
    from mnist_mlp.evaluation.comparison import CONFIDENCE, RESAMPLES
    from mnist_mlp.runs.find import shown

    found = comparison.statistics
    low, high = found.interval
    return "\n".join(
        (
            f"A {percent(found.first_accuracy)}  {visible(shown(comparison.first))}",
            f"B {percent(found.second_accuracy)}  {visible(shown(comparison.second))}",
            f"{found.n:,} test samples: both correct {found.both_correct:,}, only A {len(found.only_first):,}, "
            f"only B {len(found.only_second):,}, neither {found.neither:,}",
            f"B - A: {100 * found.difference:+.2f} points, {100 * CONFIDENCE:.0f} % bootstrap confidence interval "
            f"{100 * low:+.2f} to {100 * high:+.2f} ({RESAMPLES:,} resamples)",
            conclusion(found),
        )
    )


def conclusion(found: "Comparison") -> str:
    """Return whether the difference is significant, and the p-value."""
    if not len(found.only_first) + len(found.only_second):
        return "no difference: both predict the same samples correctly"
    p = _p(found.p_value)
    if not found.is_significant:
        return f"the difference is not significant: {p}, McNemar's exact test"
    return f"the difference is significant: {p}, McNemar's exact test; {'B' if found.difference > 0 else 'A'} is better"


def _p(value: float) -> str:
    return "p < 1e-6" if value < 1e-6 else f"p = {value:.3g}"
