"""Distortions, against scipy.ndimage and against formulas written out again."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from mnist_mlp.config.schema import Distortion
from mnist_mlp.data.augment import Distorter, SamplingGrid
from mnist_mlp.random_streams import Purpose, random_stream, uniform
from tests.by_scipy import ndimage

GROUP = 64  # what a distorter takes when nobody says otherwise
NOTHING = Distortion(rotation=0, scale=0, shear=0, shift=0, elastic=0, smoothness=3)
AFFINE = Distortion(rotation=20, scale=0.2, shear=0.3, shift=2, elastic=0, smoothness=3)
ALL = replace(AFFINE, elastic=9)
SHAPES = [(9, 7), (6, 11), (28, 28), (1, 5), (5, 1)]
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}

every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
both_dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


def distorter(strength: Distortion, shape: tuple[int, int], dtype: str = "float64") -> Distorter:
    return Distorter(strength, shape, np.dtype(dtype))


def generator(epoch: int = 0, batch: int = 0, seed: int = 0) -> Any:
    return random_stream(seed, Purpose.AUGMENTATION, epoch, batch)


def pictures(n: int, shape: tuple[int, int], dtype: str = "float64") -> Any:
    """Noise in 0..1: no two pixels alike, up to the border."""
    return np.random.default_rng(n).uniform(0, 1, (n, shape[0] * shape[1])).astype(dtype)


def numbers_of(generator: Any, groups: int, shape: tuple[int, int]) -> tuple[Any, Any]:
    """What a distortion is made of, in -1..1: six numbers a group, and the noise (2 groups, height, width)."""
    drawn = 2 * uniform(generator, groups, 6 + 2 * shape[0] * shape[1]).astype(np.float64) - 1
    return drawn[:, :6], drawn[:, 6:].reshape(2 * groups, *shape)


def affine(strength: Distortion, numbers: Any) -> tuple[Any, Any]:
    """A = rotation @ shear @ scale, as products of matrices, and t."""
    angle, wider, higher, slant, shift_x, shift_y = numbers
    turn = np.deg2rad(strength.rotation * angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shear = np.array([[1, strength.shear * slant], [0, 1]])
    scale = np.diag([1 + strength.scale * wider, 1 + strength.scale * higher])
    return rotation @ shear @ scale, strength.shift * np.array([shift_x, shift_y])


def centred(shape: tuple[int, int]) -> tuple[Any, Any]:
    """x of each column and y of each row, from the centre."""
    height, width = shape
    return np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2


# --- Where it looks ---------------------------------------------------------------------------------------------------


@every_shape
def test_the_field_is_noise_that_scipy_smooths_times_alpha(shape: tuple[int, int]) -> None:
    strength = replace(NOTHING, elastic=7.5, smoothness=1.7)
    places = distorter(strength, shape).draw(generator(), 3)
    _, noise = numbers_of(generator(), 3, shape)
    expected = [7.5 * ndimage("gaussian_filter", part, 1.7, mode="constant", truncate=12) for part in noise]
    x, y = centred(shape)
    np.testing.assert_allclose(places.x - x, expected[:3], atol=1e-12)
    np.testing.assert_allclose(places.y.transpose(0, 2, 1) - y[:, None], expected[3:], atol=1e-12)
    assert np.abs(expected).max() > 0.5


@every_shape
def test_both_passes_together_look_at_a_output_plus_t(shape: tuple[int, int]) -> None:
    places = distorter(AFFINE, shape).draw(generator(), 4)
    x, y = centred(shape)
    for group, numbers in enumerate(numbers_of(generator(), 4, shape)[0]):
        (a, b, c, d), t = (part.ravel() for part in affine(AFFINE, numbers))
        q = places.y[group].T  # (height, width): the row at which output [y, x] looks
        np.testing.assert_allclose(q, c * x + d * y[:, None] + t[1], atol=1e-12)
        # The rows' pass is straight in the row r, so two rows tell what it does at any, q among them.
        at_0 = a * x - b * c / d * x - b / d * t[1] + t[0]
        np.testing.assert_allclose(places.x[group], at_0 + b / d * y[:, None], atol=1e-12)
        np.testing.assert_allclose(at_0 + b / d * q, a * x + b * y[:, None] + t[0], atol=1e-12)


def test_a_smooth_picture_is_mapped_nearly_as_in_one_interpolation() -> None:
    shape, strength = (28, 26), Distortion(12, 0.15, 0.2, 2, 8, 4)
    x, y = centred(shape)
    blob = np.exp(-((x / 5) ** 2) - ((y[:, None] - 2) / 4) ** 2) * (1 + 0.5 * np.sin(x / 4))
    distort = distorter(strength, shape)
    places = distort.draw(generator(), 3)
    X = np.repeat(blob.reshape(1, -1) / blob.max(), 3 * GROUP, axis=0)
    found = distort(X, generator()).reshape(3, GROUP, *shape)[:, 0]
    changes = []
    for group, numbers in enumerate(numbers_of(generator(), 3, shape)[0]):
        A, t = affine(strength, numbers)
        fields = (
            places.x[group] - distorter(replace(strength, elastic=0), shape).draw(generator(), 3).x[group],
            (places.y[group] - distorter(replace(strength, elastic=0), shape).draw(generator(), 3).y[group]),
        )
        at_x = A[0, 0] * x + A[0, 1] * y[:, None] + t[0] + fields[0]
        at_y = A[1, 0] * x + A[1, 1] * y[:, None] + t[1] + fields[1].T
        where = [at_y + (shape[0] - 1) / 2, at_x + (shape[1] - 1) / 2]
        once = ndimage("map_coordinates", X[0].reshape(shape), where, order=1, mode="grid-constant")
        # The field is read at the source's row instead of the result's: a shift of few pixels in what is smooth.
        assert np.abs(found[group] - once).max() < 0.12
        assert np.abs(found[group] - once).mean() < 0.01
        changes.append(np.abs(once - X[0].reshape(shape)).max())
    assert min(changes) > 0.15


def test_without_a_field_a_smooth_picture_is_mapped_as_in_one_interpolation() -> None:
    shape = (28, 26)
    x, y = centred(shape)
    blob = np.exp(-((x / 5) ** 2) - (y[:, None] / 4) ** 2)
    found = distorter(AFFINE, shape)(np.repeat(blob.reshape(1, -1), 3 * GROUP, axis=0), generator())
    for group, numbers in enumerate(numbers_of(generator(), 3, shape)[0]):
        A, t = affine(AFFINE, numbers)
        at_x = A[0, 0] * x + A[0, 1] * y[:, None] + t[0] + (shape[1] - 1) / 2
        at_y = A[1, 0] * x + A[1, 1] * y[:, None] + t[1] + (shape[0] - 1) / 2
        once = ndimage("map_coordinates", blob, [at_y, at_x], order=1, mode="grid-constant")
        np.testing.assert_allclose(found[group * GROUP].reshape(shape), once, atol=0.02)
        assert np.abs(once - blob).max() > 0.1


# --- What it finds there ----------------------------------------------------------------------------------------------


def two_passes(picture: Any, x: Any, y: Any) -> Any:
    """The same by scipy: the rows, and then the columns of what that gave."""
    height, width = picture.shape
    rows, columns = np.arange(height)[:, None], np.arange(width)[:, None]
    half_way = ndimage(
        "map_coordinates",
        picture,
        np.broadcast_arrays(rows, x + (width - 1) / 2),
        order=1,
        mode="grid-constant",
        cval=0,
    )
    turned = ndimage(
        "map_coordinates",
        half_way.T,
        np.broadcast_arrays(columns, y + (height - 1) / 2),
        order=1,
        mode="grid-constant",
        cval=0,
    )
    return turned.T


def random_places(groups: int, shape: tuple[int, int], dtype: str) -> SamplingGrid:
    """Any places: far apart, out of order, outside; rounded to what both dtypes hold."""
    rng, (height, width) = np.random.default_rng(3), shape
    x = rng.uniform(-width, width, (groups, height, width)).astype(np.float32).astype(dtype)
    y = rng.uniform(-height, height, (groups, width, height)).astype(np.float32).astype(dtype)
    x[:, 0] = centred(shape)[0]  # exactly on the pixels
    return SamplingGrid(x, y)


@both_dtypes
@every_shape
def test_the_two_passes_are_those_of_scipy_at_any_places(
    shape: tuple[int, int], dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = random_places(3, shape, dtype)
    monkeypatch.setattr(Distorter, "draw", lambda *_: places)
    X = pictures(2 * GROUP + 5, shape, dtype)
    found = distorter(ALL, shape, dtype)(X, generator())
    for i in (0, 1, GROUP - 1, GROUP, 2 * GROUP - 1, 2 * GROUP, 2 * GROUP + 4):
        picture = X[i].reshape(shape).astype(np.float64)
        expected = two_passes(picture, *(part[i // GROUP].astype(np.float64) for part in places))
        np.testing.assert_allclose(found[i].reshape(shape), expected, rtol=0, atol=TOLERANCE[dtype])


@both_dtypes
@every_shape
def test_drawn_distortions_are_those_of_scipy(shape: tuple[int, int], dtype: str) -> None:
    X = pictures(GROUP + 2, shape, dtype)
    distort = distorter(ALL, shape, dtype)
    found, places = distort(X, generator()), distort.draw(generator(), 2)
    for i in (0, GROUP - 1, GROUP, GROUP + 1):
        picture = X[i].reshape(shape).astype(np.float64)
        expected = two_passes(picture, *(part[i // GROUP].astype(np.float64) for part in places))
        np.testing.assert_allclose(found[i].reshape(shape), expected, rtol=0, atol=TOLERANCE[dtype])


@both_dtypes
@every_shape
def test_without_any_strength_a_picture_stays_as_it_is_bit_for_bit(shape: tuple[int, int], dtype: str) -> None:
    X = pictures(GROUP + 3, shape, dtype)
    assert distorter(NOTHING, shape, dtype)(X, generator()).tobytes() == X.tobytes()


@pytest.mark.parametrize(("right", "down"), [(1, 0), (0, 1), (-2, 3), (3, -2), (7, 0)])
def test_a_whole_number_of_pixels_moves_a_picture_and_leaves_zeros(
    right: int, down: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = (9, 7)
    x, y = centred(shape)
    places = SamplingGrid(np.broadcast_to(x + right, (1, 9, 7)), np.broadcast_to(y + down, (1, 7, 9)))
    monkeypatch.setattr(Distorter, "draw", lambda *_: places)
    X = pictures(2, shape)
    expected = np.zeros((2, *shape))
    for row in range(9):
        for column in range(7):
            if 0 <= row + down < 9 and 0 <= column + right < 7:
                expected[:, row, column] = X.reshape(2, *shape)[:, row + down, column + right]
    np.testing.assert_array_equal(distorter(ALL, shape)(X, generator()), expected.reshape(2, -1))


@pytest.mark.parametrize("strength", [ALL, replace(ALL, rotation=60, scale=0.5, elastic=100)])
def test_values_stay_between_zero_and_one_and_the_background_stays_background(strength: Distortion) -> None:
    shape = (28, 28)
    X = pictures(2 * GROUP, shape, "float32")
    X[::2] = 0
    X[1] = 1
    found = distorter(strength, shape, "float32")(X, generator())
    assert not found[::2].any()
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-6
    assert found[1].max() > 0.5


# --- Who shares a distortion ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, GROUP - 1, GROUP, GROUP + 1, 100, 2 * GROUP, 2 * GROUP + 1])
def test_neighbours_share_a_distortion_by_groups_of_64_the_last_of_which_may_be_short(n: int) -> None:
    shape = (9, 7)
    X = np.repeat(pictures(1, shape), n, axis=0)
    found = distorter(ALL, shape)(X, generator())
    assert found.shape == X.shape
    firsts = [found[start] for start in range(0, n, GROUP)]
    for i, picture in enumerate(found):
        np.testing.assert_allclose(picture, firsts[i // GROUP], rtol=0, atol=1e-15)
    assert min(np.abs(a - b).max() for a, b in combinations([X[0], *firsts], 2)) > 0.05


@pytest.mark.parametrize("group", [1, 8, 100, 1000])
@pytest.mark.parametrize("n", [1, 7, 100, 101])
def test_a_group_is_as_large_as_it_was_asked_to_be_and_distorted_as_scipy_does(n: int, group: int) -> None:
    shape = (6, 11)
    X, groups = pictures(n, shape), -(-n // group)
    distort = Distorter(replace(ALL, group=group), shape, np.dtype("float64"))
    found, places = distort(X, generator()), distort.draw(generator(), groups)
    for i in {0, min(group, n) - 1, min(group, n - 1), n - 1}:
        expected = two_passes(X[i].reshape(shape), *(part[i // group] for part in places))
        np.testing.assert_allclose(found[i].reshape(shape), expected, rtol=0, atol=1e-12)
    alike = distort(np.repeat(X[:1], n, axis=0), generator())
    assert len({row.round(9).tobytes() for row in alike}) == groups


@both_dtypes
def test_places_however_far_outside_are_background(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shape = (6, 11)
    far = np.resize(np.array([1e4, -1e4, 1e30, -1e30, np.inf, -np.inf], dtype), (1, *shape))
    places = SamplingGrid(far, np.broadcast_to(centred(shape)[1].astype(dtype), (1, 11, 6)))
    monkeypatch.setattr(Distorter, "draw", lambda *_: places)
    assert not distorter(ALL, shape, dtype)(pictures(3, shape, dtype), generator()).any()


@pytest.mark.parametrize("n", [1, 63, 64, 65, 100])
@both_dtypes
def test_each_batch_size_has_pictures_of_its_own_in_the_precision_of_the_network(n: int, dtype: str) -> None:
    shape = (6, 11)
    X = pictures(n, shape, dtype)
    before = X.copy()
    found = distorter(ALL, shape, dtype)(X, generator())
    assert found.shape == X.shape
    assert found.dtype == dtype
    np.testing.assert_array_equal(X, before)
    assert np.isfinite(found).all()
    assert np.linalg.matrix_rank(found.astype(np.float64)) > min(n, 20) / 2, "pictures that differ stay different"


def test_smaller_groups_have_more_distortions() -> None:
    shape = (9, 7)
    X = np.repeat(pictures(1, shape), 10, axis=0)
    found = Distorter(replace(ALL, group=4), shape, np.dtype("float64"))(X, generator())
    firsts = found[[0, 4, 8]]
    np.testing.assert_allclose(found, np.repeat(firsts, 4, axis=0)[:10], rtol=0, atol=1e-15)
    assert min(np.abs(a - b).max() for a, b in combinations(firsts, 2)) > 0.05


def test_a_distorter_forgets_what_it_did_before() -> None:
    shape = (9, 7)
    used = distorter(ALL, shape)
    for n in (100, 1, 65, 100, 63, 65, 1):
        X = pictures(n, shape)
        found = used(X, generator(epoch=n)).tobytes()
        assert found == distorter(ALL, shape)(X, generator(epoch=n)).tobytes()


# --- Chance -----------------------------------------------------------------------------------------------------------


def test_the_same_stream_gives_the_same_bytes_and_any_other_different_ones() -> None:
    X, distort = pictures(100, (9, 7)), distorter(ALL, (9, 7))
    streams = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    found = [distort(X, generator(*place)).tobytes() for place in streams]
    assert [distort(X, generator(*place)).tobytes() for place in streams] == found
    assert len(set(found)) == 4


def drawn(strength: Distortion, groups: int = 2000) -> tuple[Any, Any]:
    """A and t of many distortions, measured from where they look."""
    distort = distorter(strength, (2, 2))
    x, y = distort.draw(generator(), groups)
    d, c = y[:, 0, 1] - y[:, 0, 0], y[:, 1, 0] - y[:, 0, 0]
    skew = x[:, 1, 0] - x[:, 0, 0]  # b/d
    b, a = skew * d, x[:, 0, 1] - x[:, 0, 0] + skew * c
    t_y = y.mean(axis=(1, 2))
    t_x = x.mean(axis=(1, 2)) + skew * t_y
    return np.array([[a, b], [c, d]]).transpose(2, 0, 1), np.array([t_x, t_y])


def assert_uniform(values: Any, strength: float) -> None:
    """Between -strength and strength, evenly."""
    assert np.abs(values).max() <= strength * (1 + 1e-12)
    seen = np.bincount(((values / strength + 1) * 5).astype(int).clip(0, 9), minlength=10)
    expected = len(values) / 10
    assert ((seen - expected) ** 2 / expected).sum() < 27.9  # 9 degrees of freedom, exceeded by one in a thousand


def test_each_strength_bounds_its_own_distortion_and_all_up_to_it_are_as_likely() -> None:
    turned, _ = drawn(replace(NOTHING, rotation=15))
    np.testing.assert_allclose(np.linalg.det(turned), 1, atol=1e-12)
    np.testing.assert_allclose(turned @ turned.transpose(0, 2, 1), np.broadcast_to(np.eye(2), (2000, 2, 2)), atol=1e-12)
    assert_uniform(np.rad2deg(np.arctan2(turned[:, 1, 0], turned[:, 0, 0])), 15)

    scaled, _ = drawn(replace(NOTHING, scale=0.2))
    np.testing.assert_allclose(scaled[:, [0, 1], [1, 0]], 0, atol=1e-12)
    assert_uniform(scaled[:, 0, 0] - 1, 0.2)
    assert_uniform(scaled[:, 1, 1] - 1, 0.2)
    assert abs(np.corrcoef(scaled[:, 0, 0], scaled[:, 1, 1])[0, 1]) < 0.07, "height and width apart"

    slanted, _ = drawn(replace(NOTHING, shear=0.3))
    np.testing.assert_allclose(slanted[:, [0, 1, 1], [0, 0, 1]], np.broadcast_to([1, 0, 1], (2000, 3)), atol=1e-12)
    assert_uniform(slanted[:, 0, 1], 0.3)

    moved, t = drawn(replace(NOTHING, shift=1.5))
    np.testing.assert_allclose(moved, np.broadcast_to(np.eye(2), (2000, 2, 2)), atol=1e-12)
    assert_uniform(t[0], 1.5)
    assert_uniform(t[1], 1.5)
    assert abs(np.corrcoef(t)[0, 1]) < 0.07, "x and y apart"


def test_the_fields_of_x_and_y_and_of_each_group_have_nothing_to_do_with_each_other() -> None:
    shape = (12, 10)
    places = distorter(replace(NOTHING, elastic=5, smoothness=0.01), shape).draw(generator(), 40)
    x, y = centred(shape)
    fields = np.concatenate([(places.x - x).reshape(40, -1), (places.y - y).transpose(0, 2, 1).reshape(40, -1)])
    correlations = np.corrcoef(fields) - np.eye(80)
    assert np.abs(correlations).max() < 0.45  # 120 pixels each: a standard deviation is 0.09
    assert abs(correlations.mean()) < 0.01
    assert_uniform(fields.ravel(), 5)  # hardly smoothed, noise is as drawn
