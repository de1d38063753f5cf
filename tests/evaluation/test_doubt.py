"""When the answer is "unsure", and when it is not."""

from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.data.dataset import Dataset
from mnist_mlp.evaluation.doubt import LIMIT, WEIGHTS, doubt, features, log_odds
from mnist_mlp.evaluation.reading import Reading, read_digit
from mnist_mlp.pictures import Picture, StrokeFeatures, features_of
from mnist_mlp.state import Calibration, TrainState
from mnist_mlp.storage.find import load_checkpoint
from tests.scripts.test_difficult import script

DIGIT = StrokeFeatures(
    components=1, stroke_width=0.1, stroke_length=2.0, fill=0.3, contrast=200, main_share=1.0, beside=0.0, cut=0.0
)
EACH = 10


@pytest.fixture(scope="module")
def pretrained() -> TrainState:
    return load_checkpoint("pretrained").state


@pytest.mark.slow
def test_of_the_test_digits_hardly_one_is_doubted(mnist: Dataset) -> None:
    pictures = mnist.test.X[::5].reshape(-1, 28, 28)
    reasons = [doubt(Picture(pixels, (), features_of(pixels)), LIMIT) for pixels in pictures]
    assert np.mean([reason is not None for reason in reasons]) <= 0.01


@pytest.mark.slow
def test_most_of_what_is_no_digit_is_doubted_whatever_its_kind(pretrained: TrainState, tmp_path: Path) -> None:
    script("make_nondigits").make(tmp_path, EACH, 5)
    kinds = sorted(tmp_path.iterdir())
    assert len(kinds) >= 9
    for kind in kinds:
        unsure = [read_digit(pretrained, file).reason is not None for file in kind.iterdir()]
        assert np.mean(unsure) >= 0.8, kind.name  # 90 % of many: fewer may be less by chance


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"beside": 0.9, "main_share": 0.5}, "more than one thing is drawn"),
        ({"cut": 2.0, "main_share": 0.3, "fill": 0.1, "stroke_width": 0.4}, "the picture cuts it off"),
        (
            {"components": 100, "main_share": 0.1, "stroke_length": 20.0, "stroke_width": 0.01},
            "no stroke stands out from the rest",
        ),
    ],
)
def test_the_reason_is_what_is_odd(mnist: Dataset, changes: dict[str, float], reason: str) -> None:
    pixels = mnist.test.X[0].reshape(28, 28)
    assert doubt(Picture(pixels, (), DIGIT), LIMIT) is None
    facts = DIGIT._replace(**changes)  # type: ignore[arg-type]
    assert doubt(Picture(pixels, (), facts), LIMIT) == reason


def test_what_only_looks_odd_looks_like_no_digit() -> None:
    scrawl = np.zeros((28, 28), np.uint8)
    scrawl[4:24:3, 4:24] = 255
    scrawl[4:24, 4:24:6] = 255
    assert doubt(Picture(scrawl, (), features_of(scrawl)), LIMIT) == "it looks like no digit"


def test_every_weight_belongs_to_a_feature() -> None:
    assert set(WEIGHTS) == set(features(DIGIT, 0.0))


def test_facts_out_of_all_proportion_give_a_number() -> None:
    nothing = Picture(np.zeros((28, 28), np.uint8), (), StrokeFeatures())
    assert np.isfinite(log_odds(nothing))


def reading(state: TrainState, calibration: Calibration | None) -> Reading:
    cup = Path(__file__).parents[1] / "cli" / "cup.png"
    return read_digit(TrainState(state.model, state.optimizer, state.average, calibration=calibration), cup)


def test_a_checkpoint_says_from_where_on_to_doubt(pretrained: TrainState) -> None:
    assert pretrained.calibration is not None
    assert pretrained.calibration.doubt == LIMIT
    assert reading(pretrained, pretrained.calibration).reason == "it looks like no digit"
    for calibration in (None, Calibration(1.0), Calibration(1.0, doubt=100)):
        assert reading(pretrained, calibration).reason is None
