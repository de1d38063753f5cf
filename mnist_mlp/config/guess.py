"""The setting that a word resembles: its last part, a common name of it in other libraries, or a misspelling."""

import difflib
from typing import Any

from mnist_mlp.config.describe import describe

# Names in PyTorch, Keras and scikit-learn, and British spellings -> last part of the key.
SYNONYMS = {
    synonym: name
    for name, synonyms in {
        "activation": "act activation_function nonlinearity",
        "augmentation": "augment distort distortion",
        "batch_size": "b batch batchsize bs mini_batch minibatch minibatch_size",
        "beta": "momentum",
        "classes": "n_classes num_classes",
        "clip_norm": "clip clipping clipnorm grad_clip gradient_clipping max_norm",
        "directory": "data_dir data_directory data_path dataset root",
        "dtype": "precision",
        "ema_decay": "average ema",
        "epochs": "e epoch iterations max_epochs max_iter n_epochs nb_epoch num_epochs",
        "epsilon": "eps",
        "factor": "gamma",
        "hidden": "hidden_dim hidden_layer_sizes hidden_layers hidden_size hidden_sizes layers neurons units width",
        "initializer": "init initialiser initialization",
        "l2": "l2_penalty lambda regularisation regularization wd weight_decay",
        "label_smoothing": "smoothing",
        "learning_rate": "eta learning_rate_init lr step_size",
        "loss": "criterion loss_fn loss_function",
        "optimizer": "optim optimiser solver",
        "patience": "early_stopping",
        "schedule": "learning_rate_schedule lr_schedule lr_scheduler scheduler",
        "seed": "random_seed random_state",
        "validation": "n_validation val val_size val_split valid validation_fraction validation_size validation_split",
        "warmup": "warmup_epochs",
    }.items()
    for synonym in synonyms.split()
}


def guess(word: str, values: dict[str, Any] | None = None, *, exact: bool = False) -> str:
    """Return the key path of the setting that ``word`` resembles, such as ``training.epochs`` for ``--epochs``, or "".

    values: the settings so far; a setting of another ``name`` than theirs is returned with that name.
    exact: only a setting whose key ends in ``word``.
    """
    keys = _keys(values or {})
    word = word.lower().strip("-").replace("-", "_").rpartition(".")[2]
    if word in keys or exact:
        return keys.get(word, "")
    close = difflib.get_close_matches(word, list(keys), n=1, cutoff=0.75)
    return keys[SYNONYMS[word]] if word in SYNONYMS else keys[close[0]] if close else ""


def _keys(values: dict[str, Any]) -> dict[str, str]:
    """Return the key path of each setting by its last part, and ``optimizer.name`` by ``optimizer``."""
    keys: dict[str, str] = {}
    chosen: dict[str, str] = {}
    for key, default, _, _, only in describe().values():
        section, _, last = key.rpartition(".")
        if last == "name":
            found = values.get(section)
            chosen[section] = found.get("name", default) if isinstance(found, dict) else default
            keys[section] = key
        elif not only or only == chosen[section]:
            keys[last] = key
        else:
            keys.setdefault(last, f"{key} (of {section}.name={only})")
    return keys
