from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.reports.search_chart import draw_search
from mnist_mlp.runs.search import StudyHistory

BLUE = (11, 83, 148)


@pytest.mark.parametrize("importances", [{}, {"optimizer.learning_rate": 0.9, "training.dropout": 0.1}])
def test_a_search_is_drawn_on_white_with_its_trials_and_bars(tmp_path: Path, importances: dict[str, float]) -> None:
    draw_search(StudyHistory({1: 0.8, 2: 0.7, 4: 0.9}, {3: 0.2}, importances), tmp_path / "results.png")
    with Image.open(tmp_path / "results.png") as opened:
        picture = np.asarray(opened.convert("RGB"))
    assert picture.shape[1] >= 600
    assert (picture > 250).all(axis=2).mean() > 0.6
    bars = (picture == BLUE).all(axis=2).sum(axis=1).max()  # pixels of the longest row
    assert (bars > 100) == bool(importances)


def test_a_search_without_a_complete_trial_is_drawn(tmp_path: Path) -> None:
    draw_search(StudyHistory({}, {}, {}), tmp_path / "results.png")
    assert (tmp_path / "results.png").stat().st_size
