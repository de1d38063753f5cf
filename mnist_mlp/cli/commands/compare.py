"""``mnist-mlp compare``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.parsing import Command
from mnist_mlp.errors import visible
from mnist_mlp.formatting import percent, to_json

if TYPE_CHECKING:
    from mnist_mlp.evaluation.comparison import Comparison


@click.command(
    cls=Command,
    short_help="Compare two checkpoints; test the difference.",
    help="""Compare the accuracy of checkpoints A and B on the same test samples.

    Each is a file, a run directory (its best checkpoint), `latest` or `pretrained`. McNemar's exact test says whether
    the difference is significant; a bootstrap gives its confidence interval.

    \b
    mnist-mlp compare runs/20261122-101500-default latest
    mnist-mlp compare latest pretrained --output differences.png
    """,
)
@click.argument("a")
@click.argument("b")
@options.data
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@options.drawing("--output", None, "Draw the samples that only one predicts correctly.")
def command(a: str, b: str, data: str | None, as_json: bool, output: Path | None) -> None:
    comparison = mm.compare(a, b, data=data)
    if output is not None:
        from mnist_mlp.reports.disagreements import draw_disagreements
        from mnist_mlp.reports.images import write_picture

        write_picture(draw_disagreements(comparison), output)
    click.echo(to_json(_record(comparison)) if as_json else _text(comparison))
    if output is not None:
        click.echo(visible(output), err=as_json)


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
    p = "p < 1e-6" if found.p_value < 1e-6 else f"p = {found.p_value:.3g}"
    if not found.is_significant:
        return f"the difference is not significant: {p}, McNemar's exact test"
    return f"the difference is significant: {p}, McNemar's exact test; {'B' if found.difference > 0 else 'A'} is better"
