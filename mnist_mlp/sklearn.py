"""A scikit-learn estimator, for pipelines, hyperparameter searches and any table of numbers.

Needs scikit-learn (extra ``sklearn``). It uses the network, the training step and the loop of this package.
"""

from math import inf
from numbers import Integral, Real
from typing import Any, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_mlp.config import schema
from mnist_mlp.data.dataset import Labels, Pixels, Samples
from mnist_mlp.errors import DivergenceError
from mnist_mlp.nn.outputs import log_softmax, softmax
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.training.loop import Split, train
from mnist_mlp.training.state import TrainState, new_state

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, check_scalar, validate_data
except ModuleNotFoundError as error:
    raise ImportError("mnist_mlp.sklearn needs scikit-learn: pip install 'mnist-mlp[sklearn]'") from error

# By scikit-learn's names, which has no softplus.
ACTIVATIONS: dict[str, Any] = {name: name for name in ("identity", "relu", "softplus", "tanh")} | {
    "logistic": "sigmoid"
}

Schedule = schema.ConstantSchedule | schema.LinearSchedule


class MLPClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """A multi-layer perceptron that minimises cross-entropy by Adam, with a learning rate that falls to zero.

    The parameters have the names and meanings of ``sklearn.neural_network.MLPClassifier``, except "auto".

    hidden_layer_sizes: width of each hidden layer; (): a linear model.
    activation: of the hidden layers: identity, logistic, relu, softplus or tanh; or a sequence with one for each.
    alpha: strength of the penalty alpha / (2 batch_size) * sum of squared weights.
    batch_size: samples per step; "auto": a fiftieth of the samples, but from 8 to 256.
    learning_rate_init: learning rate of the first step.
    max_iter: number of epochs; training does not stop earlier.
    random_state: an int gives the same network each time.

    X is not scaled: use StandardScaler for tables, and 0..1 for pixels. float32 stays float32, which is faster.
    After ``fit``: ``classes_``, ``coefs_``, ``intercepts_``, ``loss_curve_``, ``n_iter_``, ``n_features_in_``, and
    ``state_``, a TrainState, which ``mnist_mlp.save_checkpoint`` and other functions take.
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (128,),
        activation: Any = "relu",
        *,
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate_init: float = 0.01,
        max_iter: int = 30,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes, self.activation, self.alpha = hidden_layer_sizes, activation, alpha
        self.batch_size, self.learning_rate_init = batch_size, learning_rate_init
        self.max_iter, self.random_state = max_iter, random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train a new network on X (n, n_features) and the labels y (n,)."""
        check_scalar(self.max_iter, "max_iter", Integral, min_val=1)
        X, y = self._check(X, y, reset=True)
        self._begin(X, np.unique(y))
        return self._train(X, y, schema.LinearSchedule(), int(self.max_iter))

    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Train for one more epoch on X, at the constant learning rate ``learning_rate_init``.

        classes: all labels that any call will have; required in the first call, unless ``fit`` was called before.
        """
        begun = hasattr(self, "state_")
        known = self.classes_ if begun else np.unique(classes) if classes is not None else None
        if known is None:
            raise ValueError("classes must be passed on the first call to partial_fit")
        if classes is not None and not np.array_equal(np.unique(classes), known):
            raise ValueError(f"classes={classes!r} are not those of the first call, {known!r}")
        X, y = self._check(X, y, reset=not begun)
        if len(unknown := np.setdiff1d(y, known)):
            raise ValueError(f"y has labels that are not in classes: {unknown!r}")
        if not begun:
            self._begin(X, known)
        return self._train(X, y, schema.ConstantSchedule(), self.state_.progress.epoch + 1)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of each row of X, (n,)."""
        best = self._logits(X).argmax(axis=1)
        labels: NDArray[Any] = self.classes_[best]
        return labels

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Return the probabilities (n, n_classes), in the order of ``classes_``."""
        return softmax(self._logits(X))

    def predict_log_proba(self, X: ArrayLike) -> FloatArray:
        """Return the logarithms of the probabilities, which stay finite where a probability underflows to 0."""
        return log_softmax(self._logits(X))

    @property
    def coefs_(self) -> list[FloatArray]:
        """The weights of each layer, (n_in, n_out)."""
        check_is_fitted(self, "state_")
        return [W for W, _ in self.state_.model.mlp.layers]

    @property
    def intercepts_(self) -> list[FloatArray]:
        """The biases of each layer, (n_out,)."""
        check_is_fitted(self, "state_")
        return [b for _, b in self.state_.model.mlp.layers if b is not None]

    def _check(self, X: ArrayLike, y: ArrayLike, *, reset: bool) -> tuple[FloatArray, NDArray[Any]]:
        """Return features and labels as checked arrays."""
        checked: tuple[FloatArray, NDArray[Any]]
        checked = validate_data(self, X, y, dtype=(np.float64, np.float32), reset=reset)  # other types become float64
        check_classification_targets(checked[1])
        return checked

    def _begin(self, X: FloatArray, classes: NDArray[Any]) -> None:
        """Start a new network for the features of X."""
        generator = check_random_state(self.random_state)
        given = isinstance(self.random_state, Integral)
        self._seed = int(self.random_state if given else generator.randint(2**31 - 1))
        config = self._config(X, classes, schema.ConstantSchedule(), epochs=1)
        self.classes_ = classes
        self.loss_curve_: list[float] = []
        self.state_: TrainState = new_state(config, X.shape[1])

    def _train(self, X: FloatArray, y: NDArray[Any], schedule: Schedule, epochs: int) -> Self:
        """Train until the network has seen that many epochs."""
        config = self._config(X, self.classes_, schedule, epochs)
        numbers = np.searchsorted(self.classes_, y)
        samples = Samples(cast("Pixels", X), cast("Labels", numbers), (1, X.shape[1]), {})  # features, not bytes
        data = Split(samples, train=np.arange(len(X)), validation=np.arange(0))
        try:
            self.loss_curve_ += [record.train_loss for record in train(config, data, self.state_) if record is not None]
        except DivergenceError as error:
            del self.state_  # it is not usable
            fix = "scale X, for example with StandardScaler, or lower learning_rate_init"
            raise ValueError(f"{error.what}: {error.where}: {error.why}; {fix}") from None
        self.n_iter_ = self.state_.progress.epoch
        return self

    def _config(self, X: FloatArray, classes: NDArray[Any], schedule: Schedule, epochs: int) -> schema.Config:
        """Return the config for the parameters of this estimator."""
        sizes = self.hidden_layer_sizes
        hidden = tuple(sizes) if np.ndim(sizes) else (sizes,)
        for width in hidden:
            check_scalar(width, "hidden_layer_sizes", Integral, min_val=1)
        names = tuple(self.activation) if np.ndim(self.activation) == 1 else (self.activation,)
        if not all(isinstance(name, str) and name in ACTIVATIONS for name in names):
            raise ValueError(f"activation must be one of {', '.join(sorted(ACTIVATIONS))}, not {self.activation!r}")
        activations = tuple(ACTIVATIONS[name] for name in names)
        if not isinstance(self.activation, str) and len(activations) != len(hidden):
            raise ValueError(f"activation has {len(activations)} names for {len(hidden)} hidden layers")
        _check_real(self.alpha, "alpha", include_boundaries="left")
        _check_real(self.learning_rate_init, "learning_rate_init", include_boundaries="neither")
        batch_size = min(max(len(X) // 50, 8), 256) if self.batch_size == "auto" else self.batch_size
        check_scalar(batch_size, "batch_size", Integral, min_val=1)
        batch_size = min(int(batch_size), len(X))
        return schema.Config(
            seed=self._seed,
            data=schema.DataConfig(classes=len(classes), validation=0),
            network=schema.NetworkConfig(
                hidden=tuple(map(int, hidden)),
                activation=activations[0] if isinstance(self.activation, str) else activations,
                initializer="he_uniform" if set(activations) == {"relu"} else "glorot_uniform",
                dtype="float32" if X.dtype == np.float32 else "float64",
            ),
            augmentation=schema.NoDistortion(),
            optimizer=schema.AdamConfig(learning_rate=float(self.learning_rate_init)),
            schedule=schedule,
            training=schema.TrainingConfig(epochs=epochs, batch_size=batch_size, l2=float(self.alpha) / batch_size),
        )

    def _logits(self, X: ArrayLike) -> FloatArray:
        check_is_fitted(self, "state_")
        model = self.state_.model
        return model.logits(validate_data(self, X, dtype=model.mlp.dtype, reset=False))


def _check_real(value: Any, name: str, *, include_boundaries: str) -> None:
    """Raise ``TypeError`` or ``ValueError`` unless a parameter is a finite number from 0, or above it."""
    check_scalar(value, name, Real)
    if not float(value) < inf:  # as NaN is, which the comparisons of check_scalar let pass
        raise ValueError(f"{name} == {value}, must be finite.")
    check_scalar(value, name, Real, min_val=0, include_boundaries=include_boundaries)
