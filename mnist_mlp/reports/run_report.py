"""The report of a run: one HTML page without other files. Needs matplotlib and jinja2 (extra ``report``)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_mlp.errors import check_not_empty, visible
from mnist_mlp.evaluation.activity import Activity, activity, histogram
from mnist_mlp.evaluation.calibration import reliability
from mnist_mlp.evaluation.metrics import Evaluation
from mnist_mlp.evaluation.risk_coverage import risk_coverage
from mnist_mlp.formatting import class_name, clock, output, percent
from mnist_mlp.models import Model
from mnist_mlp.pretrained import DIGITS
from mnist_mlp.reports.images import DARK_TO_LIGHT, coloured, data_url, ink_on_paper
from mnist_mlp.reports.mistakes import mistakes
from mnist_mlp.reports.templates import Card, check_requirements, render_template
from mnist_mlp.runs.checkpoint_evaluation import CheckpointEvaluation, evaluate_checkpoint
from mnist_mlp.runs.differences import OF_DATA, differences, flat, text_of
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.find import find_checkpoint
from mnist_mlp.runs.listing import existing_run, started
from mnist_mlp.runs.samples import LabelledSamples
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.storage.durable import write
from mnist_mlp.threads import blas_threads
from mnist_mlp.training.diagnosis import DEAD, smaller_rate

MISTAKES = 40  # that are shown, four rows on a desktop
TILES = 128  # units whose weights are shown
COVERAGES = (1, 0.99, 0.95, 0.9, 0.8)  # fractions of the pictures whose predictions are accepted
# Opacities in the confusion matrix. On the strongest, dark mode has a contrast of 4.6 (WCAG 2.1 requires 4.5).
FAINTEST, STRONGEST, OPACITY_OF_CORRECT = 0.08, 0.55, 0.3


def write_report(
    run: Run | str | Path = "latest", path: str | Path | None = None, *, data: str | Path | None = None
) -> Path:
    """Write the report of the best checkpoint of a run, or of a checkpoint file; return the path of the page.

    run: a run, its directory, "latest", or a checkpoint file or "pretrained", whose reports have no learning curves.
    path: of the page; None: ``report.html`` in the run directory, or the name of the checkpoint with the suffix .html.
    data: directory of the data set; None: where the run found it.

    Raises ``StorageError``, ``CheckpointError``, ``DataError``, or ``ConfigError`` if the extra ``report`` is missing.
    """
    check_not_empty(run, "run")
    check_not_empty(path, "page")
    check_requirements()
    with blas_threads(1):  # the same rounding, and thus the same page, on any number of processors
        if run == "pretrained":
            page, default = render(DIGITS, run, data), Path("pretrained.html")
        elif not isinstance(run, Run) and Path(run).is_file():
            page, default = render(Path(run), str(run), data), Path(run).with_suffix(".html")
        else:
            run = run if isinstance(run, Run) else existing_run(str(run))
            checkpoint, default = find_checkpoint(run.directory), run.directory / "report.html"
            page = render(checkpoint, str(run.directory), data, run)
    path = default if path is None else Path(path)
    write(path, page.encode())
    return path


def render(checkpoint: Path, name: str, data: str | Path | None = None, run: Run | None = None) -> str:
    """Return the page of a checkpoint, with the records, the times and the environment of its run."""
    from mnist_mlp.reports import charts

    found = evaluate_checkpoint(checkpoint, data=data)
    state = load(checkpoint).state
    records = (run.records() if run else []) or [record for record in (state.progress.last,) if record is not None]
    environment = (run.environment() if run else {}) or state.environment
    about = {key: value for key, value in environment.items() if key != "data_directory"}  # a path of one machine
    model, samples, evaluation = state.inference_model, found.samples, found.metrics
    settings = flat(state.config)
    (changes,) = differences([settings])
    subtitle = visible(" · ".join([changes.text(OF_DATA), *(_times(run, len(records)) if run else ())]))
    layers = activity(model, samples.X)
    return render_template(
        "report.html.j2",
        title=f"{visible(name)}: {percent(evaluation.accuracy)} · {subtitle}",
        heading=visible(name),
        subtitle=subtitle,
        names=state.config.data.class_names,
        sizes=model.mlp.sizes,
        parameters=model.mlp.n_parameters,
        seed=state.config.seed,
        epoch=state.progress.epoch,
        records=records,
        curves=charts.curves(records),
        evaluation=evaluation,
        samples=samples,
        confusion=_confusion(evaluation.confusion),
        calibration=found.calibration,
        reliability=_reliability(found),
        confidence=_confidence(evaluation, samples),
        mistakes=_mistakes(evaluation, samples),
        tiles=[
            data_url(Image.fromarray(coloured(column.reshape(samples.shape), DARK_TO_LIGHT)))
            for column in model.mlp.layers[0].W.T[:TILES]
        ],
        histograms=_histograms(model, layers),
        dead=[_dead_units(layer, state.config.optimizer.learning_rate) for layer in layers],
        base=changes.base,
        changes=[tuple(map(visible, row)) for row in changes.table()],
        settings=[(key, visible(text_of(value))) for key, value in settings.items()],
        environment=list(_leaves(about)),
    )


def _times(run: Run, epochs: int) -> list[str]:
    """Return when a run began, how many of its epochs it has, and how long they took."""
    planned = run.config().training.epochs
    count = f"{epochs} of {planned} epochs" if epochs < planned else f"{epochs} epoch{'' if epochs == 1 else 's'}"
    return [f"{datetime.fromtimestamp(started(run)):%Y-%m-%d %H:%M}", f"{count} in {clock(run.seconds())}"]


def _confusion(confusion: NDArray[np.int64]) -> list[list[tuple[int, float]]]:
    """Return the counts of the confusion matrix, each with the opacity of its cell's colour.

    That of correct predictions is in proportion to their fraction of the row; that of errors to the root of their
    number, so that a single error is visible beside a frequent one.
    """
    correct = np.diagonal(confusion)
    most = max(1, int((confusion - np.diag(correct)).max()))
    opacities = FAINTEST + (STRONGEST - FAINTEST) * (confusion / most) ** 0.5
    np.fill_diagonal(opacities, OPACITY_OF_CORRECT * correct / np.maximum(1, confusion.sum(axis=1)))
    return [list(zip(*row, strict=True)) for row in zip(confusion.tolist(), opacities.tolist(), strict=True)]


def _number(value: float, kind: str, decimals: int) -> str:
    """Return ``99.8 %`` for a probability, ``0.998`` for a score."""
    return output(value, kind, decimals).removeprefix("score ")


def _mistakes(evaluation: Evaluation, samples: LabelledSamples) -> list[dict[str, Any]]:
    """Return the wrong predictions with the largest outputs, each with its two largest outputs."""
    return [
        {
            "picture": data_url(ink_on_paper(samples.X[i], samples.shape)),
            "name": visible(samples.files[i]) if samples.files else f"no. {i}",
            "label": class_name(samples.y[i], samples.names),
            "top": [
                (class_name(c, samples.names), _number(float(evaluation.outputs[i, c]), evaluation.kind, 1))
                for c in np.argsort(-evaluation.outputs[i], kind="stable")[:2]
            ],
        }
        for i in mistakes(evaluation, samples)[:MISTAKES].tolist()
    ]


def _reliability(found: CheckpointEvaluation) -> list[Card]:
    """Return the reliability diagram; none for scores."""
    from mnist_mlp.reports import charts

    if found.calibration is None:
        return []
    error = percent(found.calibration.calibrated.expected_calibration_error)
    title = f"Fraction of correct predictions against their probability; expected calibration error {error}"
    chart = charts.reliability_diagram(reliability(found.metrics.outputs, found.samples.y), title)
    caption = "A larger dot means more predictions. Below the dashed line the probabilities are too high."
    return [Card("Reliability", chart, caption)]


def _confidence(evaluation: Evaluation, samples: LabelledSamples) -> dict[str, Any]:
    """Return the risk-coverage curve, and its points that cover at least ``COVERAGES``."""
    from mnist_mlp.reports import charts

    curve = risk_coverage(evaluation.outputs, samples.y)
    points = [tuple(float(values[0]) for values in curve.at(coverage)) for coverage in COVERAGES]
    rows = [
        (
            percent(coverage, 1),
            _number(threshold, evaluation.kind, 2),
            round(risk * coverage * evaluation.n),
            percent(risk),
        )
        for threshold, coverage, risk in dict.fromkeys(points)
    ]
    (*_, risk_of_all), (least, *_, risk_of_least) = rows[0], rows[-1]
    title = f"Risk by coverage: {risk_of_all} of all predictions are wrong, {risk_of_least} at a coverage of {least}"
    caption = (
        "Coverage: fraction of the pictures whose prediction is accepted. Risk: fraction of the accepted predictions "
        "that are wrong (El-Yaniv and Wiener 2010)."
    )
    return {"rows": rows, "cards": [Card("Risk-coverage curve", charts.risk_coverage_curve(curve, title), caption)]}


def _histograms(model: Model, layers: list[Activity]) -> list[Card]:
    """Return histograms of the weights of each layer, and of the activations of each hidden layer."""
    from mnist_mlp.reports import charts

    found = []
    for i, (W, _) in enumerate(model.mlp.layers, 1):
        caption = f"From {W.min():.2f} to {W.max():.2f}, standard deviation {W.std():.3f}."
        found.append((f"Weights of layer {i}", caption, histogram(W), "weight"))
    for i, layer in enumerate(layers, 1):
        caption = f"{percent(layer.zero, 1)} are zero, the largest is {layer.activations.edges[-1]:.2f}."
        found.append((f"Activations of hidden layer {i}", caption, layer.activations, "activation"))
    return [
        Card(heading, charts.histogram_chart(f"{label}-{i}", f"{heading}: {caption}", counts, label), caption)
        for i, (heading, caption, counts, label) in enumerate(found, 1)
    ]


def _dead_units(layer: Activity, learning_rate: float) -> dict[str, Any]:
    """Return the number of dead units of a layer, and what to do about them (docs/diagnosis.md)."""
    dead, units, smaller = int(layer.dead.sum()), len(layer.dead), smaller_rate(learning_rate)
    advice = (
        f"With the other {units - dead} units alone, the network can compute the same. A {smaller}, leaves fewer of "
        "them, but the accuracy is not always better."
    )
    if dead > DEAD * units:
        advice = f"Large steps of training cause them. More than {percent(DEAD, 0)} cost accuracy: use a {smaller}."
    return {"dead": dead, "units": units, "advice": advice if dead else ""}


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the key path, such as ``blas.0.version``, and the text of each value in nested dicts and lists."""
    if isinstance(value, dict | list):
        for name, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(child, f"{key}.{name}" if key else str(name))
    else:
        yield visible(key), visible(str(value))
