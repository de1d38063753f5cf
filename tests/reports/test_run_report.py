"""The page, parsed as HTML: complete, without other files, escaped, with a description of every picture."""

import base64
import hashlib
import io
import json
import re
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.config import load_config
from mnist_mlp.data.source import load_dataset
from mnist_mlp.evaluation.calibration import expected_calibration_error
from mnist_mlp.evaluation.metrics import evaluate
from mnist_mlp.formatting import clock
from mnist_mlp.reports.run_report import FAINTEST, STRONGEST, render, write_report
from mnist_mlp.runs.differences import differences, flat
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.find import save_checkpoint
from mnist_mlp.runs.listing import started
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.training.state import new_state
from tests.reports.parsed_page import Page, tables


def page_of(run: Run) -> str:
    return render(run.best, str(run.directory), run=run)


@pytest.fixture(scope="module")
def html(hasty: Path) -> str:
    return page_of(Run(hasty))


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_it_needs_no_network_and_runs_only_its_own_script(html: str, page: Page) -> None:
    outside = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+|<script>.*</script>", "", html, flags=re.S)
    assert not re.search(r"https?:|//|@import|url\((?!#)", outside)
    assert not {"link", "iframe", "object"} & {tag for tag, _ in page.elements}
    assert page.all("script") == [{}]
    for _, attributes in page.elements:
        for name in ("src", "href", "xlink:href"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:image/png;base64,", "#")), value
    (policy,) = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    digest = base64.b64encode(hashlib.sha256("".join(page.text["script"]).encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"


def test_it_says_its_language_fits_a_phone_and_knows_the_dark(html: str, page: Page) -> None:
    assert page.all("html") == [{"lang": "en"}]
    metas = {meta.get("name"): meta.get("content") for meta in page.all("meta")}
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert metas["color-scheme"] == "light dark"
    assert "prefers-color-scheme: dark" in html
    assert len(page.all("h1")) == 1
    assert len(page.all("h2")) == 10


def test_the_contents_lead_to_every_section_in_order(html: str, page: Page) -> None:
    titles = re.findall(r"<h2>(.*)</h2>", html)
    assert re.findall(r'<li><a href="#([^"]*)">(.*)</a>', html) == [
        (title.lower().replace(" ", "-"), title) for title in titles
    ]
    assert [a["href"] for a in page.all("a")] == [
        f"#{name}" for name in re.findall(r'</summary>\n<div id="(.*)">', html)
    ]


def test_the_title_says_config_date_and_duration(page: Page, hasty: Path) -> None:
    run = Run(hasty)
    began = datetime.fromtimestamp(started(run))
    heading, title = page.text["h1"][0], page.text["title"][0]
    assert title.startswith(f"{heading}: ")
    config = differences([flat(run.config())])[0]
    del config.settings["data.directory"]
    assert "epochs=2" in config.text()
    assert title.endswith(f" % · {config.text()} · {began:%Y-%m-%d %H:%M} · 2 epochs in {clock(run.seconds())}")


@pytest.mark.slow
def test_an_interrupted_run_and_one_without_validation_say_so(hasty: Path, tmp_path: Path) -> None:
    run = Run(shutil.copytree(hasty, tmp_path / "run"))
    assert "epoch 2, the best of 2 epochs," in page_of(run)
    lines = run.metrics_file.read_text().splitlines()
    run.metrics_file.write_text(f"{lines[0]}\n")
    assert " · 1 of 2 epochs in " in page_of(run)
    unknown = [json.loads(line) | {"validation_loss": None, "validation_accuracy": None} for line in lines]
    run.metrics_file.write_text("".join(f"{json.dumps(record)}\n" for record in unknown))
    assert "epoch 2, the last of 2 epochs," in page_of(run)


def test_every_picture_has_words(page: Page) -> None:
    assert all(image["alt"] for image in page.all("img"))
    for chart in page.all("svg"):
        assert chart["role"] == "img"
        assert len(chart["aria-label"] or "") > 30


def test_charts_take_the_colours_and_the_font_of_the_page(html: str) -> None:
    charts = re.findall(r"<svg.*?</svg>", html, re.S)
    assert len(charts) == 3 + 2 + 2 + 1  # curves, reliability and risk, weights of two layers, activations of one
    for chart in charts:
        assert not re.search(r"#[0-9a-f]{6}\b|font-family|rgb\(", chart)
        for text in re.findall(r"<text [^>]*>", chart):
            assert "fill: currentColor" in text
    sizes = set(re.findall(r"font-size: [\d.]+px", "".join(charts)))
    assert sizes == {"font-size: 9.5px"}, "one type size in all charts"
    assert len(set(re.findall(r'viewBox="([^"]+)"', "".join(charts)))) == 1, "and one scale"


def test_no_two_elements_share_an_id_and_every_reference_has_one(html: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', html)) <= set(ids)


def test_the_figures_are_those_of_the_best_checkpoint_on_the_test_set(html: str, hasty: Path, tiny_data: Path) -> None:
    checkpoint, test = load(hasty / "checkpoints/best.safetensors"), load_dataset(tiny_data).test
    found = evaluate(checkpoint.model, test.X, test.y)
    assert f"<dd>{100 * found.accuracy:.2f} %</dd>" in html
    assert f"<dd>{found.errors}</dd>" in html
    assert f">100.0 %</th><td>{100 * found.outputs.max(axis=1).min():.2f} %</td><td>{found.errors}</td>" in html
    assert f"<td>{100 * expected_calibration_error(found.outputs, test.y):.2f} %</td>" in html
    assert f"<td>{found.loss:.4f}</td>" in html
    assert f"{checkpoint.model.temperature:.3f}" in html
    cells = re.findall(r">(\d+|·)(?:</span>)?</td>", html.partition("<h2>Confusion matrix")[2].partition("<h2>")[0])
    assert [0 if cell == "·" else int(cell) for cell in cells] == found.confusion.ravel().tolist()
    for digit in range(10):
        assert f"<td>{100 * found.recall[digit]:.2f} %</td>" in html


def test_more_frequent_errors_have_a_stronger_colour_on_which_numbers_are_legible(html: str) -> None:
    cells = [(int(n), float(opacity)) for opacity, n in re.findall(r"--wrong\), ([\d.]+)\)\">(\d+)<", html)]
    assert sorted(cells) == sorted(cells, key=lambda cell: cell[::-1])
    assert len(set(cells)) > 2
    assert max(cells)[1] == STRONGEST
    assert min(cells)[1] > FAINTEST


def test_a_network_that_gives_scores_has_no_calibration_and_its_scores_are_no_percentages(
    hasty: Path, tiny_data: Path, tmp_path: Path
) -> None:
    save_checkpoint(new_state(load_config(hasty / "config.yaml", ["loss=squared_error"])), tmp_path / "scores.st")
    html = render(tmp_path / "scores.st", "scores", tiny_data)
    assert "so there is nothing to calibrate" in html
    assert "<dt>expected calibration error</dt>" not in html
    assert '<th scope="col">score at least</th>' in html
    (rows,) = tables(html, "Classification by confidence")
    assert all(re.fullmatch(r"-?\d+\.\d{3}", row[1]) for row in rows)
    assert re.search(r"<br><bdi>\d</bdi>: -?\d+\.\d{3}\n", html)


def test_the_mistakes_are_those_with_the_largest_outputs(page: Page, hasty: Path, tiny_data: Path) -> None:
    model, test = load(hasty / "checkpoints/best.safetensors").model, load_dataset(tiny_data).test
    outputs = model.predict(test.X)
    wrong = np.flatnonzero(outputs.argmax(axis=1) != test.y)
    worst = wrong[np.argsort(-outputs.max(axis=1)[wrong], kind="stable")][:40]
    shown = [image for image in page.all("img") if "Handwritten" in (image["alt"] or "")]
    assert len(shown) == len(worst) > 5
    for image, i in zip(shown, worst.tolist(), strict=True):
        assert image["alt"] == f"Handwritten {test.y[i]}, test picture no. {i}, read as {outputs[i].argmax()}"
        content = base64.b64decode((image["src"] or "").partition(",")[2])
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(content))).ravel(), 255 - test.X[i])
    words = "".join(page.text["li"])
    top = np.argsort(-outputs[worst[0]])[:2].tolist()
    for c in top:
        assert f"{c}: {100 * outputs[worst[0], c]:.1f} %" in words
    classes = [test.y[worst[0]], top[0], *top]
    assert page.text["bdi"][:4] == list(map(str, classes)), "Arabic names would turn what is beside them"


def test_the_tiles_are_the_weights_into_each_hidden_unit(page: Page, hasty: Path) -> None:
    shown = [image for image in page.all("img") if "Weights" in (image["alt"] or "")]
    assert [image["alt"] for image in shown] == [f"Weights into hidden unit {i}" for i in range(128)]
    W = load(hasty / "checkpoints/best.safetensors").model.mlp.layers[0].W
    for i in (0, 77):
        content = base64.b64decode((shown[i]["src"] or "").partition(",")[2])
        light = np.asarray(Image.open(io.BytesIO(content)), float).sum(axis=2).ravel()
        assert np.corrcoef(light, W[:, i])[0, 1] > 0.95


def test_settings_that_differ_from_the_config_of_the_package_are_a_table_before_that_of_all(
    html: str, hasty: Path
) -> None:
    changed, every = tables(html, "Settings")
    settings = flat(load(Run(hasty).best).state.config)  # without the directory of the data on this machine
    assert changed == [list(row) for row in differences([settings])[0].table()]
    assert ["training.epochs", "2", "12"] in changed
    assert [key for key, _ in every] == list(settings)
    assert ["training.batch_size", "32"] in every


def test_the_environment_is_a_table_with_a_row_for_each_value(html: str, hasty: Path) -> None:
    found = json.loads((hasty / "environment.json").read_text())
    (rows,) = tables(html, "Environment")
    assert ["numpy", found["numpy"]] in rows
    assert ["blas.0.version", found["blas"][0]["version"]] in rows


def test_equal_runs_give_equal_pages(html: str, hasty: Path) -> None:
    assert page_of(Run(hasty)) == html


def test_whatever_a_name_or_a_file_holds_is_text_and_no_markup(hasty: Path, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>&quot;"
    copy = tmp_path / hostile
    shutil.copytree(hasty, copy)
    (copy / "environment.json").write_text(json.dumps({"</th><script>": "<b>&amp;</b>"}))
    html = page_of(Run(copy))
    page = Page(html)
    assert not [image for image in page.all("img") if image["src"] == "x"]
    assert "b" not in {tag for tag, _ in page.elements}
    assert len(page.all("script")) == 1
    assert hostile in "".join(page.text["h1"])
    assert "</th><script>" in "".join(page.text["th"])


def test_a_checkpoint_file_without_a_run_has_a_report_beside_it(hasty: Path, tiny_data: Path, tmp_path: Path) -> None:
    file = tmp_path / "saved.safetensors"
    save_checkpoint(load(Run(hasty).best).state, file)
    page = write_report(file, data=tiny_data)
    assert page == tmp_path / "saved.html"
    html = page.read_text(encoding="utf-8")
    assert "<h2>Confusion matrix</h2>" in html
    assert "<details open><summary>Table of these metrics" in html, "of the last epoch alone"
    assert "Loss by epoch" not in html


def test_mistakes_on_folders_of_pictures_have_the_names_of_their_files(
    hasty: Path, tiny_data: Path, tmp_path: Path
) -> None:
    test = load_dataset(tiny_data).test
    for folder in ("train", "test"):
        for i, (pixels, label) in enumerate(zip(test.X[:30], test.y[:30].tolist(), strict=True)):
            path = tmp_path / folder / str(label) / f"<{i}>.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(255 - pixels.reshape(28, 28)).save(path)
    page = Page(render(Run(hasty).best, "run", tmp_path))
    names = [image["alt"] for image in page.all("img") if "Handwritten" in (image["alt"] or "")]
    assert names
    assert all(re.search(r"test picture test/\d/<\d+>\.png, ", name or "") for name in names)


@pytest.mark.parametrize(("dead", "advice"), [(3, "can compute the same"), (10, "More than 75 % cost accuracy")])
def test_dead_units_have_advice(hasty: Path, tiny_data: Path, tmp_path: Path, dead: int, advice: str) -> None:
    state = load(Run(hasty).best).state
    W, b = state.inference_model.mlp.layers[0]
    assert b is not None
    n = len(b) * dead // 12
    W[:], b[:] = abs(W), 1
    W[:, :n], b[:n] = 0, -1
    save_checkpoint(state, tmp_path / "dead.st")
    html = render(tmp_path / "dead.st", "dead", tiny_data)
    assert f"<strong>{n} of {len(b)}</strong>" in html
    assert advice in html
    assert "optimizer.learning_rate=0.001" in html
