"""A scikit-learn estimator, for pipelines, hyperparameter searches and any table of numbers.

Needs scikit-learn (extra ``sklearn``). It uses the network, the training step and the loop of this package.
"""

import warnings
from math import ceil, inf
from numbers import Integral, Real
from typing import Any, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_mlp.config import schema
from mnist_mlp.data.dataset import Labels, Pixels, Samples, stratified_split
from mnist_mlp.errors import DivergenceError
from mnist_mlp.nn.outputs import log_softmax, softmax
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.training.loop import Split, train
from mnist_mlp.training.state import EpochRecord, TrainState, new_state

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.class_weight import compute_class_weight
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, check_scalar, validate_data
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
    max_iter: number of epochs.
    dropout: probability that a hidden unit is dropped for a sample.
    class_weight: factor of the loss of each class: a dict, "balanced" or None.
    early_stopping: stop after ``n_iter_no_change`` epochs without a better score on a fraction
    ``validation_fraction`` of the samples, and keep the weights of the best epoch.
    warm_start: let ``fit`` start from the weights of the fit before.
    verbose: print the loss of each epoch.
    random_state: an int gives the same network each time.

    X is not scaled: use StandardScaler for tables, and 0..1 for pixels. float32 stays float32, which is faster.
    After ``fit``: ``classes_``, ``coefs_``, ``intercepts_``, ``loss_curve_``, ``n_iter_``, ``n_features_in_``, with
    early stopping ``validation_scores_``, and ``state_``, a TrainState, which ``mnist_mlp.save_checkpoint`` takes.
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
        dropout: float = 0.0,
        class_weight: Any = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        warm_start: bool = False,
        verbose: bool = False,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes, self.activation, self.alpha = hidden_layer_sizes, activation, alpha
        self.batch_size, self.learning_rate_init = batch_size, learning_rate_init
        self.max_iter, self.dropout, self.class_weight = max_iter, dropout, class_weight
        self.early_stopping, self.validation_fraction = early_stopping, validation_fraction
        self.n_iter_no_change, self.warm_start = n_iter_no_change, warm_start
        self.verbose, self.random_state = verbose, random_state

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train a network on X (n, n_features) and the labels y (n,).

        sample_weight: (n,), factors of the losses, divided by their mean; a sample with weight 0 is left out.
        """
        check_scalar(self.max_iter, "max_iter", Integral, min_val=1)
        check_scalar(self.n_iter_no_change, "n_iter_no_change", Integral, min_val=1)
        check_scalar(
            self.validation_fraction, "validation_fraction", Real, min_val=0, max_val=1, include_boundaries="neither"
        )
        before = self.state_ if self.warm_start and hasattr(self, "state_") else None
        X, y = self._check(X, y, reset=before is None)
        classes = np.unique(y)
        weights = self._weights(X, y, classes, sample_weight)
        self._n_validation(len(X) if weights is None else int(np.count_nonzero(weights)), classes)
        self._begin(X, classes, before)
        return self._train(X, y, weights, schema.LinearSchedule(), int(self.max_iter))

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one more epoch on X, at the constant learning rate ``learning_rate_init``.

        classes: all labels that any call will have; required in the first call, unless ``fit`` was called before.
        sample_weight: as in ``fit``. As in scikit-learn, there is no early stopping.
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
        weights = self._weights(X, y, known, sample_weight)
        if not begun:
            self._begin(X, known)
        return self._train(X, y, weights, schema.ConstantSchedule(), self.state_.progress.epoch + 1)

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
        """Return features and labels as checked arrays; warn of pixels that are not scaled."""
        if getattr(X, "dtype", None) == np.uint8 and np.max(X, initial=0) > 1:
            warnings.warn("X seems to hold pixels of 0 to 255, which are not scaled; use X / 255", stacklevel=3)
        checked: tuple[FloatArray, NDArray[Any]]
        checked = validate_data(self, X, y, dtype=(np.float64, np.float32), reset=reset)  # other types become float64
        check_classification_targets(checked[1])
        return checked

    def _begin(self, X: FloatArray, classes: NDArray[Any], before: TrainState | None = None) -> None:
        """Start a new network for the features of X, with the weights of the one ``before``, if there is one."""
        generator = check_random_state(self.random_state)
        given = isinstance(self.random_state, Integral)
        self._seed = int(self.random_state if given else generator.randint(2**31 - 1))
        config = self._config(len(X), X.dtype, classes, schema.ConstantSchedule(), epochs=1)
        state = new_state(config, X.shape[1])
        if before is None:
            self.classes_ = classes
            self.loss_curve_: list[float] = []
            self.validation_scores_: list[float] = []
        else:
            old, new = _task(self.classes_, before), _task(classes, state)
            if old != new:
                raise ValueError(f"warm_start needs the same classes, layers and dtype: they were {old}, now {new}")
            state.model.mlp.theta[:] = before.model.mlp.theta
        self.state_: TrainState = state

    def _train(
        self, X: FloatArray, y: NDArray[Any], weights: FloatArray | None, schedule: Schedule, epochs: int
    ) -> Self:
        """Train until the network has seen that many epochs, or until early stopping."""
        numbers = np.searchsorted(self.classes_, y)
        used = np.arange(len(X)) if weights is None else np.flatnonzero(weights)
        config = self._config(len(used), X.dtype, self.classes_, schedule, epochs)
        training, validation = stratified_split(
            cast("Labels", numbers[used]), config.data.validation, len(self.classes_), self._seed
        )
        samples = Samples(cast("Pixels", X), cast("Labels", numbers), (1, X.shape[1]), {})  # features, not bytes
        data = Split(samples, used[training], used[validation], weights=weights)
        state, best = self.state_, None
        try:
            for record in train(config, data, state):
                if record is not None:
                    self._note(record)
                    if config.training.patience and record is state.progress.best:
                        best = state.model.mlp.theta.copy()
        except DivergenceError as error:
            del self.state_  # it is not usable
            fix = "scale X, for example with StandardScaler, or lower learning_rate_init"
            raise ValueError(f"{error.what}: {error.where}: {error.why}; {fix}") from None
        if best is not None:
            state.model.mlp.theta[:] = best
            state.calibration = None  # it is that of the last epoch
        self.n_iter_ = len(self.loss_curve_)
        return self

    def _note(self, record: EpochRecord) -> None:
        """Note the metrics of an epoch, and print them if they are asked for."""
        self.loss_curve_.append(record.train_loss)
        text = f"Iteration {len(self.loss_curve_)}, loss = {record.train_loss:.8f}"
        if record.validation_accuracy is not None:
            self.validation_scores_.append(record.validation_accuracy)
            text += f", validation score = {record.validation_accuracy:.6f}"
        if self.verbose:
            print(text)  # where scikit-learn's estimators print it

    def _weights(
        self, X: FloatArray, y: NDArray[Any], classes: NDArray[Any], sample_weight: ArrayLike | None
    ) -> FloatArray | None:
        """Return the factors of the losses (n,), whose mean without zeros is 1; None: all are 1."""
        if sample_weight is None and self.class_weight is None:
            return None
        weights: FloatArray = _check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True, copy=True)
        if self.class_weight is not None:
            weights *= compute_class_weight(self.class_weight, classes=classes, y=y)[np.searchsorted(classes, y)]
        largest = weights.max()
        if not 0 < largest < inf or weights.min() < 0:
            raise ValueError("the weights are all zero, or one of them is negative or not finite")
        weights /= largest  # their sum may overflow
        weights /= weights[weights > 0].mean()
        return weights

    def _n_validation(self, n: int, classes: NDArray[Any]) -> int:
        """Return how many of n samples are held out for early stopping."""
        held_out = ceil(self.validation_fraction * n) if self.early_stopping else 0
        if held_out and n - held_out < len(classes):
            raise ValueError(
                f"validation_fraction leaves {n - held_out} samples to train on, for {len(classes)} classes"
            )
        return held_out

    def _config(
        self, n: int, dtype: np.dtype[Any], classes: NDArray[Any], schedule: Schedule, epochs: int
    ) -> schema.Config:
        """Return the config for the parameters of this estimator and n samples."""
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
        _check_real(self.dropout, "dropout", include_boundaries="left")
        if self.dropout >= 1:
            raise ValueError(f"dropout == {self.dropout}, must be < 1.")
        held_out = self._n_validation(n, classes) if isinstance(schedule, schema.LinearSchedule) else 0
        batch_size = min(max(n // 50, 8), 256) if self.batch_size == "auto" else self.batch_size
        check_scalar(batch_size, "batch_size", Integral, min_val=1)
        batch_size = min(int(batch_size), n)
        return schema.Config(
            seed=self._seed,
            data=schema.DataConfig(classes=len(classes), validation=held_out),
            network=schema.NetworkConfig(
                hidden=tuple(map(int, hidden)),
                activation=activations[0] if isinstance(self.activation, str) else activations,
                initializer="he_uniform" if set(activations) == {"relu"} else "glorot_uniform",
                dtype="float32" if dtype == np.float32 else "float64",
            ),
            augmentation=schema.NoDistortion(),
            optimizer=schema.AdamConfig(learning_rate=float(self.learning_rate_init)),
            schedule=schedule,
            training=schema.TrainingConfig(
                epochs=epochs,
                batch_size=batch_size,
                patience=int(self.n_iter_no_change) if held_out else 0,
                l2=float(self.alpha) / batch_size,
                dropout=float(self.dropout),
            ),
        )

    def _logits(self, X: ArrayLike) -> FloatArray:
        check_is_fitted(self, "state_")
        model = self.state_.model
        return model.logits(validate_data(self, X, dtype=model.mlp.dtype, reset=False))


def _task(classes: NDArray[Any], state: TrainState) -> tuple[list[Any], tuple[int, ...], str]:
    """Return what a network must have in common with the one that it continues."""
    mlp = state.model.mlp
    return classes.tolist(), tuple(mlp.sizes), mlp.dtype.name


def _check_real(value: Any, name: str, *, include_boundaries: str) -> None:
    """Raise ``TypeError`` or ``ValueError`` unless a parameter is a finite number from 0, or above it."""
    check_scalar(value, name, Real)
    if not float(value) < inf:  # as NaN is, which the comparisons of check_scalar let pass
        raise ValueError(f"{name} == {value}, must be finite.")
    check_scalar(value, name, Real, min_val=0, include_boundaries=include_boundaries)
