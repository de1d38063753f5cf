"""mnist-mlp: the 784-128-10 network that reads handwritten digits, in NumPy, from first principles.

What follows is the public API. Each name is imported when it is first used, so importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_mlp.config import Config, load_config
    from mnist_mlp.data.dataset import Dataset, Samples, load_dataset
    from mnist_mlp.errors import MnistMlpError
    from mnist_mlp.evaluation.metrics import Evaluation, evaluate
    from mnist_mlp.inference.reader import Reading, read_digit
    from mnist_mlp.models import Model
    from mnist_mlp.nn.network import MLP
    from mnist_mlp.pictures import Picture, prepare
    from mnist_mlp.runs.find import load_checkpoint
    from mnist_mlp.training.loop import split, train
    from mnist_mlp.training.state import EpochRecord, TrainState, new_state

__version__ = "0.1.0"

_MODULES = {
    "Config": "config",
    "load_config": "config",
    "Dataset": "data.dataset",
    "Samples": "data.dataset",
    "load_dataset": "data.dataset",
    "MnistMlpError": "errors",
    "Evaluation": "evaluation.metrics",
    "evaluate": "evaluation.metrics",
    "Reading": "inference.reader",
    "read_digit": "inference.reader",
    "Model": "models",
    "MLP": "nn.network",
    "Picture": "pictures",
    "prepare": "pictures",
    "EpochRecord": "training.state",
    "TrainState": "training.state",
    "new_state": "training.state",
    "load_checkpoint": "runs.find",
    "split": "training.loop",
    "train": "training.loop",
}

__all__ = [
    "MLP",
    "Config",
    "Dataset",
    "EpochRecord",
    "Evaluation",
    "MnistMlpError",
    "Model",
    "Picture",
    "Reading",
    "Samples",
    "TrainState",
    "evaluate",
    "load_checkpoint",
    "load_config",
    "load_dataset",
    "new_state",
    "prepare",
    "read_digit",
    "split",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module 'mnist_mlp' has no attribute {name!r}")
    return getattr(import_module(f"mnist_mlp.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
