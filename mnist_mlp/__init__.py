"""mnist-mlp: train, evaluate and use the 784-128-10 network that reads handwritten digits, in NumPy.

This is the public API. Each name is imported when it is first used, so that importing the package is fast.

>>> import mnist_mlp as mm
>>> mm.read_digit("seven.jpg").digit
7
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# mypy understands only import statements, and Python imports by ``_NAMES``; a test compares the two lists.
if TYPE_CHECKING:
    from mnist_mlp.config import (
        Config as Config,
        as_yaml as as_yaml,
        load_config as load_config,
        packaged_configs as packaged_configs,
    )
    from mnist_mlp.config.describe import json_schema as json_schema
    from mnist_mlp.data.dataset import Dataset as Dataset, Samples as Samples
    from mnist_mlp.data.source import load_dataset as load_dataset
    from mnist_mlp.errors import MnistMlpError as MnistMlpError
    from mnist_mlp.evaluation.metrics import Evaluation as Evaluation, evaluate as evaluate
    from mnist_mlp.export import export_model as export_model
    from mnist_mlp.handwriting.generate import SyntheticDigits as SyntheticDigits, draw_digits as draw_digits
    from mnist_mlp.inference.explanation import Explanation as Explanation, explain as explain
    from mnist_mlp.inference.labelled_pictures import (
        PictureEvaluation as PictureEvaluation,
        evaluate_pictures as evaluate_pictures,
    )
    from mnist_mlp.inference.reader import Reading as Reading, read_digit as read_digit, read_digits as read_digits
    from mnist_mlp.models import Model as Model, check_derivatives as check_derivatives
    from mnist_mlp.nn.network import MLP as MLP
    from mnist_mlp.pages.read_page import read_page as read_page
    from mnist_mlp.pages.records import Digit as Digit, Line as Line, Page as Page
    from mnist_mlp.pictures import Picture as Picture, prepare as prepare
    from mnist_mlp.reports.comparison_report import write_comparison_report as write_comparison_report
    from mnist_mlp.reports.disagreements import draw_disagreements as draw_disagreements
    from mnist_mlp.reports.explanation_sheet import draw_explanation as draw_explanation
    from mnist_mlp.reports.handwriting_styles import draw_styles as draw_styles
    from mnist_mlp.reports.history import History as History
    from mnist_mlp.reports.marked_page import draw_page as draw_page
    from mnist_mlp.reports.mistakes import draw_mistakes as draw_mistakes
    from mnist_mlp.reports.pipeline_steps import draw_steps as draw_steps
    from mnist_mlp.reports.run_report import write_report as write_report
    from mnist_mlp.reports.training_samples import draw_training_samples as draw_training_samples
    from mnist_mlp.runs.checkpoint_evaluation import (
        CheckpointComparison as CheckpointComparison,
        CheckpointEvaluation as CheckpointEvaluation,
        PairwiseComparisons as PairwiseComparisons,
        calibrate as calibrate,
        compare as compare,
        compare_all as compare_all,
        evaluate_checkpoint as evaluate_checkpoint,
    )
    from mnist_mlp.runs.directory import Run as Run
    from mnist_mlp.runs.find import load_checkpoint as load_checkpoint, save_checkpoint as save_checkpoint
    from mnist_mlp.runs.listing import all_runs as all_runs
    from mnist_mlp.runs.open_session import train_run as train_run
    from mnist_mlp.runs.reproduction import Reproduction as Reproduction, reproduce as reproduce
    from mnist_mlp.runs.sweep_training import train_sweep as train_sweep
    from mnist_mlp.storage.checkpoint import Checkpoint as Checkpoint
    from mnist_mlp.training.learning_rate_range import find_learning_rate as find_learning_rate
    from mnist_mlp.training.loop import split as split, train as train
    from mnist_mlp.training.state import EpochRecord as EpochRecord, TrainState as TrainState, new_state as new_state

__version__ = "0.1.0"

_NAMES = {
    "config": "Config load_config packaged_configs as_yaml",
    "data.dataset": "Dataset Samples",
    "data.source": "load_dataset",
    "errors": "MnistMlpError",
    "evaluation.metrics": "Evaluation evaluate",
    "export": "export_model",
    "handwriting.generate": "SyntheticDigits draw_digits",
    "inference.explanation": "Explanation explain",
    "inference.labelled_pictures": "PictureEvaluation evaluate_pictures",
    "inference.reader": "Reading read_digit read_digits",
    "models": "Model check_derivatives",
    "nn.network": "MLP",
    "pages.records": "Digit Line Page",
    "pages.read_page": "read_page",
    "pictures": "Picture prepare",
    "reports.run_report": "write_report",
    "reports.training_samples": "draw_training_samples",
    "config.describe": "json_schema",
    "reports.comparison_report": "write_comparison_report",
    "reports.disagreements": "draw_disagreements",
    "reports.explanation_sheet": "draw_explanation",
    "reports.handwriting_styles": "draw_styles",
    "reports.history": "History",
    "reports.marked_page": "draw_page",
    "reports.mistakes": "draw_mistakes",
    "reports.pipeline_steps": "draw_steps",
    "runs.checkpoint_evaluation": "CheckpointComparison PairwiseComparisons CheckpointEvaluation calibrate compare "
    "compare_all evaluate_checkpoint",
    "runs.directory": "Run",
    "runs.find": "load_checkpoint save_checkpoint",
    "runs.listing": "all_runs",
    "runs.open_session": "train_run",
    "runs.reproduction": "Reproduction reproduce",
    "runs.sweep_training": "train_sweep",
    "storage.checkpoint": "Checkpoint",
    "training.learning_rate_range": "find_learning_rate",
    "training.loop": "split train",
    "training.state": "EpochRecord TrainState new_state",
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module 'mnist_mlp' has no attribute {name!r}")
    return getattr(import_module(f"mnist_mlp.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
