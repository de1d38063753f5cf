import numpy as np

from mnist_mlp.pictures import prepare
from mnist_mlp.reports.pipeline_steps import GAP, HEIGHT, TEXT, WIDEST, draw_steps
from tests.pictures.drawing import digits, encoded, on_paper


def test_every_image_is_drawn_on_white_at_the_same_height_with_a_name_above() -> None:
    tall, small = np.full((400, 300), 90, np.uint8), np.full((28, 28), 0, np.uint8)
    sheet = np.asarray(draw_steps((("decoded", tall), ("center", small))))
    top = GAP + TEXT + GAP // 2
    assert (sheet[top : top + HEIGHT, GAP : GAP + 150] == 90).all()
    left = GAP + HEIGHT + GAP  # cells are as wide as the widest image
    assert (sheet[top : top + HEIGHT, left : left + HEIGHT] == 0).all()
    assert (sheet[top + HEIGHT + 1 :] == 255).all()
    names = sheet[GAP : GAP + TEXT]
    assert names[:, :left].min() < 60
    assert names[:, left:].min() < 60


def test_many_images_take_several_rows_and_one_of_any_shape_fits() -> None:
    trace = prepare(encoded(on_paper(digits()[3])), trace=True).trace
    sheet = draw_steps(trace)
    assert sheet.width <= WIDEST
    assert sheet.height > 2 * HEIGHT
    for shape in ((1, 3000), (3000, 1), (1, 1)):
        assert min(draw_steps((("decoded", np.zeros(shape, np.uint8)),)).size) > TEXT
