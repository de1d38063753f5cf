"""The history of a training: columns that pandas takes, and a picture on white."""

import os
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from PIL import Image

from mnist_mlp.config import load_config
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import ConfigError, StorageError
from mnist_mlp.reports.history import History
from mnist_mlp.runs.directory import Run
from mnist_mlp.training.loop import split, train
from mnist_mlp.training.state import EpochRecord, new_state

ROOT = Path(__file__).parents[2]
RECORDS = [EpochRecord(i, 10 * i, 0.1 / i, 1 / i, 1 - 0.2 / i, 0.9 / i, 1 - 0.1 / i) for i in range(1, 5)]
WITHOUT_VALIDATION = [EpochRecord(i, 10 * i, 0.1 / i, 1 / i, 1 - 0.2 / i, None, None) for i in range(1, 5)]


@pytest.fixture(autouse=True)
def _no_window(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    plt.switch_backend("agg")
    yield
    plt.close("all")


def test_a_history_has_a_list_for_each_field_of_the_records() -> None:
    history = History(RECORDS)
    assert list(history) == list(EpochRecord.__struct_fields__)
    assert history["epoch"] == [1, 2, 3, 4]
    assert history["validation_loss"] == [record.validation_loss for record in RECORDS]


def test_pandas_makes_a_table_of_numbers_of_it() -> None:
    table = pd.DataFrame(History(RECORDS))
    assert table.shape == (4, 7)
    assert {dtype.kind for dtype in table.dtypes} == {"i", "f"}
    assert table.set_index("epoch").validation_accuracy.idxmax() == 4


def test_without_validation_there_are_no_columns_of_it() -> None:
    assert list(History(WITHOUT_VALIDATION)) == ["epoch", "step", "learning_rate", "train_loss", "train_accuracy"]


def test_no_epoch_gives_empty_columns() -> None:
    assert History([]) == {name: [] for name in EpochRecord.__struct_fields__}
    assert repr(History([])).startswith("<History 0 epochs: epoch, ")
    assert [len(axes.lines) for axes in History([]).plot()] == [0, 0]


def test_a_run_its_directory_and_the_training_itself_have_the_same_history(hasty: Path, tiny_data: Path) -> None:
    assert History(hasty) == History(str(hasty)) == History(Run(hasty)) == History(Run(hasty).records())
    config = load_config(hasty / "config.yaml")
    data = split(config, load_dataset(tiny_data))
    assert History(train(config, data, new_state(config))) == History(hasty)


def test_a_directory_without_a_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no run here"):
        History(tmp_path)


def test_the_line_of_the_document_reads_the_metrics_of_a_run_with_pandas(
    hasty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = (ROOT / "docs" / "from-python.md").read_text(encoding="utf-8")
    (line,) = (line for line in document.splitlines() if "pd.read_json(" in line)
    monkeypatch.chdir(hasty.parent)
    names = {"pd": pd}
    exec(line.replace("runs/short", hasty.name), names)
    pd.testing.assert_frame_equal(names["table"], pd.DataFrame(History(hasty)), check_like=True)  # in any order


def test_the_picture_shows_training_and_validation_on_white_whatever_the_style_is() -> None:
    with plt.style.context("dark_background"):
        loss, accuracy = History(RECORDS).plot()
    assert [axes.get_ylabel() for axes in (loss, accuracy)] == ["loss", "accuracy"]
    assert [[line.get_label() for line in axes.lines] for axes in (loss, accuracy)] == [["training", "validation"]] * 2
    assert np.array_equal(accuracy.lines[1].get_ydata(), History(RECORDS)["validation_accuracy"])
    content = BytesIO()
    plt.savefig(content)
    pixels = np.asarray(Image.open(content).convert("RGB"))
    assert pixels.shape[1] >= 600
    assert (pixels == 255).all(axis=2).mean() > 0.8
    for line in loss.lines:
        assert (abs(pixels / 255 - to_rgb(line.get_color())) < 0.01).all(axis=2).any(), line.get_label()


def test_the_picture_of_a_training_without_validation_has_one_line_in_each_part() -> None:
    assert [len(axes.lines) for axes in History(WITHOUT_VALIDATION).plot()] == [1, 1]


# A backend that matplotlib loads when the first figure is made, and that sets what figures in notebooks need.
BACKEND = """
import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas

matplotlib.interactive(True)
"""


def test_the_picture_leaves_the_backend_of_a_notebook_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notebook_backend.py").write_text(BACKEND, encoding="utf-8")
    code = "import matplotlib, mnist_mlp as mm; mm.History([]).plot(); print(matplotlib.is_interactive())"
    environment = os.environ | {
        "MPLBACKEND": "module://notebook_backend",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}",
    }
    shown = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True, timeout=60
    )
    assert shown.stdout == "True\n"


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        ConfigError, match=r"plot needs matplotlib: it is not installed.*pip install 'mnist-mlp\[report\]'"
    ):
        History(RECORDS).plot()
