"""The page of several runs, parsed as HTML."""

import re
import shutil
from pathlib import Path

import pytest

from mnist_mlp.config import load_config
from mnist_mlp.errors import ConfigError
from mnist_mlp.reports.comparison_report import render_comparison, write_comparison_report
from mnist_mlp.runs.directory import Run
from tests.reports.test_run_report import Page


@pytest.fixture
def runs(hasty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Three runs with other settings, of which the second has the best validation accuracy."""
    monkeypatch.chdir(tmp_path)
    runs = []
    for i, (rate, activation) in enumerate(((0.1, "relu"), (0.2, "tanh"), (0.1, "relu"))):
        run = Run(Path(f"run-{i}"))
        shutil.copytree(hasty, run.directory)
        run.write_config(
            load_config(run.config_file, [f"optimizer.learning_rate={rate}", f"network.activation={activation}"])
        )
        pattern = r'"validation_accuracy":[0-9.]+'
        text = run.metrics_file.read_text()
        run.metrics_file.write_text(re.sub(pattern, f'"validation_accuracy":{(0.5, 0.75, 0.25)[i]}', text))
        runs.append(run)
    return runs


def cells(html: str) -> list[list[str]]:
    """Return the text of each row of the table."""
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.findall(r">([^<]+)</t[hd]>", row) for row in body.split("<tr>")[1:]]


def test_the_best_run_is_first_and_only_settings_that_differ_are_columns(runs: list[Run]) -> None:
    best = max(range(len(runs[1].records())), key=lambda i: -(runs[1].records()[i].validation_loss or 0)) + 1
    runs[1].note_evaluation(best, 0.625)
    html = render_comparison(runs)
    heads = re.findall(r'<th scope="col">([^<]+)</th>', html)
    assert heads[:5] == ["run", "valid. acc.", "test acc.", "network.activation", "optimizer.learning_rate"]
    rows = cells(html)
    assert [row[:2] for row in rows] == [["1: run-1", "75.00 %"], ["2: run-0", "50.00 %"], ["3: run-2", "25.00 %"]]
    assert [row[2] for row in rows] == ["62.50 %", "-", "-"], "what was not evaluated is not known"
    assert [row[3:5] for row in rows] == [["tanh", "0.2"], ["relu", "0.1"], ["relu", "0.1"]]


def test_the_curves_of_all_runs_are_in_each_chart(runs: list[Run]) -> None:
    page = Page(render_comparison(runs))
    charts = [chart["aria-label"] or "" for chart in page.all("svg")]
    assert [label.partition(" by epoch")[0] for label in charts] == [
        "Training loss", "Validation loss", "Training accuracy", "Validation accuracy",
    ]  # fmt: skip
    assert all("1: run-1, activation=tanh, learning_rate=0.2 from " in label for label in charts)
    ids = re.findall(r'\bid="([^"]+)"', render_comparison(runs))
    assert len(set(ids)) == len(ids)


def test_of_many_runs_the_first_six_have_names_and_the_others_lines(runs: list[Run]) -> None:
    many = [*runs, *(Run(Path(shutil.copytree("run-2", f"more-{i}"))) for i in range(5))]
    html = render_comparison(many)
    assert len(cells(html)) == 8
    (label,) = {chart["aria-label"] for chart in Page(html).all("svg")[:1]}
    assert "6: " in (label or "")
    assert "7: " not in (label or "")


def test_runs_without_validation_have_curves_of_training_alone(runs: list[Run]) -> None:
    for run in runs:
        text = run.metrics_file.read_text()
        run.metrics_file.write_text(re.sub(r'"(validation_\w+)":[0-9.]+', r'"\1":null', text))
    html = render_comparison(runs)
    assert len(Page(html).all("svg")) == 2
    assert [row[5] for row in cells(html)] == ["-", "-", "-"]


def test_names_are_text_and_no_markup(runs: list[Run]) -> None:
    hostile = Run(Path("<i>&amp;"))
    shutil.copytree(runs[0].directory, hostile.directory)
    page = Page(render_comparison([hostile, *runs]))
    assert not page.all("i")
    assert "2: <i>&amp;" in "".join(page.text["th"])


def test_the_page_is_beside_the_sweep_or_here(runs: list[Run]) -> None:
    assert write_comparison_report(runs) == Path("comparison.html")
    Path("all").mkdir()
    for run in runs:
        run.directory.rename(f"all/{run.directory.name}")
    Path("all/seeds.json").write_text("[0]")
    assert write_comparison_report(["all"]) == Path("all/report.html")
    assert Path("all/report.html").read_text(encoding="utf-8").count('<th scope="row">') == 3
    with pytest.raises(ConfigError, match="no runs to compare"):
        write_comparison_report([])
