"""Features of drawings whose measures are known, and which of them show several things."""

import pytest

from tests.pictures.test_strokes import STROKE, selected


def test_features_describe_the_strokes() -> None:
    features = selected(STROKE, (84, 90, 40, 60), (30, 80, 90, 96)).features
    assert features.components == 2
    assert features.stroke_width == pytest.approx(6 / 70, rel=0.2)
    assert features.stroke_length == pytest.approx(80 / 70, rel=0.3)
    assert features.fill == pytest.approx((60 * 6 + 6 * 20) / (70 * 20))
    assert features.contrast == 200
    assert 0.5 < features.beside < 1
    assert features.main_share < 0.6
    assert features.cut == 0
    assert selected((0, 60, 40, 46)).features.cut == pytest.approx(6 / 60)
    assert features.aspect == pytest.approx(20 / 70)
