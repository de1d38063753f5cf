"""Errors: one line each, and their exit codes."""

from pathlib import Path

import pytest

from mnist_mlp import errors
from mnist_mlp.errors import ConfigError, DataError, MnistMlpError, one_line, visible


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("MnistMlpError", 1),
        ("ConfigError", 2),
        ("DataError", 3),
        ("CheckpointError", 4),
        ("StorageError", 5),
        ("DivergenceError", 6),
        ("CheckError", 7),
    ],
)
def test_each_kind_has_its_own_exit_code(name: str, code: int) -> None:
    kind = getattr(errors, name)
    assert kind.exit_code == code
    assert issubclass(kind, MnistMlpError)


@pytest.mark.parametrize(("signal", "code"), [(2, 130), (15, 143)])
def test_an_interruption_exits_with_128_and_its_signal(signal: int, code: int) -> None:
    assert errors.TrainingInterruptedError(signal, "interrupted", fix="resume the run").exit_code == code


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ConfigError("bad"), "bad"),
        (ConfigError("bad", where="a.yaml:3"), "bad: a.yaml:3"),
        (ConfigError("bad", why="too big"), "bad: too big"),
        (ConfigError("bad", fix="make it small"), "bad; make it small"),
        (ConfigError("bad", where="a", why="b", fix="c"), "bad: a: b; c"),
    ],
)
def test_the_message_is_what_where_why_and_how_to_fix(error: MnistMlpError, line: str) -> None:
    assert str(error) == line


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\x1b[31mb", "a\tb", "a\u2028b", "a\x00b", "a\x85b", "a\u202eb"])
def test_a_message_is_one_line_without_control_characters_for_any_file_name(text: str) -> None:
    line = str(DataError("bad", where=text))
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    assert line.startswith("bad: a")
    assert line.endswith("b")


def test_one_line_keeps_what_can_be_printed() -> None:
    assert one_line("  Größe  7 \n") == "Größe 7"


def test_a_very_long_name_is_shortened_in_the_middle() -> None:
    error = DataError("bad", where="start" + "x" * 10_000 + "end", why="because")
    assert len(str(error)) < 350
    assert str(error).startswith("bad: startx")
    assert str(error).endswith("xend: because")


@pytest.mark.parametrize("name", ["", " ", "\t\n"])
def test_an_empty_name_is_an_error(name: str) -> None:
    with pytest.raises(ConfigError, match=r"^name of the page is empty; give a name, or leave it out$"):
        errors.check_not_empty(name, "page")


def test_what_is_no_empty_text_passes() -> None:
    names: tuple[object, ...] = ("a", Path("a"), None, b"", 0)
    for name in names:
        errors.check_not_empty(name, "page")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\u202e", r"\u202e"),
        ("\u200b", r"\u200b"),
        ("\x9b", r"\x9b"),
        ("\udcff", r"\xff"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("\u2028", r"\u2028"),
        ("é 七", "é 七"),
    ],
)
def test_what_is_not_visible_is_escaped(name: str, shown: str) -> None:
    assert visible(name) == shown
    assert str(DataError("odd", where=name)) == f"odd: {shown}"
