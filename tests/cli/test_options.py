import ast
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mnist_mlp.cli import options
from mnist_mlp.cli.options import grid, note_threads, seeds as parsed_seeds, threads
from mnist_mlp.config import load_config
from mnist_mlp.config.guess import guess
from mnist_mlp.threads import ALL
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("text", "seeds"), [("7", [7]), ("0-4", [0, 1, 2, 3, 4]), ("5,0-1", [5, 0, 1]), ("0-999", list(range(1000)))]
)
def test_seeds_are_a_list_of_numbers_and_ranges_in_the_order_of_the_command_line(text: str, seeds: list[int]) -> None:
    assert parsed_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4-0", "'4-0' is not a range from low to high of at most 1000 seeds"),
        ("0-99999", "'0-99999' is not a range from low to high of at most 1000 seeds"),
        ("a", "'a' is neither a seed nor a range such as 0-4"),
        ("0-", "'0-' is neither a seed nor a range such as 0-4"),
        ("-1", "'-1' is neither a seed nor a range such as 0-4"),
        ("1,,2", "'' is neither a seed nor a range such as 0-4"),
        ("9" * 19, f"'{'9' * 19}' is neither a seed nor a range such as 0-4"),
        ("٣", "'٣' is neither a seed nor a range such as 0-4"),
        ("0-٣", "'0-٣' is neither a seed nor a range such as 0-4"),
        ("²", "'²' is neither a seed nor a range such as 0-4"),
        ("0,0", "a seed appears twice"),
        ("0-3,2", "a seed appears twice"),
    ],
)
def test_other_lists_are_refused(text: str, message: str) -> None:
    with pytest.raises(click.BadParameter) as error:
        parsed_seeds(text)
    assert error.value.message == message


@click.command()
@options.config
@options.settings
def shown(configs: tuple[str, ...], overrides: tuple[str, ...]) -> None:
    click.echo(repr((configs, overrides)))


def test_short_options_are_settings_that_follow_the_overrides() -> None:
    given = "--epochs 3 --lr 1e-3 -o optimizer.name=sgd --batch-size 9 --hidden 8,4 --seed 7 -o training.epochs=5"
    result = CliRunner().invoke(shown, ["-c", "best", "--config=deep", *given.split()])
    configs, overrides = ast.literal_eval(result.stdout)
    assert configs == ("best", "deep")
    assert overrides[:2] == ("optimizer.name=sgd", "training.epochs=5")
    config = load_config(configs, overrides)
    assert config == load_config(
        ["best", "deep"],
        [
            "training={epochs: 3, batch_size: 9}",
            "optimizer={name: sgd, learning_rate: 0.001}",
            "network.hidden=[8, 4]",
            "seed=7",
        ],
    )


def test_short_options_of_one_command_line_do_not_reach_the_next() -> None:
    assert CliRunner().invoke(shown, ["--seed", "7"]).stdout == "((), ('seed=7',))\n"
    assert CliRunner().invoke(shown, []).stdout == "((), ())\n"


def test_a_short_option_means_what_its_name_is_guessed_to_mean() -> None:
    assert {name: guess(name) for name in options.SHORT} == options.SHORT


def test_threads_are_a_positive_number_or_auto() -> None:
    assert [threads(text) for text in ("1", "64", "auto")] == [1, 64, ALL]


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "all", "٣", "²"])
def test_other_numbers_of_threads_are_refused(run: Run, text: str) -> None:
    result = run("train", f"--threads={text}")
    assert result.exit_code == 2
    assert f"{text!r} is neither a number from 1 to 4096 nor auto" in result.stderr
    assert os.listdir() == []  # noqa: PTH208  nothing was begun


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "x.png", "--top", "٣"],
        ["predict", "x.png", "--top", "\N{FULLWIDTH DIGIT THREE}"],
        ["train", "--seeds", "0-1", "--jobs", "٢"],
        ["data", "show", "--rows", "٣"],
        ["data", "show", "--versions", "३"],
        ["evaluate", "pretrained", "--fgsm", "\N{ARABIC-INDIC DIGIT ZERO}"],
        ["evaluate", "pretrained", "--fgsm", "0.٣"],
        ["evaluate", "pretrained", "--fgsm", "nan"],
        ["evaluate", "pretrained", "--fgsm", "-NaN"],
    ],
)
def test_digits_of_other_scripts_and_nan_are_not_numbers(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert f"{arguments[-1]!r} is not a valid " in result.stderr
    assert os.listdir() == []  # noqa: PTH208


@pytest.mark.parametrize("epsilon", ["inf", "-inf", "-0.1", "1.5", "1e999"])
def test_an_fgsm_outside_its_range_is_refused(run: Run, epsilon: str) -> None:
    result = run("evaluate", "pretrained", f"--fgsm={epsilon}")
    assert result.exit_code == 2
    assert "is not in the range 0<=x<=1" in result.stderr


def test_more_threads_than_processors_are_one_note(capsys: pytest.CaptureFixture[str]) -> None:
    note_threads(2, 1, 2)
    note_threads(None, 2, 2)
    note_threads(ALL, 1, 2)
    assert capsys.readouterr().err == ""
    note_threads(500, 2, 2)
    assert capsys.readouterr() == ("", "note: 1,000 threads share 2 processors; at most 2 are faster\n")


def test_the_values_of_a_grid_are_separated_by_commas_outside_brackets() -> None:
    assert grid("training.l2=0, 1e-4") == ("training.l2", ["0", "1e-4"])
    assert grid("network.hidden=[64],[64, 32]") == ("network.hidden", ["[64]", "[64, 32]"])
    assert grid("schedule={name: step, every: 3},{name: linear}")[1] == ["{name: step, every: 3}", "{name: linear}"]


@pytest.mark.parametrize(
    ("arguments", "suffixes"),
    [(["report", "pretrained", "-o", "page.pdf"], ".html or .htm"), (["lr-find", "--output", "loss.txt"], ".png")],
)
def test_a_file_of_another_format_than_its_suffix_says_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, arguments: list[str], suffixes: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert f"{arguments[-1]!r} does not end in {suffixes}, the format of the file" in result.stderr
    assert not any(tmp_path.iterdir())
