"""The report of a run: one HTML page without other files. Needs matplotlib and jinja2 (extra ``report``)."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_mlp.config import dump
from mnist_mlp.errors import check_not_empty, visible
from mnist_mlp.evaluation.activity import activity, histogram
from mnist_mlp.evaluation.calibration import reliability
from mnist_mlp.evaluation.metrics import Evaluation
from mnist_mlp.evaluation.risk_coverage import risk_coverage
from mnist_mlp.formatting import class_name, clock, output, percent
from mnist_mlp.models import Model
from mnist_mlp.pretrained import DIGITS
from mnist_mlp.reports.images import DARK_TO_LIGHT, coloured, data_url, ink_on_paper
from mnist_mlp.reports.mistakes import mistakes
from mnist_mlp.reports.templates import check_requirements, render_template
from mnist_mlp.runs.checkpoint_evaluation import CheckpointEvaluation, evaluate_checkpoint
from mnist_mlp.runs.differences import Differences, Settings, differences, flat, text_of
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.listing import existing_run, started
from mnist_mlp.runs.samples import LabelledSamples
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.storage.durable import write
from mnist_mlp.threads import blas_threads
from mnist_mlp.training.diagnosis import DEAD, smaller_rate
from mnist_mlp.training.state import EpochRecord

MISTAKES = 40
OF_DATA = ("data.directory", "data.names")  # settings that are too long for a title
TILES = 128  # units whose weights are shown
COVERAGES = (1, 0.99, 0.95, 0.9, 0.8)  # fractions of the pictures whose predictions are accepted


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
    with blas_threads(1):
        if run == "pretrained":
            page, default = render(DIGITS, run, data), Path("pretrained.html")
        elif not isinstance(run, Run) and Path(run).is_file():
            page, default = render(Path(run), str(run), data), Path(run).with_suffix(".html")
        else:
            run = run if isinstance(run, Run) else existing_run(str(run))
            page, default = render(run.best, str(run.directory), data, run), run.directory / "report.html"
    path = default if path is None else Path(path)
    write(path, page.encode())
    return path


def render(checkpoint: Path, name: str, data: str | Path | None = None, run: Run | None = None) -> str:
    """Return the page of a checkpoint, with the records, the times and the environment of its run."""
    found = evaluate_checkpoint(checkpoint, data=data)
    state = load(checkpoint).state
    records = (run.records() if run else []) or [record for record in (state.progress.last,) if record is not None]
    environment = (run.environment() if run else {}) or state.environment
    model, samples, evaluation = state.inference_model, found.samples, found.metrics
    settings = flat(state.config)
    (changes,) = differences([settings])
    config = Differences(changes.base, {key: v for key, v in changes.settings.items() if key not in OF_DATA})
    subtitle = visible(" · ".join([config.text(), *(_times(run, len(records)) if run else ())]))
    return render_template(
        "report.html.j2",
        title=f"{visible(name)}: {percent(evaluation.accuracy)} · {subtitle}",
        heading=visible(name),
        subtitle=subtitle,
        names=state.config.data.class_names,
        sizes=model.mlp.sizes,
        parameters=model.mlp.n_parameters,
        config=state.config,
        progress=state.progress,
        records=records,
        evaluation=evaluation,
        samples=samples,
        confusion=_confusion(evaluation.confusion),
        mistakes=_mistakes(model, evaluation, samples),
        tiles=[
            data_url(Image.fromarray(coloured(column.reshape(samples.shape), DARK_TO_LIGHT)))
            for column in model.mlp.layers[0].W.T[:TILES]
        ],
        calibration=_calibration(found),
        confidence=_confidence(evaluation, samples),
        base=changes.base,
        changes=[tuple(map(visible, row)) for row in changes.table()],
        settings=[(key, visible(text_of(value))) for key, value in settings.items()],
        environment=dump({key: value for key, value in environment.items() if key != "data_directory"}),
        **_charts(model, records, samples, settings),
    )


def _times(run: Run, epochs: int) -> list[str]:
    """Return when a run began, and how long its epochs took."""
    count = f"{epochs} epoch{'' if epochs == 1 else 's'}"
    return [f"{datetime.fromtimestamp(started(run)):%Y-%m-%d %H:%M}", f"{count} in {clock(run.seconds())}"]


def _confusion(confusion: NDArray[np.int64]) -> list[list[tuple[int, float]]]:
    """Return the confusion matrix, with the strength of each cell's colour."""
    strongest = max(1, int((confusion - np.diag(np.diagonal(confusion))).max()))
    return [
        [
            (int(n), float(n / max(1, row.sum()) if c == other else (n / strongest) ** 0.5))
            for other, n in enumerate(row)
        ]
        for c, row in enumerate(confusion)
    ]


