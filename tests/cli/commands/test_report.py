import importlib.util
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from selenium.webdriver import Chrome

from tests.browser import complaints, screenshot, show
from tests.cli.conftest import Run, tiny


def test_the_report_is_written_into_the_run_or_to_output(run: Run, trained: Path) -> None:
    shutil.copytree(trained, "copy")
    result = run("report", "copy")
    assert (result.exit_code, result.stdout) == (0, f"{Path('copy/report.html')}\n"), result.stderr
    assert run("report", trained, "-o", "mine.html").stdout == "mine.html\n"
    assert Path("mine.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert not (trained / "report.html").exists()


@pytest.mark.parametrize("missing", ["matplotlib", "jinja2"])
@pytest.mark.parametrize("command", ["report", "train"])
def test_a_missing_package_is_one_line_with_the_command_that_installs_it(
    run: Run, trained: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch, missing: str, command: str
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        "mnist_mlp.reports.templates.find_spec", lambda name: None if name == missing else find_spec(name)
    )
    arguments = [trained] if command == "report" else ["--report", "--run-dir", "new", *tiny(tiny_data)]
    result = run(command, *arguments)
    assert result.exit_code == 2
    assert result.stderr == (
        f"error: report needs more packages: {missing} not installed; pip install 'mnist-mlp[report]'\n"
    )
    assert list(Path().iterdir()) == [], "and before anything is trained"


def test_a_run_that_is_none_is_one_line(run: Run) -> None:
    result = run("report", "nowhere")
    assert result.exit_code == 5
    assert result.stderr.startswith("error: no run here: nowhere")


def test_a_page_that_cannot_be_written_is_one_line(run: Run, trained: Path) -> None:
    result = run("report", trained, "-o", "no/where.html")
    assert result.exit_code == 5
    assert len(result.stderr.splitlines()) == 1


def test_train_with_report_writes_the_report_at_the_end(run: Run, tiny_data: Path) -> None:
    result = run("train", "--report", "--run-dir", "r", *tiny(tiny_data))
    assert result.exit_code == 0, result.stderr
    assert f"report: {Path('r/report.html')}" in result.stdout
    assert "<h1>r</h1>" in Path("r/report.html").read_text(encoding="utf-8")


def test_report_works_on_resume_and_is_refused_for_several_seeds(run: Run, tiny_data: Path) -> None:
    assert run("train", "--run-dir", "r", *tiny(tiny_data)).exit_code == 0
    assert not Path("r/report.html").exists()
    assert run("train", "--resume", "r", "--report").exit_code == 0
    assert Path("r/report.html").is_file()
    result = run("train", "--report", "--seeds", "0-1", "--run-dir", "s", *tiny(tiny_data))
    assert result.exit_code == 2
    assert not Path("s").exists()


@pytest.mark.parametrize(
    "settings",
    [
        ["-o", "loss=squared_error"],
        ["-o", "network.hidden=[]"],
        ["-o", "network.hidden=[150, 7]", "-o", "network.activation=tanh", "-o", "data.validation=0"],
        ["-o", "training.epochs=1", "-o", "network.bias=false", "-o", "network.dtype=float64"],
    ],
)
def test_every_kind_of_network_has_a_report(run: Run, tiny_data: Path, settings: list[str]) -> None:
    assert run("train", "--run-dir", "r", *tiny(tiny_data), *settings).exit_code == 0
    result = run("report", "r")
    assert result.exit_code == 0, result.stderr
    html = Path("r/report.html").read_text(encoding="utf-8")
    assert ("nothing to calibrate" in html) == ("loss=squared_error" in settings)
    assert ("Weights into class 9" in html) == ("network.hidden=[]" in settings)
    assert ("the first 128 of 150" in html) == ("network.hidden=[150, 7]" in settings)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_draws_it_light_and_dark(run: Run, trained: Path, browser: Chrome, scheme: str) -> None:
    assert run("report", trained, "-o", "r.html").exit_code == 0
    show(browser, Path("r.html"), 500, 3000, prefers_color_scheme=scheme)
    with Image.open(BytesIO(screenshot(browser))) as shot:
        corner = shot.convert("L").getpixel((3, 3))
        assert isinstance(corner, int)
        assert corner > 240 if scheme == "light" else corner < 40
        assert len(shot.convert("RGB").getcolors(2**24) or []) > 500, "charts and pictures are there"
    assert complaints(browser) == []


def test_the_weights_of_the_package_have_a_report_in_this_directory(run: Run) -> None:
    result = run("report", "pretrained")
    assert (result.exit_code, result.stdout) == (0, "pretrained.html\n")
    assert "<h1>pretrained</h1>" in Path("pretrained.html").read_text(encoding="utf-8")


def test_several_runs_and_a_sweep_have_a_report_of_their_differences(run: Run, trained: Path, tiny_data: Path) -> None:
    assert run("train", "--quiet", "--run-dir", "all/seed-1", *tiny(tiny_data), "-o", "seed=1").exit_code == 0
    shutil.copytree(trained, "all/seed-0")
    Path("all/seeds.json").write_text("[0, 1]")
    result = run("report", "all/seed-0", "all/seed-1")
    assert (result.exit_code, result.stdout) == (0, "comparison.html\n"), result.stderr
    assert run("report", "all").stdout == f"{Path('all/report.html')}\n"
    assert Path("all/report.html").read_text(encoding="utf-8") == Path("comparison.html").read_text(encoding="utf-8")
    assert run("report", "all", "-o", "mine.html").stdout == "mine.html\n"
    assert run("report", "all", "--data", tiny_data).exit_code == 2
    assert run("report", "all", "nowhere").exit_code == 5
