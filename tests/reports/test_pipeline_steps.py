import numpy as np
import pytest

from mnist_mlp.pictures import prepare
from mnist_mlp.reports.contact_sheet import GAP, LINE, WIDTH
from mnist_mlp.reports.pipeline_steps import SIZE, draw_steps
from tests.pictures.drawing import digits, encoded, on_paper


def test_every_image_keeps_its_shape_and_has_its_name_below() -> None:
    tall, small = np.full((400, 300), 90, np.uint8), np.full((28, 28), 0, np.uint8)
    sheet = np.asarray(draw_steps((("decoded", tall), ("center", small))).convert("L"))
    for column, (level, ratio) in enumerate(((90, 0.75), (0, 1.0))):
        left = GAP + column * (SIZE[0] + GAP)
        rows, columns = np.nonzero(sheet[GAP : GAP + SIZE[1], left : left + SIZE[0]] == level)
        assert np.ptp(rows) + 3 == SIZE[1], "the image and its border fill the height"
        assert (np.ptp(columns) + 1) / (np.ptp(rows) + 1) == pytest.approx(ratio, abs=0.02)
        assert sheet[GAP + SIZE[1] + 2 : GAP + SIZE[1] + LINE, left : left + SIZE[0]].min() < 90


def test_many_images_take_several_rows_and_one_of_any_shape_fits() -> None:
    trace = prepare(encoded(on_paper(digits()[3])), trace=True).trace
    assert draw_steps(trace).height > 2 * SIZE[1]
    assert 2 * SIZE[0] < draw_steps(trace).width <= WIDTH
    for shape in ((1, 3000), (3000, 1), (1, 1)):
        assert draw_steps((("decoded", np.zeros(shape, np.uint8)),)).width <= WIDTH
