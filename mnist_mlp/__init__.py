"""mnist-mlp: train, evaluate and use the 784-128-10 network that reads handwritten digits, in NumPy.

This is the public API. Each name is imported when it is first used, so that importing the package is quick.

>>> import mnist_mlp as mm
>>> mm.read_digit("seven.jpg").digit
7
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_mlp.config import Config, load_config, packaged_configs
    from mnist_mlp.data.dataset import Dataset, Samples
    from mnist_mlp.data.source import load_dataset
    from mnist_mlp.errors import MnistMlpError
    from mnist_mlp.evaluation.metrics import Evaluation, evaluate
    from mnist_mlp.export import export
    from mnist_mlp.inference.explanation import Explanation, explain
    from mnist_mlp.inference.labelled_pictures import PictureEvaluation, evaluate_pictures
    from mnist_mlp.inference.reader import Reading, read_digit, read_digits
    from mnist_mlp.models import Model, check_derivatives
    from mnist_mlp.nn.network import MLP
    from mnist_mlp.pictures import Picture, prepare
    from mnist_mlp.reports.run_report import write_report
    from mnist_mlp.reports.training_samples import draw_training_samples
    from mnist_mlp.runs.checkpoint_evaluation import (
        CheckpointComparison,
        CheckpointEvaluation,
        calibrate,
        compare,
        evaluate_checkpoint,
    )
    from mnist_mlp.runs.directory import Run, all_runs
    from mnist_mlp.runs.find import load_checkpoint, save_checkpoint
    from mnist_mlp.runs.reproduction import Reproduction, reproduce
    from mnist_mlp.runs.session import train_run
    from mnist_mlp.runs.sweep import train_sweep
    from mnist_mlp.storage.checkpoint import Checkpoint
    from mnist_mlp.training.loop import split, train
    from mnist_mlp.training.state import EpochRecord, TrainState, new_state

__version__ = "0.1.0"

_MODULES = {
    "Config": "config",
    "load_config": "config",
    "packaged_configs": "config",
    "Dataset": "data.dataset",
    "Samples": "data.dataset",
    "load_dataset": "data.source",
    "MnistMlpError": "errors",
    "Evaluation": "evaluation.metrics",
    "evaluate": "evaluation.metrics",
    "export": "export",
    "Explanation": "inference.explanation",
    "explain": "inference.explanation",
    "PictureEvaluation": "inference.labelled_pictures",
    "evaluate_pictures": "inference.labelled_pictures",
    "Reading": "inference.reader",
    "read_digit": "inference.reader",
    "read_digits": "inference.reader",
    "Model": "models",
    "check_derivatives": "models",
    "MLP": "nn.network",
    "Picture": "pictures",
    "prepare": "pictures",
    "write_report": "reports.run_report",
    "draw_training_samples": "reports.training_samples",
    "CheckpointComparison": "runs.checkpoint_evaluation",
    "CheckpointEvaluation": "runs.checkpoint_evaluation",
    "calibrate": "runs.checkpoint_evaluation",
    "compare": "runs.checkpoint_evaluation",
    "evaluate_checkpoint": "runs.checkpoint_evaluation",
    "Run": "runs.directory",
    "all_runs": "runs.directory",
    "load_checkpoint": "runs.find",
    "save_checkpoint": "runs.find",
    "Reproduction": "runs.reproduction",
    "reproduce": "runs.reproduction",
    "train_run": "runs.session",
    "train_sweep": "runs.sweep",
    "Checkpoint": "storage.checkpoint",
    "split": "training.loop",
    "train": "training.loop",
    "EpochRecord": "training.state",
    "TrainState": "training.state",
    "new_state": "training.state",
}

__all__ = [
    "MLP",
    "Checkpoint",
    "CheckpointComparison",
    "CheckpointEvaluation",
    "Config",
    "Dataset",
    "EpochRecord",
    "Evaluation",
    "Explanation",
    "MnistMlpError",
    "Model",
    "Picture",
    "PictureEvaluation",
    "Reading",
    "Reproduction",
    "Run",
    "Samples",
    "TrainState",
    "all_runs",
    "calibrate",
    "check_derivatives",
    "compare",
    "draw_training_samples",
    "evaluate",
    "evaluate_checkpoint",
    "evaluate_pictures",
    "explain",
    "export",
    "load_checkpoint",
    "load_config",
    "load_dataset",
    "new_state",
    "packaged_configs",
    "prepare",
    "read_digit",
    "read_digits",
    "reproduce",
    "save_checkpoint",
    "split",
    "train",
    "train_run",
    "train_sweep",
    "write_report",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module 'mnist_mlp' has no attribute {name!r}")
    return getattr(import_module(f"mnist_mlp.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
