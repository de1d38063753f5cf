import pytest

from mnist_mlp.config import load_config, packaged_configs
from mnist_mlp.runs.differences import FEW, Differences, differences, flat


@pytest.mark.parametrize("base", sorted(packaged_configs()))
def test_a_run_of_a_config_of_the_package_differs_in_nothing(base: str) -> None:
    assert differences([flat(load_config(base))]) == [Differences(base, {})]


def test_what_differs_from_the_most_similar_config_is_named() -> None:
    (found,) = differences([flat(load_config("reference", ["optimizer.learning_rate=0.1", "network.hidden=[64, 32]"]))])
    assert found == Differences("reference", {"network.hidden": (64, 32), "optimizer.learning_rate": 0.1})
    assert found.text() == "reference: hidden=[64, 32], learning_rate=0.1"


def test_the_table_has_the_value_of_the_base_beside_that_of_the_run() -> None:
    (found,) = differences([flat(load_config("default", ["schedule={name: step, every: 3}", "network.hidden=[9, 9]"]))])
    assert found.table() == [
        ("network.hidden", "[9, 9]", "[128]"), ("schedule.name", "step", "linear"), ("schedule.every", "3", "-"),
        ("schedule.factor", "0.1", "-"),
    ]  # fmt: skip


def test_a_choice_is_named_by_its_section() -> None:
    (found,) = differences([flat(load_config("default", ["schedule.name=cosine", "augmentation.name=none"]))])
    assert found.text() == "default: augmentation=none, schedule=cosine"


def test_runs_far_from_every_config_are_compared_with_each_other() -> None:
    own = ["network={hidden: [9, 9], activation: tanh, initializer: glorot_uniform, dtype: float64}", "seed=5",
           "data={classes: 3, validation: 7}", "training={l2: 0, epochs: 2}"]  # fmt: skip
    configs = [load_config("default", [*own, f"training.batch_size={n}"]) for n in (8, 8, 16)]
    alone, *found = differences([flat(configs[0])]) + differences([flat(config) for config in configs])
    assert alone.base is not None
    assert len(alone.settings) > FEW
    assert found == [Differences(None, {}), Differences(None, {}), Differences(None, {"training.batch_size": 16})]
    assert found[2].text() == "batch_size=16"
