"""The metrics of a training by epoch, as columns and as a picture. The picture needs matplotlib (extra ``report``)."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_mlp.errors import ConfigError
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.listing import existing_run
from mnist_mlp.training.state import EpochRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Those of the report, which differ for colour-blind readers too; the lines also differ in dashes and markers.
_LINES: dict[str, dict[str, Any]] = {
    "train": {"label": "training", "color": "#1a66b8", "linestyle": "-", "marker": "o"},
    "validation": {"label": "validation", "color": "#b4530a", "linestyle": "--", "marker": "s"},
}


class History(dict[str, list[float]]):
    """The fields of ``EpochRecord`` as columns: lists with a value for each epoch, which ``pandas.DataFrame`` takes.

    Without a validation split there are no columns of validation.

    source: a run, its directory, "latest", or records, such as ``train`` yields; None, which it yields after a step, is
    left out. Raises ``StorageError`` or ``CheckpointError`` if there is no run.

    >>> history = mm.History("runs/short")
    >>> max(history["validation_accuracy"])
    0.9731
    >>> pandas.DataFrame(history).plot(x="epoch", y="learning_rate")
    """

    def __init__(self, source: Run | str | Path | Iterable[EpochRecord | None] = "latest") -> None:
        if isinstance(source, str | Path):
            source = existing_run(str(source))
        found = source.records() if isinstance(source, Run) else source
        records = [record for record in found if record is not None]
        columns = {name: [getattr(record, name) for record in records] for name in EpochRecord.__struct_fields__}
        super().__init__({name: column for name, column in columns.items() if None not in column})

    def __repr__(self) -> str:
        return f"<History {len(self['epoch'])} epochs: {', '.join(self)}>"

    def plot(self) -> "tuple[Axes, Axes]":
        """Draw loss and accuracy by epoch in a new figure of pyplot; return its two axes.

        Raises ``ConfigError`` if matplotlib is not installed.
        """
        try:
            from matplotlib import pyplot as plt
            from matplotlib.ticker import MaxNLocator, PercentFormatter
        except ModuleNotFoundError:
            fix = "pip install 'mnist-mlp[report]'"
            raise ConfigError("plot needs matplotlib", why="it is not installed", fix=fix) from None
        style: Any = {"axes.grid": True, "grid.color": "#d4d7dc", "axes.spines.top": False, "axes.spines.right": False}
        # Outside the context, which would undo what the backend of a notebook sets when the first figure is made.
        figure = plt.figure(figsize=(8, 3), layout="constrained", facecolor="white")
        with plt.style.context(["default", style]):
            both = figure.subplots(1, 2)
            for axes, metric in zip(both, ("loss", "accuracy"), strict=True):
                for part, line in _LINES.items():
                    if values := self.get(f"{part}_{metric}"):
                        axes.plot(self["epoch"], values, markersize=4, **line)
                axes.set(xlabel="epoch", ylabel=metric)
                axes.xaxis.set_major_locator(MaxNLocator(integer=True))
                if axes.lines:
                    axes.legend()
            both[1].yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        return tuple(both)