def _mistakes(model: Model, evaluation: Evaluation, samples: LabelledSamples) -> list[dict[str, Any]]:
    """Return the wrong predictions with the largest outputs, each with its two largest outputs."""
    form = partial(percent, decimals=1) if model.loss.gives_probabilities else "{:.2f}".format
    return [
        {
            "picture": data_url(ink_on_paper(samples.X[i], samples.shape)),
            "name": visible(samples.files[i]) if samples.files else f"no. {i}",
            "label": class_name(samples.y[i], samples.names),
            "top": [
                (class_name(c, samples.names), form(evaluation.outputs[i, c]))
                for c in np.argsort(-evaluation.outputs[i], kind="stable")[:2]
            ],
        }
        for i in mistakes(evaluation, samples)[:MISTAKES].tolist()
    ]


def _calibration(found: CheckpointEvaluation) -> dict[str, Any] | None:
    """Return the calibration metrics and the reliability diagram; None for scores."""
    if found.calibration is None:
        return None
    from mnist_mlp.reports import charts

    temperature, calibrated, uncalibrated = found.calibration
    error = percent(calibrated.expected_calibration_error, 2)
    title = f"Fraction of correct predictions against their probability; expected calibration error {error}"
    return {
        "temperature": temperature,
        "rows": [("calibrated", *calibrated), ("at temperature 1", *uncalibrated)],
        "chart": charts.reliability_diagram(reliability(found.metrics.outputs, found.samples.y), title),
    }


def _confidence(evaluation: Evaluation, samples: LabelledSamples) -> dict[str, Any]:
    """Return the risk-coverage curve, and its points that cover at least ``COVERAGES``."""
    from mnist_mlp.reports import charts

    curve, kind = risk_coverage(evaluation.outputs, samples.y), evaluation.kind
    points = [tuple(float(values[0]) for values in curve.at(coverage)) for coverage in COVERAGES]
    rows = [
        (
            percent(coverage, 1),
            output(threshold, kind, 2).removeprefix("score "),
            round(risk * coverage * evaluation.n),
            percent(risk),
        )
        for threshold, coverage, risk in dict.fromkeys(points)
    ]
    title = f"Risk by coverage: {rows[0][3]} of all predictions are wrong, {rows[-1][3]} at a coverage of {rows[-1][0]}"
    return {
        "kind": {"probabilities": "probability", "scores": "score"}[kind],
        "rows": rows,
        "chart": charts.risk_coverage_curve(curve, title),
    }


def _charts(model: Model, records: list[EpochRecord], samples: LabelledSamples, settings: Settings) -> dict[str, Any]:
    """Return the learning curves, and for each layer charts of its weights and of its activations."""
    from mnist_mlp.reports import charts

    weights = []
    for i, (W, _) in enumerate(model.mlp.layers, 1):
        title = f"Weights of layer {i}: from {W.min():.2f} to {W.max():.2f}, standard deviation {W.std():.3f}"
        weights.append((title, charts.histogram_chart(f"weights-{i}", title, histogram(W), "weight")))
    hidden = []
    for i, layer in enumerate(activity(model, samples.X), 1):
        dead = int(layer.dead.sum())
        zero, most = percent(layer.zero, 1), layer.activations.edges[-1]
        title = f"Activations of hidden layer {i}: {zero} are zero, the largest is {most:.2f}"
        chart = charts.histogram_chart(f"activations-{i}", title, layer.activations, "activation")
        advice = _advice(dead, len(layer.dead), settings["optimizer.learning_rate"])
        hidden.append({"title": title, "chart": chart, "dead": dead, "units": len(layer.dead), "advice": advice})
    return {"curves": charts.curves(records), "weights": weights, "hidden": hidden}


def _advice(dead: int, units: int, learning_rate: float) -> str:
    """Return what to do about the dead units of a layer (docs/diagnosis.md)."""
    smaller = smaller_rate(learning_rate)
    without = f"With the other {units - dead} units alone, the network can compute the same."
    if dead > DEAD * units:
        return f"Large steps of training cause them. More than {percent(DEAD, 0)} cost accuracy: use a {smaller}."
    return f"{without} A {smaller}, leaves fewer of them, but the accuracy is not always better."
