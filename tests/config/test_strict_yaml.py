"""Strict YAML: what is read is what the writer meant, or an error that names the line."""

import contextlib
import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given, strategies as st

from mnist_mlp.config.strict_yaml import MAX_BYTES, MAX_DEPTH, dump, parse
from mnist_mlp.errors import ConfigError

# What YAML 1.2 calls a number, a boolean or null, and what only looks like one.
SCALARS: list[tuple[str, Any]] = [
    ("0", 0),
    ("-12", -12),
    ("+12", 12),
    ("010", 10),  # 8 in YAML 1.1
    ("0o17", 15),
    ("0x1F", 31),
    ("1e-3", 0.001),  # a string in PyYAML
    ("1E3", 1000.0),
    ("-.5e+3", -500.0),
    (".5", 0.5),
    ("5.", 5.0),
    ("1e999", math.inf),
    (".inf", math.inf),
    ("-.INF", -math.inf),
    ("true", True),
    ("True", True),
    ("FALSE", False),
    ("null", None),
    ("NULL", None),
    ("~", None),
    ("", None),
    ("on", "on"),  # true in YAML 1.1, as are the next four
    ("off", "off"),
    ("yes", "yes"),
    ("No", "No"),
    ("y", "y"),
    ("1:30", "1:30"),  # 90 in YAML 1.1
    ("1_000", "1_000"),  # 1000 in YAML 1.1
    ("0b11", "0b11"),  # 3 in YAML 1.1
    ("2001-01-01", "2001-01-01"),  # a date in YAML 1.1
    ("<<", "<<"),
    ("=", "="),
    ("tRUE", "tRUE"),
    ("nULL", "nULL"),
    (".", "."),
    ("e3", "e3"),
    ("1e", "1e"),
    ("0x", "0x"),
    ("-0x1F", "-0x1F"),
    (".iNf", ".iNf"),
    ("inf", "inf"),
    ("nan", "nan"),
    ("\u0663", "\u0663"),  # ARABIC-INDIC DIGIT THREE
]

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from([text for text, _ in SCALARS]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_plain_scalar_is_what_yaml_1_2_says(text: str, value: Any) -> None:
    found = parse(f"key: {text}", "f").value["key"]
    assert (type(found), found) == (type(value), value)


def test_not_a_number_is_read_as_such() -> None:
    assert math.isnan(parse("key: .nan", "f").value["key"])


@pytest.mark.parametrize("text", [text for text, _ in SCALARS])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_quoted_scalar_is_text(text: str, quote: str) -> None:
    assert parse(f"key: {quote}{text}{quote}", "f").value == {"key": text}


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n"])
def test_a_file_that_says_nothing_is_none(text: str) -> None:
    assert parse(text, "f").value is None


@pytest.mark.parametrize(
    "content",
    [b"a: 1\r\nb: {c: [2, x]}\r\n", b"\xef\xbb\xbfa: 1\nb:\n  c:\n  - 2\n  - x\n", b"---\na: 1\nb: {c: [2, x]}\n...\n"],
)
def test_line_ends_byte_order_marks_and_document_marks_of_every_editor_are_read(content: bytes) -> None:
    assert parse(content, "f").value == {"a": 1, "b": {"c": [2, "x"]}}


def test_the_line_of_each_key_path_is_known() -> None:
    lines = parse("# note\na: 1\nb:\n  c: 2\n\n  d:\n    [3,\n     4]\n", "f").lines
    assert {path: lines[path] for path in ("a", "b", "b.c", "b.d", "b.d[1]")} == {
        "a": 2,
        "b": 3,
        "b.c": 4,
        "b.d": 6,
        "b.d[1]": 8,
    }


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: 2\na: 3", 3, "duplicate key"),
        ("a:\n  b: 1\n  'b': 1", 3, "duplicate key"),
        ("{a: 1, a: 1}", 1, "duplicate key"),
        ("a: &x 1", 1, "anchor refused"),
        ("a: 1\nb: *x", 2, "alias refused"),
        ("a: 1\nb: !!python/object:os.system {}", 2, "tag refused"),
        ("a: !!str 1", 1, "tag refused"),
        ("a: ! 1", 1, "tag refused"),
        ("%YAML 1.1\n---\na: 1", 1, "directive refused"),
        ("a: 1\n? [b]\n: 2", 2, "config key is not a name"),
        ("a: 1\n---\nb: 2", 2, "not valid YAML"),
        ("a: 1\nb: [1, 2\nc: 3", 3, "not valid YAML"),
        ("a: 1\n\tb: 2", 2, "not valid YAML"),
        ("a: 1\n b: 2", 2, "not valid YAML"),
        ("a: 'x", 1, "not valid YAML"),
        ("a: 1\nb: " + "[" * 40 + "]" * 40, 2, "nested too deeply"),
        ("- " * 40 + "1", 1, "nested too deeply"),
        ("\n".join("  " * i + "a:" for i in range(40)), 33, "nested too deeply"),
        ("a: 1\nb: " + "9" * 5000, 2, "number too long"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "my.yaml")
    assert reason in str(caught.value)
    assert caught.value.where is not None
    assert caught.value.where.split()[0] == f"my.yaml:{line}"


def test_a_duplicate_key_is_named_with_its_path() -> None:
    with pytest.raises(ConfigError, match=r"^duplicate key: my\.yaml:3 a\.b; keep one of them$"):
        parse("a:\n  b: 1\n  b: 2", "my.yaml")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a: \xff", "not text: my.yaml: byte 3 is not UTF-8"),
        (b"a: 1\x00", "not valid YAML: my.yaml: special characters are not allowed"),
        (b"a: \x1b[31m", "special characters are not allowed"),
        (b"#" * (MAX_BYTES + 1), "too large: my.yaml: 65537 bytes"),
    ],
)
def test_what_is_no_text_or_too_much_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(content, "my.yaml")
    assert reason in str(caught.value)


def test_the_largest_and_the_deepest_file_allowed_are_read() -> None:
    assert parse(b"a: 1 #" + b"x" * (MAX_BYTES - 6), "f").value == {"a": 1}
    value = parse("[" * MAX_DEPTH + "7" + "]" * MAX_DEPTH, "f").value
    for _ in range(MAX_DEPTH):
        (value,) = value
    assert value == 7


def test_a_merge_key_merges_nothing() -> None:
    assert parse("<<: {a: 1}", "f").value == {"<<": {"a": 1}}


@given(PLAIN)
@example({"a": "\x85a", "b": "x\u2028y", "c": "\ufeff", "d": "caf\udce9", "e": "\ud83d\ude00"})
@example(["1e-3", "0o17", "on", "null", "", " ", "a: b", "- a", "#", "1:30", "2001-01-01", "\n", "a\n", "\t", "'", '"'])
@example({"long": "x " * 200, "longer": "y" * 500})
@example([1e-8, 1e16, 5e-324, 1.7976931348623157e308, -0.0, math.inf, -math.inf, 1e22])
def test_what_is_dumped_reads_back_equal_by_this_reader_and_by_plain_pyyaml(value: Any) -> None:
    text = dump(value)
    assert repr(parse(text.encode(), "f").value) == repr(value)
    assert repr(yaml.safe_load(text)) == repr(value)


def test_a_dump_keeps_the_order_of_keys_and_readable_letters() -> None:
    assert dump({"b": "Größe", "a": [1, 2], "c": {}}) == "b: Größe\na: [1, 2]\nc: {}\n"


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda content: content.decode("latin-1")))
def test_any_text_is_a_document_or_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        value = parse(text, "f").value
        assert value is None or isinstance(value, (bool, int, float, str, list, dict))
