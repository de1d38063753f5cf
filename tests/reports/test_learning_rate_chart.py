from pathlib import Path

import numpy as np
from PIL import Image

from mnist_mlp.reports.learning_rate_chart import draw_range_test
from mnist_mlp.training.learning_rate_range import RangeTest


def test_the_losses_are_drawn_on_white_and_the_suggestion_with_them(tmp_path: Path) -> None:
    rates, losses = [1e-4, 1e-3, 1e-2, 1e-1, 1.0], [2.3, 2.0, 1.0, 0.5, 1e9]
    draw_range_test(RangeTest(rates, losses, losses, ""), tmp_path / "one.png")
    draw_range_test(RangeTest(rates, losses, [2.3, 2.3, 2.3, 2.3, 2.3], ""), tmp_path / "none.png")
    one, none = (np.asarray(Image.open(tmp_path / name).convert("RGB")) for name in ("one.png", "none.png"))
    assert one.shape[1] >= 600
    assert (one > 250).all(axis=2).mean() > 0.6, "the background is white"
    orange = (180, 95, 6)
    assert (one == orange).all(axis=2).any()
    assert not (none == orange).all(axis=2).any()
