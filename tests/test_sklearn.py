"""The estimator, against scikit-learn's checks, scikit-learn's own network, and this package's training."""

import math
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import datasets
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier as Theirs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import mnist_mlp as mm
from mnist_mlp.data.dataset import Dataset, stratified_split
from mnist_mlp.sklearn import ACTIVATIONS, MLPClassifier
from mnist_mlp.training.loop import Split

Data = tuple[NDArray[Any], NDArray[Any]]

# Batches are drawn from the samples: to repeat one is not the same as to double its weight, except on the average.
KNOWN = {"check_sample_weight_equivalence_on_dense_data": "mini-batches differ if samples are repeated"}

conventions: pytest.MarkDecorator = parametrize_with_checks(
    [
        MLPClassifier(),
        MLPClassifier([5, 4], "tanh", alpha=1, batch_size=20, learning_rate_init=0.1, max_iter=5),
        MLPClassifier(early_stopping=True, validation_fraction=0.2, dropout=0.1, class_weight="balanced"),
    ],
    expected_failed_checks=lambda _: KNOWN,
)


@conventions
def test_it_keeps_the_conventions_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def digits() -> Data:
    """1,797 digits of 8x8 pixels, 0 to 1."""
    X, y = datasets.load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


@pytest.fixture(scope="module")
def iris() -> Data:
    """150 flowers of 3 kinds, 4 lengths each, standardised."""
    X, y = datasets.load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), y


# --- the same mathematics ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [list, tuple, np.array])
def test_each_hidden_layer_may_have_its_own_activation(form: Any, iris: Data) -> None:
    X, y = iris
    names = ["relu", "logistic"]
    estimator = MLPClassifier((6, 5), form(names), max_iter=3, random_state=0).fit(X, y)
    (W1, W2, W3), (b1, b2, b3) = estimator.coefs_, estimator.intercepts_
    a = 1 / (1 + np.exp(-(np.maximum(X @ W1 + b1, 0) @ W2 + b2)))
    e = np.exp(a @ W3 + b3)
    np.testing.assert_allclose(estimator.predict_proba(X), e / e.sum(axis=1, keepdims=True), rtol=1e-9)
    np.testing.assert_array_equal(clone(estimator).fit(X, y).coefs_[0], W1)


def test_equal_activations_in_a_list_are_one_for_all(iris: Data) -> None:
    one, each = (MLPClassifier((6, 5), phi, max_iter=3, random_state=0).fit(*iris) for phi in ("relu", ["relu"] * 2))
    np.testing.assert_array_equal(one.state_.model.mlp.theta, each.state_.model.mlp.theta)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # it says that it has not converged
@pytest.mark.parametrize("activation", ["identity", "logistic", "relu", "tanh"])
def test_from_the_same_weights_it_takes_the_steps_of_scikit_learns_own_network(activation: str, iris: Data) -> None:
    X, y = iris
    settings: dict[str, Any] = {"alpha": 30, "batch_size": len(X), "learning_rate_init": 0.02, "random_state": 3}
    ours = MLPClassifier((5, 4), activation, **settings)
    theirs = Theirs((5, 4), activation, max_iter=1, warm_start=True, epsilon=1e-12, **settings).fit(X, y)
    theirs.coefs_[:], theirs.intercepts_[:] = zip(*untrained(ours, X, n_classes=3).layers, strict=True)
    theirs.set_params(max_iter=5).fit(X, y)
    for _ in range(5):
        ours.partial_fit(X, y, classes=[0, 1, 2])
    for mine, other in zip([*ours.coefs_, *ours.intercepts_], [*theirs.coefs_, *theirs.intercepts_], strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=1e-5)  # Adam's epsilon means something else there
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-5)
    assert ours.loss_curve_ == pytest.approx(theirs.loss_curve_[1:])


