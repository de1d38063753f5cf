"""A run's report: one HTML page that needs no network and no other file. Needs matplotlib and jinja2 (extra)."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from mnist_mlp.config.strict_yaml import dump
from mnist_mlp.errors import ConfigError
from mnist_mlp.evaluation.activity import activity, histogram
from mnist_mlp.evaluation.calibration import expected_calibration_error
from mnist_mlp.evaluation.metrics import Evaluation, judge
from mnist_mlp.evaluation.reliability import reliability
from mnist_mlp.models import Model
from mnist_mlp.reports import thumbnails
from mnist_mlp.reports.output import write
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.samples import Labelled, samples_of
from mnist_mlp.storage.checkpoint import load

if TYPE_CHECKING:
    from mnist_mlp.training.state import EpochRecord

NEEDS = ("matplotlib", "jinja2")
MISTAKES = 40
TILES = 128


def check_requirements() -> None:
    """What a report needs besides the package itself."""
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        raise ConfigError(
            "report needs more packages",
            why=f"{' and '.join(missing)} not installed",
            fix="pip install 'mnist-mlp[report]'",
        )


def write_report(run: Run, path: Path | None = None, data: str | None = None) -> Path:
    """Write the report of a run's best checkpoint, by default into its directory; where it is."""
    check_requirements()
    path = path or run.directory / "report.html"
    write(path, render(run, data).encode())
    return path


def render(run: Run, data: str | None = None) -> str:
    """The page of a run; data: the directory of its pictures, if it is no longer where it was."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loaded = load(run.best)
    metadata, model, records = loaded.metadata, loaded.model, run.records()
    samples = samples_of(metadata, run.best, data, "test")
    logits = model.logits(samples.X)
    evaluation = judge(model, logits, samples.y)
    environment = Environment(  # of templates: everything is escaped, whatever a path or a setting may hold
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        name=str(run.directory),
        sizes=model.mlp.sizes,
        parameters=model.mlp.n_parameters,
        config=metadata.config,
        progress=metadata.progress,
        records=records,
        evaluation=evaluation,
        digits=_digits(evaluation),
        mistakes=_mistakes(model, evaluation, samples),
        tiles=_tiles(model, samples.shape),
        sureness=_sureness(model, evaluation, logits, samples),
        settings=dump(msgspec.to_builtins(metadata.config)),
        surroundings=dump(run.environment() or metadata.environment),
        **_charts(model, records, samples),
    )


def _digits(evaluation: Evaluation) -> list[dict[str, Any]]:
    """A row for each digit, and its row of the confusion matrix with how strong each cell is."""
    confusion = evaluation.confusion
    strongest = max(1, int((confusion - np.diag(np.diagonal(confusion))).max()))
    return [
        {
            "precision": evaluation.precision[digit],
            "recall": evaluation.recall[digit],
            "f1": evaluation.f1[digit],
            "samples": int(row.sum()),
            "taken_for": [
                (int(n), float(n / max(1, row.sum()) if digit == other else (n / strongest) ** 0.5))
                for other, n in enumerate(row)
            ],
        }
        for digit, row in enumerate(confusion)
    ]


def _mistakes(model: Model, evaluation: Evaluation, samples: Labelled) -> list[dict[str, Any]]:
    """The wrong answers, those it was surest of first, each with the two top answers."""
    wrong = np.flatnonzero(evaluation.predicted != samples.y)
    sure = evaluation.outputs[wrong, evaluation.predicted[wrong]]
    worst = wrong[np.argsort(-sure, kind="stable")][:MISTAKES]
    form = percent if model.loss.gives_probabilities else "{:.2f}".format
    return [
        {
            "picture": thumbnails.digit(samples.X[i], samples.shape),
            "number": i,
            "digit": int(samples.y[i]),
            "answers": [
                (int(c), form(evaluation.outputs[i, c])) for c in np.argsort(-evaluation.outputs[i], kind="stable")[:2]
            ],
        }
        for i in worst.tolist()
    ]


def percent(share: float, digits: int = 1) -> str:
    """``97.3 %``."""
    return f"{100 * share:.{digits}f} %"


def _tiles(model: Model, shape: tuple[int, int]) -> list[str]:
    """The weights into each of the first units of the first layer."""
    return [thumbnails.weights(column, shape) for column in model.mlp.layers[0].W.T[:TILES]]


def _sureness(model: Model, evaluation: Evaluation, logits: Any, samples: Labelled) -> dict[str, Any] | None:
    """How far the probabilities hold true, with the temperature and without; None for scores."""
    if not model.loss.gives_probabilities:
        return None
    from markupsafe import Markup

    from mnist_mlp.reports import charts

    plain = judge(model, logits * np.asarray(model.temperature, logits.dtype), samples.y)
    error = expected_calibration_error(evaluation.outputs, samples.y)
    title = f"Share of right answers against their probability; expected calibration error {percent(error, 2)}"
    return {
        "temperature": model.temperature,
        "rows": [
            (name, expected_calibration_error(found.outputs, samples.y), found.loss)
            for name, found in (("as it answers", evaluation), ("at temperature 1", plain))
        ],
        "chart": Markup(charts.reliability_diagram(reliability(evaluation.outputs, samples.y), title)),
    }


def _charts(model: Model, records: "list[EpochRecord]", samples: Labelled) -> dict[str, Any]:
    """Learning curves, and for each layer its weights and what its units do."""
    from markupsafe import Markup

    from mnist_mlp.reports import charts

    weights = []
    for i, (W, _) in enumerate(model.mlp.layers, 1):
        title = f"Weights of layer {i}: from {W.min():.2f} to {W.max():.2f}, standard deviation {W.std():.3f}"
        weights.append((title, Markup(charts.bars(f"weights-{i}", title, histogram(W), "weight"))))
    hidden = []
    for i, layer in enumerate(activity(model, samples.X), 1):
        dead = int(layer.dead.sum())
        title = (
            f"Activations of hidden layer {i}: {percent(layer.zero)} are zero, the greatest is "
            f"{layer.activations.edges[-1]:.2f}"
        )
        chart = Markup(charts.bars(f"activations-{i}", title, layer.activations, "activation"))
        hidden.append({"title": title, "chart": chart, "dead": dead, "units": len(layer.dead)})
    return {"curves": [Markup(chart) for chart in charts.curves(records)], "weights": weights, "hidden": hidden}
