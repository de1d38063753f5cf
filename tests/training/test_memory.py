"""The estimate of the memory that training takes, and the memory that is free."""

from pathlib import Path

import pytest

from mnist_mlp.config import load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.data.prefetch import COPIES
from mnist_mlp.errors import ConfigError
from mnist_mlp.training import memory
from mnist_mlp.training.memory import available, check_memory, fits, needed


def small(*overrides: str) -> Config:
    """A deep network: in one of few layers the initial random numbers would take the most."""
    hidden = ["network.hidden=[500, 500, 500, 500, 500, 500]", "data.validation=0", "training.batch_size=1"]
    return load_config(overrides=[*hidden, *overrides])


PARAMETERS = 784 * 500 + 500 + 5 * (500 * 500 + 500) + 500 * 10 + 10


@pytest.mark.parametrize(
    ("override", "vectors"),
    [
        ("optimizer.name=momentum", 1 * 3),  # while training, and twice in a checkpoint
        ("optimizer.name=adam", 2 * 3),
        ("training.ema_decay=0.9", 1 * 3),
        ("training.l2=0.1", 1),
    ],
)
def test_each_vector_of_the_size_of_the_parameters_counts(override: str, vectors: int) -> None:
    plain = ("optimizer.name=sgd", "training.l2=0")
    before, after = (needed(small(*plain, *more), 100, 784) for more in ((), (override,)))
    assert after - before == vectors * 4 * PARAMETERS


def test_a_sample_takes_its_pixels_unless_its_file_is_mapped() -> None:
    assert needed(small(), 1100, 784) - needed(small(), 100, 784) == 1000 * (784 + 1 + 13)
    assert needed(small(), 1100, 784, mapped=True) - needed(small(), 100, 784, mapped=True) == 1000 * 13


def test_synthetic_digits_take_their_pixels_and_indices() -> None:
    plain, mixed = (needed(small("data.synthetic=" + share), 100, 784) for share in ("0", "0.5"))
    assert mixed - plain == 100 * 13 + 2000 * 785


def test_batches_that_wait_take_the_memory_of_their_inputs() -> None:
    config = small("training.batch_size=64")
    assert needed(config, 100, 784, workers=1) - needed(config, 100, 784) == COPIES * 64 * 784 * 4
    assert needed(config, 10, 784, workers=1) - needed(config, 10, 784) == COPIES * 10 * 784 * 4


def test_float64_takes_twice_the_memory_of_float32_for_the_parameters() -> None:
    single, double = (needed(small(f"network.dtype={dtype}"), 1, 784) for dtype in ("float32", "float64"))
    assert 1.9 < double / single < 2.1


def test_training_that_fits_is_not_refused_and_that_of_many_processes_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    need = needed(small(), 100, 784)
    monkeypatch.setattr(memory, "available", lambda *_: 3 * need)
    check_memory(small(), 100, 784)
    check_memory(small(), 100, 784, processes=3)
    with pytest.raises(
        ConfigError,
        match=r"^not enough memory: network\.hidden \[500, .*\], training\.batch_size 1: training would take about "
        r"0\.\d\d GiB, and 0\.\d\d GiB are free; use narrower layers or smaller batches$",
    ):
        check_memory(small(), 100, 784, processes=4)


def test_synthetic_digits_that_do_not_fit_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda *_: needed(small(), 10_000, 784) + 1000)
    with pytest.raises(ConfigError, match=r"^not enough memory: data\.synthetic 0\.9: .*; use a smaller fraction$"):
        check_memory(small("data.synthetic=0.9"), 10_000, 784)


def test_the_limits_of_a_container_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    free = available()
    assert free > 2**27
    for limit, usage in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        (tmp_path / limit).parent.mkdir(exist_ok=True)
        (tmp_path / usage).write_text("1000\n")
        (tmp_path / limit).write_text("100000000\n")
        assert available() == 100_000_000 - 1000
        with pytest.raises(ConfigError, match=r"not enough memory: .* and 0\.09 GiB are free"):
            check_memory(load_config(overrides=["network.hidden=[20000]"]), 60_000, 784)
        (tmp_path / limit).write_text("max\n")
        assert available() > 2**27


def test_a_worker_that_does_not_fit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda workers, _: needed(small(), 100, 784) - 2**20 * workers)
    assert fits(small(), 100, 784)
    assert not fits(small(), 100, 784, workers=1)
    check_memory(small(), 100, 784)
    with pytest.raises(ConfigError, match=r"^not enough memory: a worker that prepares batches: .*; train without it$"):
        check_memory(small(), 100, 784, workers=1)


def test_the_limit_of_the_address_space_is_that_of_each_process(monkeypatch: pytest.MonkeyPatch) -> None:
    need = needed(small(), 100, 784)
    monkeypatch.setattr(memory, "_free_address_space", lambda _: iter([need]))
    assert available(processes=3) == 3 * available() == 3 * need
    check_memory(small(), 100, 784, processes=3)
    monkeypatch.setattr(memory, "_free_in_cgroup", lambda: iter([2 * need]))
    with pytest.raises(ConfigError, match="not enough memory"):
        check_memory(small(), 100, 784, processes=3)
