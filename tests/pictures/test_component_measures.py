import numpy as np
import pytest

from mnist_mlp.pictures.component_measures import Components, extent, grown, measured
from mnist_mlp.pictures.connected_components import connected_components


def measures(*boxes: tuple[int, int, int, int]) -> Components:
    """Measures of rectangles (top, bottom, left, right) in 100x100, of which the k-th has the strength 10 k."""
    labels, strength = np.zeros((100, 100), np.int64), np.zeros((100, 100), np.float32)
    for k, (top, bottom, left, right) in enumerate(boxes, 1):
        labels[top:bottom, left:right] = k
        strength[top:bottom, left:right] = 10 * k
    return measured(labels, strength)


def test_a_component_has_a_box_an_area_a_mean_strength_and_a_stroke_width() -> None:
    parts = measures((10, 70, 20, 26), (0, 10, 90, 100))
    assert [parts.top[0], parts.bottom[0], parts.left[0], parts.right[0], parts.size[0]] == [10, 70, 20, 26, 60]
    np.testing.assert_array_equal(parts.area, [360, 100])
    np.testing.assert_array_equal(parts.strength, [10, 20])
    np.testing.assert_array_equal(parts.cut, [0, 19])
    assert parts.width[0] == pytest.approx(6, rel=0.1)
    np.testing.assert_allclose(parts.length, parts.area / parts.width)
    assert extent(parts, np.array([True, True])) == 80


def test_a_group_grows_by_what_is_near_to_any_of_its_members_and_eligible() -> None:
    parts = measures((10, 60, 10, 14), (10, 60, 20, 24), (10, 60, 31, 35), (10, 60, 70, 74))
    everything = np.ones(4, np.bool_)
    np.testing.assert_array_equal(grown(parts, 0, everything), [True, True, True, False])
    np.testing.assert_array_equal(grown(parts, 0, np.array([True, False, True, True])), [True, False, False, False])
    np.testing.assert_array_equal(grown(parts, 3, everything), [False, False, False, True])


def test_components_are_those_of_their_labels() -> None:
    mask = np.zeros((8, 8), np.bool_)
    mask[1:3, 1:3] = mask[5:7, 5:7] = True
    np.testing.assert_array_equal(measured(connected_components(mask), mask.astype(np.float32)).area, [4, 4])
