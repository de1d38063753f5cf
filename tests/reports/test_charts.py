"""Charts as elements of a page: well-formed, described, in the colours of the page."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from mnist_mlp.evaluation.activity import histogram
from mnist_mlp.evaluation.calibration import reliability
from mnist_mlp.evaluation.risk_coverage import risk_coverage
from mnist_mlp.reports import charts
from mnist_mlp.training.state import EpochRecord

RECORDS = [EpochRecord(i, 10 * i, 0.1 / i, 1 / i, 1 - 0.2 / i, 0.9 / i, 1 - 0.1 / i) for i in range(1, 5)]
P = np.random.default_rng(0).dirichlet(np.full(4, 0.3), 200)
Y = np.random.default_rng(1).integers(0, 4, 200).astype(np.uint8)
EVERY = [
    *(card.chart for card in charts.curves(RECORDS)),
    charts.reliability_diagram(reliability(P, Y), "Reliability & <more>"),
    charts.risk_coverage_curve(risk_coverage(P, Y), "Risk by coverage"),
    charts.histogram_chart("bars", "Weights from -2 to 2", histogram(np.linspace(-2, 2, 99)), "weight"),
]


def parsed(chart: str) -> ET.Element:
    return ET.fromstring(chart.replace("xlink:href", "href"))


@pytest.mark.parametrize("chart", EVERY, ids=range(len(EVERY)))
def test_a_chart_is_one_element_with_words_and_in_the_colours_of_the_page(chart: str) -> None:
    root = parsed(chart)
    assert (root.tag, root.get("class"), root.get("role")) == ("svg", "chart", "img")
    assert root.get("aria-label") == root[0].text
    assert root[0].tag == "title"
    assert not re.search(r"#[0-9a-f]{6}\b|font-family|<style|<metadata|https?:", chart)
    for colour in ("currentColor", "var(--line)", "var(--first)"):
        assert colour in chart


def test_charts_of_one_page_share_no_id() -> None:
    ids = [name for chart in EVERY for name in re.findall(r'\bid="([^"]+)"', chart)]
    assert len(set(ids)) == len(ids)


def test_equal_charts_are_equal_to_the_byte() -> None:
    assert [card.chart for card in charts.curves(RECORDS)] == EVERY[:3]


def test_the_words_of_the_curves_say_where_they_start_and_end() -> None:
    titles = [parsed(card.chart)[0].text for card in charts.curves(RECORDS)]
    assert titles == [
        "Loss by epoch: training from 1.0000 to 0.2500, validation from 0.9000 to 0.2250",
        "Accuracy by epoch: training from 0.8000 to 0.9500, validation from 0.9000 to 0.9750",
        "Learning rate at the end of each epoch: learning rate from 0.1 to 0.025",
    ]


def test_a_line_without_values_is_left_out_with_its_legend() -> None:
    both = charts.learning_curve("x", "title", {"training": [1.0, 2.0], "validation": [2.0, 1.0]})
    one = charts.learning_curve("x", "title", {"training": [1.0, 2.0], "validation": [None, None]})
    assert "var(--second)" in both
    assert ">validation<" in both
    assert "var(--second)" not in one
    assert ">validation<" not in one


def test_a_gap_in_a_line_keeps_the_epochs_of_the_other_values() -> None:
    whole, gap = (charts.learning_curve("x", "t", {"a": [1.0, middle, 3.0]}) for middle in (2.0, None))
    assert whole.count("<use") - gap.count("<use") == 1


def test_a_line_of_many_epochs_has_few_markers() -> None:
    assert charts.learning_curve("x", "t", {"a": [1.0 / n for n in range(1, 901)]}).count("<use") < 50


def test_a_band_is_drawn_where_the_spread_is_not_zero() -> None:
    line: charts.Lines = {"a": [1.0, None, 3.0]}
    plain, none, band = (
        charts.learning_curve("x", "t", line, spread=s)
        for s in (None, {"a": [0.0, None, 0.0]}, {"a": [0.5, None, 0.1]})
    )
    assert ["opacity: 0.15" in chart for chart in (plain, none, band)] == [False, False, True]


@pytest.mark.parametrize(("good", "log", "is_log"), [(0.3, True, True), (90.0, True, False), (0.3, False, False)])
def test_losses_that_differ_much_have_a_logarithmic_axis(good: float, log: bool, is_log: bool) -> None:
    chart = charts.learning_curve("x", "t", {"good": [good, None, 0.9 * good], "bad": [3000.0, None, 200.0]}, log=log)
    assert (">100</text>" in chart) == is_log
    assert (">1,000</text>" in chart) == is_log


def test_one_epoch_has_one_tick() -> None:
    assert re.findall(r">(\d[\d.]*)</text>", charts.learning_curve("x", "t", {"a": [0.5]})).count("1") == 1
    assert "1.015" not in charts.learning_curve("x", "t", {"a": [0.5]})
