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
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.sklearn import ACTIVATIONS, MLPClassifier
from mnist_mlp.training.loop import Split

Data = tuple[NDArray[Any], NDArray[Any]]

conventions: pytest.MarkDecorator = parametrize_with_checks(
    [MLPClassifier(), MLPClassifier([5, 4], "tanh", alpha=1, batch_size=20, learning_rate_init=0.1, max_iter=5)]
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
