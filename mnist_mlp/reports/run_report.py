"""The report of a run: one HTML page without other files. Needs matplotlib and jinja2 (extra ``report``)."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_mlp.config import as_yaml, dump
from mnist_mlp.errors import check_not_empty, visible
from mnist_mlp.evaluation.activity import activity, histogram
from mnist_mlp.evaluation.calibration import reliability
from mnist_mlp.evaluation.metrics import Evaluation
from mnist_mlp.formatting import class_name, percent
from mnist_mlp.models import Model
from mnist_mlp.pretrained import DIGITS
from mnist_mlp.reports.images import DARK_TO_LIGHT, coloured, data_url, ink_on_paper
from mnist_mlp.reports.mistakes import mistakes
from mnist_mlp.reports.templates import check_requirements, render_template
from mnist_mlp.runs.checkpoint_evaluation import CheckpointEvaluation, evaluate_checkpoint
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.listing import existing_run
from mnist_mlp.runs.samples import LabelledSamples
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.storage.durable import write
from mnist_mlp.threads import blas_threads
from mnist_mlp.training.state import EpochRecord

MISTAKES = 40
TILES = 128  # units whose weights are shown


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
            page, default = render(DIGITS, run, data=data), Path("pretrained.html")
        elif not isinstance(run, Run) and Path(run).is_file():
            page, default = render(Path(run), str(run), data=data), Path(run).with_suffix(".html")
        else:
            run = run if isinstance(run, Run) else existing_run(str(run))
            environment = {key: value for key, value in run.environment().items() if key != "data_directory"}
            page = render(run.best, str(run.directory), run.records(), environment, data)
            default = run.directory / "report.html"
    path = default if path is None else Path(path)
    write(path, page.encode())
    return path


def render(
    checkpoint: Path,
    name: str,
    records: "Sequence[EpochRecord]" = (),
    environment: dict[str, Any] | None = None,
    data: str | Path | None = None,
) -> str:
    """Return the page of a checkpoint, with the records and the environment of its run."""
    found = evaluate_checkpoint(checkpoint, data=data)
    state = load(checkpoint).state
    records = list(records) or [record for record in (state.progress.last,) if record is not None]
    model, samples, evaluation = state.inference_model, found.samples, found.metrics
    return render_template(
        "report.html.j2",
        name=visible(name),
        names=state.config.data.class_names,
        shows_digits=not samples.names,
        sizes=model.mlp.sizes,
        parameters=model.mlp.n_parameters,
        config=state.config,
        progress=state.progress,
        records=records,
        evaluation=evaluation,
        confusion=_confusion(evaluation.confusion),
        mistakes=_mistakes(model, evaluation, samples),
        tiles=[
            data_url(Image.fromarray(coloured(column.reshape(samples.shape), DARK_TO_LIGHT)))
            for column in model.mlp.layers[0].W.T[:TILES]
        ],
        calibration=_calibration(found),
        settings=as_yaml(state.config),
        environment=dump(environment or state.environment),
        **_charts(model, records, samples),
    )


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
            "number": i,
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


def _charts(model: Model, records: list[EpochRecord], samples: LabelledSamples) -> dict[str, Any]:
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
        hidden.append({"title": title, "chart": chart, "dead": dead, "units": len(layer.dead)})
    return {"curves": charts.curves(records), "weights": weights, "hidden": hidden}