def untrained(estimator: MLPClassifier, X: NDArray[Any], n_classes: int) -> mm.MLP:
    """The network that it starts from, by this package's own means."""
    config = mm.load_config(
        overrides=[
            f"seed={estimator.random_state}",
            f"data.classes={n_classes}",
            f"network.hidden={list(estimator.hidden_layer_sizes)}",
            f"network.activation={ACTIVATIONS[estimator.activation]}",
            f"network.initializer={'he_uniform' if estimator.activation == 'relu' else 'glorot_uniform'}",
            f"network.dtype={X.dtype}",
        ]
    )
    return mm.new_state(config, X.shape[1]).model.mlp


def test_on_pixels_it_is_bit_for_bit_what_the_package_trains(mnist: Dataset) -> None:
    samples = mnist.train._replace(X=mnist.train.X[:1000], y=mnist.train.y[:1000])
    config = mm.load_config(
        overrides=[
            "seed=5",
            "data.validation=0",
            "network.hidden=[20]",
            "network.initializer=he_uniform",
            "augmentation.name=none",
            "optimizer.learning_rate=0.02",
            "training.epochs=2",
            "training.batch_size=64",
            "training.l2=0.001",
        ]
    )
    state = mm.new_state(config, 784)
    for _ in mm.train(config, Split(samples, np.arange(1000), np.arange(0)), state):
        pass
    estimator = MLPClassifier((20,), alpha=0.064, batch_size=64, learning_rate_init=0.02, max_iter=2, random_state=5)
    estimator.fit(samples.X.astype(np.float32) / 255, samples.y)
    np.testing.assert_array_equal(estimator.state_.model.mlp.theta, state.model.mlp.theta)
    np.testing.assert_array_equal(estimator.predict_proba(samples.X / 255), state.model.predict(samples.X))


def test_the_logarithm_of_a_probability_too_small_for_a_float_is_finite(iris: Data) -> None:
    estimator = MLPClassifier((), random_state=0).fit(*iris)
    X = 1e5 * iris[0]
    assert (estimator.predict_proba(X) == 0).any()
    assert np.isfinite(estimator.predict_log_proba(X)).all()
    np.testing.assert_allclose(np.exp(estimator.predict_log_proba(iris[0])), estimator.predict_proba(iris[0]))


# --- as people use it -------------------------------------------------------------------------------------------------


def test_the_defaults_do_well_on_data_of_several_sizes(iris: Data, digits: Data) -> None:
    for (X, y), expected in ((iris, 0.9), (digits, 0.95)):
        half = np.arange(len(y)) % 2 == 0
        assert MLPClassifier(random_state=0).fit(X[half], y[half]).score(X[~half], y[~half]) > expected


def test_the_same_random_state_gives_the_same_bytes(iris: Data) -> None:
    first, second, other = (MLPClassifier(random_state=seed).fit(*iris) for seed in (0, 0, 1))
    assert pickle.dumps(first) == pickle.dumps(second)
    assert not np.array_equal(first.coefs_[0], other.coefs_[0])


def test_a_generator_gives_another_network_each_time_but_the_same_ones_from_the_start(iris: Data) -> None:
    def two_networks() -> list[NDArray[Any]]:
        estimator = MLPClassifier(max_iter=1, random_state=np.random.RandomState(0))
        return [estimator.fit(*iris).coefs_[0].copy() for _ in range(2)]

    (first, second), again = two_networks(), two_networks()
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal((first, second), again)


def test_a_fit_starts_anew(iris: Data) -> None:
    estimator = MLPClassifier(max_iter=2, random_state=0).fit(*iris)
    before = estimator.coefs_[0].copy(), estimator.loss_curve_
    estimator.fit(*iris)
    np.testing.assert_array_equal(estimator.coefs_[0], before[0])
    assert estimator.loss_curve_ == before[1]
    assert len(before[1]) == estimator.n_iter_ == 2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_precision_is_that_of_the_data(dtype: Any, iris: Data) -> None:
    X, y = iris[0].astype(dtype), iris[1]
    estimator = MLPClassifier().fit(X, y)
    assert (
        estimator.coefs_[0].dtype == estimator.predict_proba(X).dtype == estimator.predict_log_proba(X).dtype == dtype
    )
    assert MLPClassifier(max_iter=1).fit((100 * X).astype(int), y).coefs_[0].dtype == np.float64


