"""What the pen draws, by the measures that MNIST's digits have."""

import numpy as np
import pytest

from mnist_mlp.handwriting import pen
from mnist_mlp.handwriting.hand import Hand, Stroke
from mnist_mlp.handwriting.pen import draw
from mnist_mlp.pictures import center
from mnist_mlp.random_streams import Purpose, random_stream

N = 200


def hand(seed: int = 0) -> Hand:
    return Hand(random_stream(seed, Purpose.HANDWRITING), N)


def bars(h: Hand) -> list[Stroke]:
    return [h.spline((0, 0), (0, 1))]


def test_synthetic_digits_are_as_large_as_prepared_pictures() -> None:
    assert (pen.SIDE, pen.LONGEST) == (center.SIDE, center.LONGEST)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pen 2 pixels wide, and a hand without any variation."""
    steady = {"SLANT": (0, 0), "OTHER_HANDS": 0, "TURN": 0, "ASPECT": 0, "STRETCHED": 0, "TREMOR": 0, "PEN": (2, 2),
              "BOLD": 0, "NIB": 0, "PRESSURE": 0, "PALE": 0}  # fmt: skip
    for name, value in steady.items():
        monkeypatch.setattr(pen, name, value)


@pytest.mark.usefixtures("plain")
def test_a_vertical_bar_is_as_long_and_as_wide_as_the_pen_says() -> None:
    pixels = draw(hand(), bars(hand()))[0].astype(float) / 255
    rows, columns = pixels.max(axis=1), pixels.max(axis=0)
    assert rows.sum() == pytest.approx(19.5, abs=0.6)  # its ends are round
    assert pixels[14].sum() == pytest.approx(2, abs=0.1)
    assert np.flatnonzero(columns).tolist() == [14, 15]


@pytest.mark.usefixtures("plain")
def test_two_strokes_of_a_right_angle_are_where_they_are_drawn() -> None:
    h = hand()
    pixels = draw(h, [h.spline((0, 0), (0, 1)), h.spline((0, 1), (1, 1))])[0]
    y, x = np.nonzero(pixels > 127)
    assert (int(np.ptp(y)), int(np.ptp(x))) == (19, 19)
    assert pixels[y.max() - 1, x.min() :].min(initial=255, where=np.arange(28 - x.min()) < 18) > 127  # the lower side
    assert pixels[y.min() : y.min() + 15, x.max()].max() == 0  # no right side


def test_digits_are_about_20_pixels_long_and_centred_by_mass() -> None:
    h = hand()
    pixels = draw(h, [h.arc((0, 0.5), (h.uniform(0.2, 0.5), 0.5), -90, 300)])
    assert pixels.shape == (N, 28, 28)
    assert pixels.dtype == np.uint8
    mass = pixels.sum(axis=(1, 2))
    rows, columns = (pixels.sum(axis=axis) @ np.arange(28) / mass for axis in (2, 1))
    assert np.abs(np.stack([rows, columns]) - 14).max() <= 1
    longest = np.array([max(np.ptp(where) + 1 for where in np.nonzero(one > 32)) for one in pixels])
    assert longest.min() >= 18
    assert (longest <= 21).mean() > 0.98  # more where the pressure is greatest at an end


def test_pale_ends_are_paler_and_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pen, "PALE", 0)
    full = draw(hand(), bars(hand()))
    monkeypatch.setattr(pen, "PALE", 1)
    pale = draw(hand(), bars(hand()))
    assert (pale.sum(axis=(1, 2)) < full.sum(axis=(1, 2))).all()
    halves = slice(0, 14), slice(14, 28)
    kept = [np.isclose(pale[:, half].max(axis=(1, 2)), full[:, half].max(axis=(1, 2)), atol=1) for half in halves]
    assert np.logical_or(*kept).all()  # the other end


@pytest.mark.usefixtures("plain")
def test_stretched_digits_are_wider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pen, "STRETCHED", 1)
    columns = draw(hand(), [hand().arc((0, 0.5), (0.2, 0.5), 0, 360)]).any(axis=1).sum(axis=1)
    assert columns.min() > 2 + 0.4 * 18 * pen.STRETCH[0] - 1  # a ring of 0.4 heights
    assert columns.mean() > 2 + 0.4 * 18 * np.mean(pen.STRETCH) - 1


def test_in_bold_print_upright_strokes_are_broad_and_horizontal_ones_thin(monkeypatch: pytest.MonkeyPatch) -> None:
    widths = {}
    for bold in (0, 1):
        monkeypatch.setattr(pen, "BOLD", bold)
        h = hand()
        ink = draw(h, [h.spline((0, 0), (0, 1)), h.spline((0, 1), (1, 1))]).astype(float) / 255
        widths[bold] = ink[:, 10].sum(axis=1).mean(), ink[:, :, 17].sum(axis=1).mean()
    assert widths[1][0] > 1.4 * widths[0][0]
    assert widths[1][1] < 0.8 * widths[1][0]


def test_only_ones_are_very_broad() -> None:
    ink = [draw(hand(), bars(hand()), may_be_fat=fat).sum(axis=(1, 2)).max() / 255 for fat in (False, True)]
    assert ink[0] < 20 * pen.PEN[1] * 1.3 < ink[1]


@pytest.mark.usefixtures("plain")
def test_a_stroke_of_nan_is_not_drawn() -> None:
    h, empty = hand(), np.full((N, 30, 2), np.nan, np.float32)
    both = [h.spline((0, 0), (0, 1)), h.spline((0, 1), (1, 1))]  # the middle, where a dot would be, is left empty
    seen, expected = (draw(hand(), strokes)[:, :18] for strokes in ([*both, empty], both))  # above the second stroke,
    np.testing.assert_array_equal(seen, expected)  # whose last point has no direction beside NaN, and is left out


def test_a_broad_nib_draws_strokes_of_two_directions_in_two_widths(monkeypatch: pytest.MonkeyPatch) -> None:
    widths = []
    for nib in (0, 1):
        monkeypatch.setattr(pen, "NIB", nib)
        h = hand()
        pixels = draw(h, [h.polyline((0, 0), (0, 1), (1, 1))]) / 255
        widths.append(pixels.sum(axis=(1, 2)).mean())
    assert widths[1] < 0.9 * widths[0]
