import pytest

from mnist_mlp.pictures.straight_lines import hough_lines
from tests.pictures.drawing import sloping


@pytest.mark.parametrize("slope", [-0.3, -0.02, 0.0, 0.1, 0.4])
@pytest.mark.parametrize("thickness", [1, 3])
def test_a_line_is_found_with_its_slope_and_height(slope: float, thickness: int) -> None:
    ((found, at),) = hough_lines(sloping(200, 260, 90, slope, thickness))
    assert found == pytest.approx(slope, abs=0.02)
    assert at + 130 * found == pytest.approx(90 + 130 * slope, abs=3)