def test_labels_may_be_words_and_more_than_a_byte_counts() -> None:
    y = np.array([f"class {i}" for i in range(300)])
    X = np.eye(300)
    estimator = MLPClassifier((), learning_rate_init=0.1, max_iter=5, random_state=0)
    estimator.fit(np.repeat(X, 3, axis=0), np.repeat(y, 3))
    assert estimator.classes_.tolist() == sorted(y)
    np.testing.assert_array_equal(estimator.predict(X), y)


def test_it_stands_in_a_pipeline_and_a_search(iris: Data) -> None:
    X, y = 1000 * iris[0] + 5000, iris[1]
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((10,), max_iter=50, random_state=0))
    search = GridSearchCV(pipeline, {"mlpclassifier__alpha": [1e-4, 1e3]}, cv=3).fit(X, y)
    assert search.best_params_ == {"mlpclassifier__alpha": 1e-4}
    assert search.score(X, y) > 0.95
    assert search.cv_results_["mean_test_score"][1] < 0.7, "so strong a penalty leaves no weights"


def test_it_learns_from_chunks_that_lack_some_of_the_classes(digits: Data) -> None:
    X, y = digits
    order = np.argsort(y % 5, kind="stable")  # two classes in a chunk
    chunks = np.array_split(order, 5)
    estimator = MLPClassifier((64,), learning_rate_init=0.001, random_state=0)
    for _ in range(10):
        for chunk in chunks:
            estimator.partial_fit(X[chunk], y[chunk], classes=range(10))
    assert estimator.n_iter_ == len(estimator.loss_curve_) == 50
    assert estimator.score(X, y) > 0.7


def test_a_fitted_network_can_be_trained_on(iris: Data) -> None:
    X, y = iris
    estimator = MLPClassifier(max_iter=2, random_state=0).fit(X, y)
    before = estimator.coefs_[0].copy()
    estimator.partial_fit(X, y)
    assert estimator.n_iter_ == 3
    assert 0 < np.abs(estimator.coefs_[0] - before).max() < 0.1


def test_a_pickled_copy_answers_alike_and_learns_alike(iris: Data) -> None:
    X, y = iris
    estimator = MLPClassifier((5,), max_iter=2, random_state=0).fit(X, y)
    copy = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(copy.predict_proba(X), estimator.predict_proba(X))
    before = copy.coefs_[0].copy()
    for each in (estimator, copy):
        each.partial_fit(X, y)
    assert not np.array_equal(copy.coefs_[0], before)
    np.testing.assert_array_equal(copy.predict_proba(X), estimator.predict_proba(X))


# --- weights ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def whole(iris: Data) -> dict[str, Any]:
    """Parameters with which a batch is all of the flowers, also if they are repeated, and the steps are the same."""
    return {"hidden_layer_sizes": (6,), "alpha": 0, "batch_size": 10_000, "max_iter": 5, "random_state": 0}


def test_in_a_batch_of_all_samples_weights_are_repetitions_and_a_weight_of_0_removes_one(
    iris: Data, whole: dict[str, Any]
) -> None:
    X, y = iris
    weights = np.arange(len(y)) % 4 * (y + 1)
    weighted = MLPClassifier(**whole).fit(X, y, sample_weight=weights)
    repeated = MLPClassifier(**whole).fit(X.repeat(weights, axis=0), y.repeat(weights))
    plain = MLPClassifier(**whole).fit(X, y)
    np.testing.assert_allclose(weighted.coefs_[0], repeated.coefs_[0], rtol=1e-9)
    assert weighted.loss_curve_ == pytest.approx(repeated.loss_curve_)
    assert abs(weighted.loss_curve_[0] - plain.loss_curve_[0]) > 0.01, "the weights matter"


