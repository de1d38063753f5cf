"""The page of several runs, parsed as HTML."""

import re
import shutil
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from mnist_mlp.config import load_config
from mnist_mlp.errors import ConfigError
from mnist_mlp.reports.comparison_report import render_comparison, write_comparison_report
from mnist_mlp.runs.directory import Run, best_record
from tests.browser import accessibility_faults, show
from tests.reports.parsed_page import Page, tables

ACCURACIES = (0.5, 0.75, 0.25, 0.35)


def run_like(hasty: Path, name: str, accuracy: float, *overrides: str) -> Run:
    """Return a copy of a run with other settings, and with a validation accuracy of its own."""
    run = Run(Path(name))
    shutil.copytree(hasty, run.directory)
    run.evaluation_file.unlink(missing_ok=True)
    run.write_config(load_config(run.config_file, overrides))
    text = run.metrics_file.read_text()
    run.metrics_file.write_text(re.sub(r'"validation_accuracy":[0-9.]+', f'"validation_accuracy":{accuracy}', text))
    return run


@pytest.fixture
def runs(hasty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Three configs, of which the second has the best validation accuracy, and the last has two seeds."""
    monkeypatch.chdir(tmp_path)
    return [
        run_like(hasty, "run-0", 0.5),
        run_like(hasty, "run-1", 0.75, "optimizer.learning_rate=0.2", "network.activation=tanh"),
        run_like(hasty, "run-2", 0.25, "optimizer.learning_rate=0.3"),
        run_like(hasty, "run-3", 0.35, "optimizer.learning_rate=0.3", "seed=1"),
    ]


def cells(html: str, section: str) -> list[list[str]]:
    """Return the rows of the only table of a section."""
    (rows,) = tables(html, section)
    return rows


def test_the_best_config_is_first_and_seeds_are_summarised(runs: list[Run]) -> None:
    best = best_record(runs[1].records())
    assert best is not None
    runs[1].note_evaluation(best.epoch, 0.625)
    rows = cells(render_comparison(runs), "Results")
    assert [row[1:3] for row in rows] == [["1", "75.00 %"], ["1", "50.00 %"], ["2", "30.00 ± 7.07 %"]]
    assert rows[0][0].startswith("1: default: activation=tanh, learning_rate=0.2")
    assert "learning_rate=0.3" in rows[2][0]
    assert "epochs" not in "".join(row[0] for row in rows), "what all runs have in common is no name"
    assert [row[4] for row in rows] == ["62.50 %", "-", "-"], "what was not evaluated is not known"


def test_each_run_has_a_row_with_its_config_and_its_seed(runs: list[Run]) -> None:
    rows = cells(render_comparison(runs), "Runs")
    assert [(*row[:3], row[5]) for row in rows] == [
        ("run-1", "1", "0", "75.00 %"),
        ("run-0", "2", "0", "50.00 %"),
        ("run-3", "3", "1", "35.00 %"),
        ("run-2", "3", "0", "25.00 %"),
    ]


def test_the_contents_lead_to_every_section_in_order(runs: list[Run]) -> None:
    html = render_comparison(runs)
    assert re.findall('<li><a href="#(.*)">', html) == re.findall(r'</summary>\n<div id="(.*)">', html) != []


def test_settings_that_differ_are_a_table_with_a_column_for_each_config(runs: list[Run]) -> None:
    rows = {row[0]: row[1:] for row in cells(render_comparison(runs), "Settings")}
    assert rows["network.activation"][1:] == ["tanh", "relu", "relu"]
    assert rows["optimizer.learning_rate"][1:] == ["0.2", "0.01", "0.3"]
    assert rows["training.epochs"][1:] == ["2", "2", "2"], "it differs from the config of the package"
    assert "seed" not in rows
    assert "loss" not in rows


def test_runs_of_one_config_are_named_by_it_in_the_title(runs: list[Run]) -> None:
    (title, *_) = Page(render_comparison(runs[2:])).text["title"]
    assert "directory" not in title, "paths of data are too long for it"
    assert re.fullmatch(r"2 runs: \w+: .*learning_rate=0.3.* · \d{4}-\d\d-\d\d · \d:\d\d of training", title)
    assert Page(render_comparison(runs)).text["title"][0].startswith("4 runs: 3 configs · ")


def test_a_single_run_is_not_called_runs(runs: list[Run]) -> None:
    assert "<h1>1 run</h1>" in render_comparison(runs[:1])


def test_the_curves_of_all_configs_are_in_each_chart(runs: list[Run]) -> None:
    html = render_comparison(runs)
    charts = [chart["aria-label"] or "" for chart in Page(html).all("svg") if chart["class"] == "chart"]
    assert [label.partition(" by epoch")[0] for label in charts] == [
        "Validation accuracy", "Validation loss", "Training accuracy", "Training loss", "Learning rate",
    ]  # fmt: skip
    assert " from 0.3000 to 0.3000" in charts[0], "the mean over the seeds"
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(set(ids)) == len(ids)
    assert html.count('class="sample"') == 3


def test_of_many_configs_the_first_six_have_names_and_the_others_lines(hasty: Path, runs: list[Run]) -> None:
    many = [run_like(hasty, f"more-{i}", 0.1, f"training.batch_size={i}") for i in range(1, 6)]
    html = render_comparison([*runs, *many])
    assert len(cells(html, "Results")) == 8
    (label, *_) = (chart["aria-label"] or "" for chart in Page(html).all("svg") if chart["class"] == "chart")
    assert "6: " in label
    assert "7: " not in label
    assert html.count('class="sample"') == 6


def test_runs_without_validation_have_curves_of_training_alone(runs: list[Run]) -> None:
    for run in runs:
        text = run.metrics_file.read_text()
        run.metrics_file.write_text(re.sub(r'"(validation_\w+)":[0-9.]+', r'"\1":null', text))
    html = render_comparison(runs)
    assert html.count('class="chart"') == 3
    assert [row[2] for row in cells(html, "Results")] == ["-", "-", "-"]


def test_a_run_that_has_not_ended_an_epoch_has_a_row(runs: list[Run]) -> None:
    runs[0].metrics_file.write_text("")
    html = render_comparison(runs)
    assert ["run-0", "3", "0", "0", "-", "-", "-", "-"] in [row[:8] for row in cells(html, "Runs")]


def test_names_are_text_and_no_markup(runs: list[Run]) -> None:
    hostile = Run(Path("<i>&amp;"))
    shutil.copytree(runs[0].directory, hostile.directory)
    page = Page(render_comparison([hostile, *runs]))
    assert not page.all("i")
    assert "<i>&amp;" in "".join(page.text["th"])


def test_the_page_is_in_the_directory_of_a_single_sweep_or_here(
    runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert write_comparison_report(runs) == Path("comparison.html")
    Path("all").mkdir()
    for run in runs:
        run.directory.rename(f"all/{run.directory.name}")
    Path("all/seeds.json").write_text("[0]")
    assert write_comparison_report(["all"]) == Path("all/report.html")
    assert len(cells(Path("all/report.html").read_text(encoding="utf-8"), "Runs")) == 4
    monkeypatch.chdir("all")
    assert write_comparison_report(["run-0", Run(Path("run-1"))]) == Path("comparison.html"), (
        "not the page of the sweep"
    )
    with pytest.raises(ConfigError, match="no runs to compare"):
        write_comparison_report([])


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_it_fits_a_phone_and_axe_finds_no_accessibility_fault(
    browser: Chrome, runs: list[Run], width: int, scheme: str
) -> None:
    show(browser, write_comparison_report(runs), width, 800, prefers_color_scheme=scheme)
    assert browser.execute_script("return document.querySelectorAll('.section[open]').length") == (
        4 if width > 640 else 0
    )
    browser.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    root = "const root = document.documentElement; return root.scrollWidth - root.clientWidth"
    assert browser.execute_script(root) == 0
    assert accessibility_faults(browser) == []
