"""The settings that people mean by other names."""

import pytest

from mnist_mlp.config.describe import describe
from mnist_mlp.config.guess import SYNONYMS, guess


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("--epochs", "training.epochs"),
        ("--num-epochs", "training.epochs"),
        ("--epocs", "training.epochs"),
        ("--lr", "optimizer.learning_rate"),
        ("--learning-rate", "optimizer.learning_rate"),
        ("--batch-size", "training.batch_size"),
        ("--Seed", "seed"),
        ("--optimizer", "optimizer.name"),
        ("--optimiser", "optimizer.name"),
        ("--scheduler", "schedule.name"),
        ("--loss", "loss"),
        ("--weight-decay", "training.l2"),
        ("--every", "schedule.every (of schedule.name=step)"),
        ("--elastic", "augmentation.elastic"),
        ("--training.dropout", "training.dropout"),
        ("--verbose", ""),
        ("--name", "data.names"),
        ("--", ""),
    ],
)
def test_a_word_brings_the_setting_that_it_resembles(word: str, key: str) -> None:
    assert guess(word) == key


def test_a_setting_of_the_chosen_name_is_named_alone_and_of_another_with_that_name() -> None:
    assert guess("beta", {"optimizer": {"name": "momentum"}}) == "optimizer.beta"
    assert guess("beta", {"optimizer": {"name": "sgd"}}) == "optimizer.beta (of optimizer.name=momentum)"
    assert guess("beta", {"optimizer": None}) == "optimizer.beta (of optimizer.name=momentum)"


def test_every_synonym_is_of_a_setting_and_none_is_a_setting_itself() -> None:
    keys = {field.key for field in describe().values()}
    names = {part for key in keys for part in key.split(".")}
    assert set(SYNONYMS.values()) <= names
    assert not set(SYNONYMS) & {key.rpartition(".")[2] for key in keys}
    assert all(guess(synonym) for synonym in SYNONYMS)