def test_equal_weights_of_any_size_change_nothing(iris: Data) -> None:
    X, y = iris
    plain, heavy = (MLPClassifier(max_iter=3, random_state=0).fit(X, y, w) for w in (None, np.full(len(y), 8.0)))
    np.testing.assert_allclose(heavy.coefs_[0], plain.coefs_[0], rtol=1e-12)


def test_the_weight_of_a_class_is_that_of_its_samples(iris: Data, whole: dict[str, Any]) -> None:
    X, y = iris[0][30:], iris[1][30:]  # 20, 50 and 50 of the classes
    by_class = MLPClassifier(class_weight={0: 5.0, 1: 1.0, 2: 0.5}, **whole).fit(X, y)
    by_sample = MLPClassifier(**whole).fit(X, y, sample_weight=np.array([5.0, 1.0, 0.5])[y])
    np.testing.assert_array_equal(by_class.coefs_[0], by_sample.coefs_[0])
    balanced = MLPClassifier(class_weight="balanced", **whole).fit(X, y)
    again = MLPClassifier(class_weight={0: 1 / 20, 1: 1 / 50, 2: 1 / 50}, **whole).fit(X, y)
    np.testing.assert_allclose(balanced.coefs_[0], again.coefs_[0], rtol=1e-9)


def test_weights_may_be_so_large_that_their_sum_is_not_finite(iris: Data) -> None:
    plain, heavy = (MLPClassifier(max_iter=2, random_state=0).fit(*iris, w) for w in (None, [1e308] * 150))
    np.testing.assert_allclose(heavy.coefs_[0], plain.coefs_[0], rtol=1e-12)


def test_a_chunk_is_not_split_for_early_stopping(iris: Data) -> None:
    plain, early = (
        MLPClassifier(early_stopping=early, random_state=0).partial_fit(*iris, classes=[0, 1, 2])
        for early in (False, True)
    )
    np.testing.assert_array_equal(plain.coefs_[0], early.coefs_[0])


def test_a_chunk_may_have_weights(iris: Data, whole: dict[str, Any]) -> None:
    X, y = iris
    first, second = (MLPClassifier(**whole) for _ in range(2))
    first.partial_fit(X, y, classes=[0, 1, 2], sample_weight=np.where(y == 1, 0, 1))
    second.partial_fit(X[y != 1], y[y != 1], classes=[0, 1, 2])
    np.testing.assert_allclose(first.coefs_[0], second.coefs_[0], rtol=1e-9)


# --- when it stops, and where it starts -------------------------------------------------------------------------------


def test_early_stopping_ends_after_epochs_without_a_better_score_and_keeps_the_best_weights(digits: Data) -> None:
    X, y = digits
    estimator = MLPClassifier(
        (32,), max_iter=200, early_stopping=True, validation_fraction=0.2, n_iter_no_change=3, random_state=0
    ).fit(X, y)
    scores = estimator.validation_scores_
    assert estimator.n_iter_ == len(scores) == len(estimator.loss_curve_) < 200
    best = estimator.state_.progress.best
    assert best is not None
    assert best.epoch == estimator.n_iter_ - 3
    held_out = stratified_split(y, 360, 10, 0)[1]
    assert estimator.score(X[held_out], y[held_out]) == max(scores)


def test_without_early_stopping_there_are_no_validation_scores(iris: Data) -> None:
    assert MLPClassifier(max_iter=2).fit(*iris).validation_scores_ == []


def test_a_warm_start_begins_with_the_weights_of_the_fit_before(iris: Data) -> None:
    estimator = MLPClassifier(max_iter=2, warm_start=True, random_state=0).fit(*iris)
    before, losses = estimator.coefs_[0].copy(), list(estimator.loss_curve_)
    estimator.set_params(max_iter=1, learning_rate_init=1e-9).fit(*iris)
    np.testing.assert_allclose(estimator.coefs_[0], before, atol=1e-6)
    assert estimator.loss_curve_[:2] == losses
    assert estimator.n_iter_ == len(estimator.loss_curve_) == 3


