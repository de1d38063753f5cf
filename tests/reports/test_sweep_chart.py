from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.reports.sweep_chart import _labels, draw_sweep
from mnist_mlp.runs.sweep_results import RunResult, TrialResult


def trials(**settings: tuple[str, ...]) -> list[TrialResult]:
    """Trials with the accuracies 0.5, 0.6, ..., the last one failed."""
    combined = list(zip(*settings.values(), strict=True))
    found = []
    for i, values in enumerate(combined):
        texts = tuple(f"{key}={value}" for key, value in zip(settings, values, strict=True))
        accuracy = 0.5 + 0.1 * i
        runs = [RunResult(f"trial-{i}-seed-{s}", i, s, 1, accuracy + 0.02 * s, 0.1) for s in (0, 1)]
        failed = [RunResult("failed", i, 0, failure="training diverged", exit_code=6)]
        found.append(TrialResult(i, texts, failed if i == len(combined) - 1 else runs))
    return found


@pytest.mark.parametrize(
    "results",
    [
        trials(rate=("0.001", "0.1", "10", "1e6")),
        trials(optimizer=("sgd", "adam", "momentum")),
        trials(rate=("1", "1", "2", "2"), hidden=("[8]", "[16]", "[8]", "[16]")),
        trials(a=("1", "2"), b=("1", "2"), c=("1", "2")),
    ],
    ids=["line", "rows", "heat map", "three settings"],
)
def test_a_sweep_is_drawn_on_white_at_least_600_pixels_wide(tmp_path: Path, results: list[TrialResult]) -> None:
    draw_sweep(results, tmp_path / "results.png")
    picture = np.asarray(Image.open(tmp_path / "results.png").convert("L"))
    assert picture.shape[1] >= 600
    assert (picture > 250).mean() > 0.3, "the background is light"
    assert (picture < 100).any()
    before = (tmp_path / "results.png").read_bytes()
    draw_sweep(results, tmp_path / "results.png")
    assert (tmp_path / "results.png").read_bytes() == before


ODD = ("数据 of 2026", "$\\frac$", "a")


@pytest.mark.parametrize("settings", [{"a": ODD}, {"a": ODD, "b": ODD}, {"a": ("1", "2", "数据 $x_$")}])
def test_values_that_the_font_lacks_and_formulas_are_text(tmp_path: Path, settings: dict[str, tuple[str, ...]]) -> None:
    pictures = []
    for old, new in (("", ""), ("数据", r"\u6570\u636e")):
        written = {key: tuple(value.replace(old, new) for value in values) for key, values in settings.items()}
        draw_sweep(trials(**written), tmp_path / "results.png")
        pictures.append((tmp_path / "results.png").read_bytes())
    assert pictures[0] == pictures[1]


def test_trials_of_several_grids_are_labelled_with_their_keys() -> None:
    same, others = trials(**{"optimizer.name": ("sgd", "adam"), "b": ("1", "2")}), trials(b=("3", "4"))
    assert _labels(same) == ["sgd, 1", "adam, 2"]
    assert _labels([*same, *others, TrialResult(9, (), [])]) == [
        "optimizer=sgd, b=1",
        "optimizer=adam, b=2",
        "b=3",
        "b=4",
        "no change",
    ]


def test_a_better_trial_is_drawn_elsewhere(tmp_path: Path) -> None:
    results = trials(rate=("0.001", "0.1", "10"))
    draw_sweep(results, tmp_path / "one.png")
    better = [result._replace(runs=[run._replace(validation=0.9) for run in result.runs]) for result in results[:1]]
    draw_sweep([*better, *results[1:]], tmp_path / "other.png")
    assert (tmp_path / "one.png").read_bytes() != (tmp_path / "other.png").read_bytes()


def test_failed_trials_are_counted_above_the_rows_of_the_others(tmp_path: Path) -> None:
    results = trials(optimizer=("sgd", "adam", "momentum"))
    pictures = []
    for shown in (results, results[:-1]):
        draw_sweep(shown, tmp_path / "results.png")
        pictures.append((tmp_path / "results.png").read_bytes())
    assert pictures[0] != pictures[1]
