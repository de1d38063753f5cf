"""The initial weights: their variance (002 1.7), and that a seed means the same weights everywhere and for ever."""

import hashlib
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest

from mnist_mlp.nn.initializers import INITIALIZERS, glorot_variance, he_variance
from mnist_mlp.random_streams import Purpose, permutation, random_stream

N_IN, N_OUT = 300, 170  # different, so that one cannot stand for the other
VARIANCE = {
    "he_normal": 2 / 300,
    "he_uniform": 2 / 300,
    "glorot_normal": 2 / 470,
    "glorot_uniform": 2 / 470,
}
GOLDEN = {  # SHA-256 of the 784 x 128 weights of seed 0, float64 little-endian, rows first
    "he_uniform": "d31b3cfc7ff78ea38b9de2cd69ab63a1229082af6450cb5fadb9029c5755e034",
    "glorot_uniform": "3713409e30489b2837d2b6a6e226bdaf9d30628031dbffb6a07e868268d7ad62",
}


def test_every_initializer_is_held() -> None:
    assert INITIALIZERS.keys() == VARIANCE.keys()


@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_have_the_variance_of_002_and_mean_zero(name: str) -> None:
    W = INITIALIZERS[name](random_stream(7, Purpose.WEIGHTS), N_IN, N_OUT)
    n, variance = N_IN * N_OUT, VARIANCE[name]
    kurtosis = 3 if name.endswith("normal") else 9 / 5
    assert W.shape == (N_IN, N_OUT)
    assert W.dtype == np.float64
    assert abs(W.mean()) < 4 * sqrt(variance / n)
    assert abs((W**2).mean() - variance) < 4 * variance * sqrt((kurtosis - 1) / n)  # four standard errors
    assert (W**4).mean() / variance**2 == pytest.approx(kurtosis, rel=0.05)  # the shape: normal or uniform


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_variance_is_that_of_002_to_the_last_bit(name: str) -> None:
    variance = he_variance if name.startswith("he") else glorot_variance
    assert variance(N_IN, N_OUT) == VARIANCE[name]


@pytest.mark.parametrize("name", ["he_uniform", "glorot_uniform"])
def test_uniform_weights_fill_their_bounds_and_stay_within(name: str) -> None:
    W = INITIALIZERS[name](random_stream(7, Purpose.WEIGHTS), N_IN, N_OUT)
    limit = sqrt(3 * VARIANCE[name])
    assert -limit <= W.min() < -0.999 * limit
    assert 0.999 * limit < W.max() < limit


@pytest.mark.parametrize("name", ["he_uniform", "glorot_uniform"])
def test_uniform_weights_are_raw_bits_in_exact_arithmetic_rounded_once(name: str) -> None:
    W = INITIALIZERS[name](random_stream(3, Purpose.WEIGHTS), 20, 10)
    bits = random_stream(3, Purpose.WEIGHTS).bit_generator.random_raw(200).tolist()
    limit = Fraction(sqrt(3 * {"he_uniform": 2 / 20, "glorot_uniform": 2 / 30}[name]))
    assert W.ravel().tolist() == [float(limit * (Fraction(raw >> 11, 2**52) - 1)) for raw in bits]


@pytest.mark.parametrize("name", GOLDEN)
def test_uniform_weights_of_seed_0_are_the_same_on_every_platform_and_numpy(name: str) -> None:
    W = INITIALIZERS[name](random_stream(0, Purpose.WEIGHTS), 784, 128)
    assert hashlib.sha256(W.astype("<f8").tobytes()).hexdigest() == GOLDEN[name]


@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_depend_on_the_seed_and_on_no_other_stream(name: str) -> None:
    def draw(seed: int = 0) -> list[float]:
        values: list[float] = INITIALIZERS[name](random_stream(seed, Purpose.WEIGHTS), 20, 10).ravel().tolist()
        return values

    first = draw()
    split, shuffle = random_stream(0, Purpose.SPLIT), random_stream(0, Purpose.SHUFFLE, 1)
    weights = random_stream(0, Purpose.WEIGHTS)
    permutation(split, 1000)
    shuffle.standard_normal(77)
    late = INITIALIZERS[name](weights, 20, 10).ravel().tolist()
    assert first == draw() == late
    assert first != draw(seed=1)


def test_two_layers_from_one_stream_differ() -> None:
    generator = random_stream(0, Purpose.WEIGHTS)
    first, second = (INITIALIZERS["he_uniform"](generator, 20, 10) for _ in range(2))
    assert not np.isin(first, second).any()