@pytest.mark.parametrize("change", ["classes", "layers", "dtype"])
def test_a_warm_start_of_another_network_is_refused_and_the_old_one_stays(change: str, iris: Data) -> None:
    X, y = iris
    estimator = MLPClassifier(max_iter=1, warm_start=True, random_state=0).fit(X, y)
    before = estimator.predict_proba(X)
    other = {"classes": (X, y + 1), "layers": (X, y), "dtype": (X.astype(np.float32), y)}[change]
    estimator.set_params(hidden_layer_sizes=(7,) if change == "layers" else (128,))
    with pytest.raises(ValueError, match=r"^warm_start needs the same classes, layers and dtype"):
        estimator.fit(*other)
    np.testing.assert_array_equal(estimator.predict_proba(X), before)


def test_dropout_changes_the_training_and_not_the_prediction(iris: Data) -> None:
    plain, dropped = (MLPClassifier(max_iter=3, dropout=p, random_state=0).fit(*iris) for p in (0, 0.5))
    assert not np.array_equal(plain.coefs_[0], dropped.coefs_[0])
    np.testing.assert_array_equal(dropped.predict_proba(iris[0]), dropped.predict_proba(iris[0]))


def test_verbose_prints_the_loss_and_the_score_of_each_epoch(iris: Data, capsys: pytest.CaptureFixture[str]) -> None:
    estimator = MLPClassifier(max_iter=2, verbose=True, early_stopping=True, random_state=0).fit(*iris)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"Iteration {i}, loss = {loss:.8f}, validation score = {score:.6f}"
        for i, (loss, score) in enumerate(zip(estimator.loss_curve_, estimator.validation_scores_, strict=True), 1)
    ]
    MLPClassifier(max_iter=2).fit(*iris)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_pixels_that_are_not_scaled_bring_a_warning(method: str, iris: Data) -> None:
    X, y = np.arange(64, dtype=np.uint8).reshape(16, 4), np.arange(16) % 2
    more = {"classes": [0, 1]} if method == "partial_fit" else {}
    with pytest.warns(UserWarning, match=r"^X seems to hold pixels of 0 to 255, which are not scaled; use X / 255$"):
        getattr(MLPClassifier(max_iter=1), method)(X, y, **more)
    for scaled in (X / 255, X % 2, X.astype(int)):
        getattr(MLPClassifier(max_iter=1), method)(scaled, y, **more)


