import csv
import json
import re
import shlex
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Run, tiny

GRID = ("--grid", "optimizer.learning_rate=0.0001,0.01", "--grid", "network.hidden=[8],[16, 8]")


def test_a_grid_is_trained_compared_and_drawn_and_the_next_command_works(run: Run, tiny_data: Path) -> None:
    result = run("sweep", *GRID, "--seeds", "0,3", "--jobs", 2, *tiny(tiny_data))
    assert result.exit_code == 0, result.stderr
    (directory,) = Path("runs").iterdir()
    assert re.fullmatch(r"\d{8}-\d{6}-sweep-default", directory.name)
    assert result.stdout.startswith(f"{directory}: 4 trials, 2 seeds, 2 at a time\n")
    records = json.loads((directory / "results.json").read_text())
    means = [record["validation"]["mean"] for record in records]
    assert means == sorted(means, reverse=True)
    assert records[0]["settings"]["optimizer.learning_rate"] == 0.01
    assert all(record["test"] is None for record in records)
    assert "test" not in result.stdout
    rows = list(csv.DictReader((directory / "results.csv").read_text().splitlines()))
    assert {(row["trial"], row["seed"]) for row in rows} == {(str(t), s) for t in range(1, 5) for s in "03"}
    table = re.findall(r"^ +(\d)  +[\d.]+  +\[.*\]  +[\d.]+ ± [\d.]+ %  +[\d.]+$", result.stdout, re.M)
    assert table == [str(record["trial"]) for record in records]
    with Image.open(directory / "results.png") as picture:
        assert picture.width >= 600
    program, *arguments = shlex.split(result.stdout.splitlines()[-1].removeprefix("next: "))
    assert program == "mnist-mlp"
    assert run(*arguments, "--run-dir", "best").exit_code == 0
    best = records[0]["runs"][0]
    assert (Path("best/metrics.jsonl").read_bytes()) == (directory / best["run"] / "metrics.jsonl").read_bytes()
    listed = [json.loads(line)["run"] for line in run("runs", "--json").stdout.splitlines()]
    assert {str(directory / row["run"]) for row in rows} <= set(listed)


def test_the_test_set_is_used_only_if_asked_for(run: Run, tiny_data: Path) -> None:
    result = run("sweep", "--grid", "training.l2=0,0.1", "--test", "--run-dir", "all", *tiny(tiny_data))
    assert result.exit_code == 0, result.stderr
    assert re.search(r"^trial +training\.l2 +validation +test +seconds$", result.stdout, re.M)
    records = json.loads(Path("all/results.json").read_text())
    assert all(0 <= record["test"]["mean"] <= 1 for record in records)
    again = run("train", "--resume", "all")
    assert again.exit_code == 0
    assert again.stdout == result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "nothing to sweep; give --grid KEY=VALUE,VALUE"),
        (["--grid", "training.l2"], 2, "'training.l2' is not KEY=VALUE,VALUE"),
        (["--grid", "training.l2=0,,1"], 2, "is not KEY=VALUE,VALUE"),
        (["--grid", "training.l2=0,0"], 2, "has a value twice"),
        (["--grid", "seed=0,1"], 2, "give the seeds with --seeds"),
        (["--grid", "training.l2=0", "--grid", "training.l2=1"], 2, "a setting has two --grid or --range"),
        (["--grid", "training.l3=0,1"], 2, "unknown key: training.l3=0"),
        (["--grid", "training.l2=0,-1"], 2, "bad value: training.l2=-1"),
        (["--grid", "training.l2=0,1", "-o", "data.validation=0"], 2, "hold some out: -o data.validation=10000"),
        (["--grid", "data.directory=nowhere,elsewhere"], 3, "data not found: nowhere"),
        (["--trials", "3"], 2, "a search needs both --trials N and --range"),
        (["--range", "training.dropout=0:0.5"], 2, "a search needs both --trials N and --range"),
        (["--trials", "3", "--range", "training.dropout=0:0.5", "--seeds", "0-1"], 2, "a search has one seed"),
        (["--trials", "3", "--range", "training.dropout=0:0.5", "--mpi"], 2, "leave --mpi out"),
        (["--resume", "here", "--grid", "training.l2=0,1"], 2, "--resume takes config, settings, seeds and"),
        (["--trials", "3", "--range", "seed=0:9"], 2, "the seed cannot be swept as a setting"),
        (["--grid", "training.l2=0,1", "--seed", "1", "--seeds", "0-1"], 2, "leave --seed out"),
        (["--resume", "here"], 5, "no sweep here: here: no such directory; give the directory of a sweep"),
        (["--mpi", "--jobs", "2", "--grid", "training.l2=0,1"], 2, "mpiexec sets the number of processes"),
    ],
)
def test_what_cannot_be_swept_is_one_line_before_anything_is_written(
    run: Run, arguments: list[str], code: int, message: str
) -> None:
    result = run("sweep", *arguments)
    assert result.exit_code == code
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert list(Path().iterdir()) == []


def test_a_search_prints_its_trials_and_draws_them(run: Run, tiny_data: Path) -> None:
    pytest.importorskip("optuna")
    search = ("--trials", 3, "--range", "training.l2=0:0.1", "--grid", "network.hidden=[8],[16]", "--run-dir", "all")
    result = run("sweep", *search, *tiny(tiny_data), "-o", "training.epochs=1")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("all: 3 trials, 1 seed, 1 at a time\n")
    assert re.search(r"^trial +training\.l2 +network\.hidden +validation +seconds$", result.stdout, re.M)
    assert len(re.findall(r"^ +\d  ", result.stdout, re.M)) == 3
    with Image.open("all/results.png") as picture:
        assert picture.width >= 600


def test_a_search_without_optuna_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_mlp.runs.search.find_spec", lambda name: None)
    result = run("sweep", "--trials", 3, "--range", "training.l2=0:0.1")
    assert result.exit_code == 2
    assert result.stderr == "error: search needs Optuna: it is not installed; pip install 'mnist-mlp[search]'\n"