# --- as people misuse it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_layer_sizes": (5, 0)}, "hidden_layer_sizes == 0, must be >= 1"),
        ({"hidden_layer_sizes": 2.5}, "hidden_layer_sizes must be an instance of int"),
        ({"activation": "rellu"}, "activation must be one of identity, logistic, relu, softplus, tanh, not 'rellu'"),
        ({"activation": None}, "activation must be one of identity, logistic, relu, softplus, tanh, not None"),
        ({"activation": 5}, "activation must be one of identity, logistic, relu, softplus, tanh, not 5"),
        ({"activation": ["rellu"]}, r"activation must be one of .*, not \['rellu'\]"),
        ({"activation": [["relu"]]}, r"activation must be one of .*, not \[\['relu'\]\]"),
        ({"activation": ["relu", "tanh"]}, "activation has 2 names for 1 hidden layers"),
        ({"activation": []}, "activation has 0 names for 1 hidden layers"),
        ({"alpha": -1}, "alpha == -1, must be >= 0"),
        *(
            ({"alpha": value}, rf"^alpha == {value}, must be finite")
            for value in (math.nan, math.inf, np.float32("inf"))
        ),
        ({"alpha": -math.inf}, "alpha == -inf, must be >= 0"),
        ({"learning_rate_init": math.nan}, "learning_rate_init == nan, must be finite"),
        ({"learning_rate_init": np.float64("inf")}, "learning_rate_init == inf, must be finite"),
        ({"batch_size": math.nan}, "batch_size must be an instance of int"),
        ({"hidden_layer_sizes": (math.nan,)}, "hidden_layer_sizes must be an instance of int"),
        ({"max_iter": math.inf}, "max_iter must be an instance of int"),
        ({"dropout": 1}, "dropout == 1, must be < 1"),
        ({"dropout": -0.1}, "dropout == -0.1, must be >= 0"),
        ({"n_iter_no_change": 0}, "n_iter_no_change == 0, must be >= 1"),
        ({"validation_fraction": 0}, "validation_fraction == 0, must be > 0"),
        ({"validation_fraction": 1.0}, "validation_fraction == 1.0, must be < 1"),
        (
            {"early_stopping": True, "validation_fraction": 0.99},
            "validation_fraction leaves 1 samples to train on, for 3 classes",
        ),
        ({"class_weight": "even"}, "class_weight"),
        ({"class_weight": {0: 0, 1: 0, 2: 0}}, "the weights are all zero"),
        ({"batch_size": 0}, "batch_size == 0, must be >= 1"),
        ({"batch_size": "all"}, "batch_size must be an instance of int"),
        ({"learning_rate_init": 0}, "learning_rate_init == 0, must be > 0"),
        ({"max_iter": 0}, "max_iter == 0, must be >= 1"),
        ({"random_state": "no seed"}, "cannot be used to seed"),
    ],
)
def test_a_parameter_that_means_nothing_is_named(settings: dict[str, Any], message: str, iris: Data) -> None:
    estimator = MLPClassifier(**settings)
    with pytest.raises((ValueError, TypeError), match=message):
        estimator.fit(*iris)
    with pytest.raises(NotFittedError):
        estimator.predict(iris[0])
    assert clone(estimator).get_params() == estimator.get_params()


def test_numbers_of_numpy_are_numbers(iris: Data) -> None:
    settings = {"hidden_layer_sizes": np.array([5]), "alpha": np.float32(0.5), "batch_size": np.int64(50)}
    odd, plain = (
        {**settings, "max_iter": np.int16(2)},
        {"hidden_layer_sizes": 5, "alpha": 0.5, "batch_size": 50, "max_iter": 2},
    )
    a, b = (MLPClassifier(random_state=np.uint8(3), **each).fit(*iris) for each in (odd, plain))
    np.testing.assert_array_equal(a.coefs_[0], b.coefs_[0])


@pytest.mark.parametrize("weights", [[1, 2], [-1] * 150, [math.nan] * 150, [0] * 150, [math.inf] * 150])
def test_weights_that_mean_nothing_are_refused(weights: list[float], iris: Data) -> None:
    with pytest.raises(ValueError, match="weight"):
        MLPClassifier().fit(*iris, sample_weight=weights)


def test_diverged_training_says_what_helps(iris: Data) -> None:
    with pytest.raises(ValueError, match=r"training diverged: epoch 1, .*; scale X, .* or lower learning_rate_init$"):
        (estimator := MLPClassifier(learning_rate_init=1e300, random_state=0)).fit(*iris)
    with pytest.raises(NotFittedError):
        estimator.predict(iris[0])


def test_the_classes_must_be_told_and_kept(iris: Data) -> None:
    X, y = iris
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        MLPClassifier().partial_fit(X, y)
    with pytest.raises(ValueError, match=r"labels that are not in classes: array\(\[2\]\)"):
        MLPClassifier().partial_fit(X, y, classes=[0, 1])
    estimator = MLPClassifier().partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="not those of the first call"):
        estimator.partial_fit(X, y, classes=[0, 1])


def test_without_scikit_learn_one_line_says_what_to_install() -> None:
    code = "import sys; sys.modules['sklearn'] = None; import mnist_mlp; import mnist_mlp.sklearn"
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    assert ended.stderr.splitlines()[-1] == (
        "ImportError: mnist_mlp.sklearn needs scikit-learn: pip install 'mnist-mlp[sklearn]'"
    )
