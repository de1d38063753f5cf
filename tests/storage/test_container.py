"""The file around a checkpoint: what was sealed comes back, and nothing that a file claims is believed."""

import hashlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from mnist_mlp.errors import CheckpointError, StorageError
from mnist_mlp.storage import container
from mnist_mlp.storage.container import MAX_BYTES, NO_DIGEST, TensorInfo

TEXT = f'{{"note":"ö","sha256":"{NO_DIGEST}"}}'
EXPECTED = {"W": TensorInfo("F32", (3, 2)), "b": TensorInfo("F32", (2,)), "d": TensorInfo("F64", (2, 2))}


def tensors() -> dict[str, Any]:
    return {"W": np.arange(6, dtype="f4").reshape(3, 2), "b": np.array([7, 8], "f4"), "d": np.eye(2) / 3}


def digest_of(content: bytes) -> str:
    return container.parse(content).text.rpartition('"sha256":"')[2][:64]


def reheaded(change: Callable[[dict[str, Any]], object], rest: Callable[[bytes], bytes] = lambda rest: rest) -> bytes:
    """A sealed file with another header, or other bytes behind it."""
    content = container.seal(tensors(), TEXT)
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    change(header)
    return headed(json.dumps(header).encode(), rest(content[8 + length :]))


def headed(header: bytes, rest: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + rest


# --- Good files -------------------------------------------------------------------------------------------------------


def test_sealed_tensors_come_back_as_views_of_the_file() -> None:
    content = container.seal(tensors(), TEXT)
    file = container.parse(content)
    container.check_seal(file, digest_of(content))
    found = container.tensors_of(file, EXPECTED)
    for name, array in tensors().items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
        assert np.shares_memory(found[name], np.frombuffer(content, np.uint8))


def test_the_digest_in_the_text_is_that_of_the_file_with_zeros_in_its_place() -> None:
    content = container.seal(tensors(), TEXT)
    digest = digest_of(content)
    assert container.parse(content).text == TEXT.replace(NO_DIGEST, digest)
    assert hashlib.sha256(content.replace(digest.encode(), NO_DIGEST.encode())).hexdigest() == digest


def test_an_array_that_is_a_transpose_or_a_part_of_another_is_sealed_as_its_numbers() -> None:
    W = np.arange(12, dtype="f4").reshape(2, 6)
    content = container.seal(tensors() | {"W": W[:, ::2].T}, TEXT)
    np.testing.assert_array_equal(container.tensors_of(container.parse(content), EXPECTED)["W"], W[:, ::2].T)


def test_the_plain_safetensors_library_reads_what_was_sealed() -> None:
    found = safetensors.numpy.load(container.seal(tensors(), TEXT))
    assert {name: array.tolist() for name, array in found.items()} == {n: a.tolist() for n, a in tensors().items()}


# --- The digest -------------------------------------------------------------------------------------------------------


def test_a_changed_byte_anywhere_in_the_file_breaks_the_seal() -> None:
    content = container.seal(tensors(), TEXT)
    digest = digest_of(content)
    for i in range(len(content)):
        changed = content[:i] + bytes([content[i] ^ 1]) + content[i + 1 :]
        with pytest.raises(CheckpointError):  # by the header or by the digest
            container.check_seal(container.parse(changed), digest)


@pytest.mark.parametrize("text", ["{}", f'{{"a":{{"sha256":"{NO_DIGEST}"}},"sha256":"{NO_DIGEST}"}}'])
def test_a_text_without_a_place_for_the_digest_or_with_two_is_refused(text: str) -> None:
    with pytest.raises(CheckpointError, match="its SHA-256 is missing or misplaced"):
        container.seal(tensors(), text)


# --- Files that are malformed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it does not start as a safetensors file, or it is cut short"),
        (b"1234567", "it does not start as a safetensors file"),
        (pickle.dumps({"layers.0.W": [1.0]}), "it does not start as a safetensors file"),
        (b"PK\x03\x04" + bytes(100), "it does not start as a safetensors file"),
        ((2**64 - 1).to_bytes(8, "little") + b"{}", "it does not start as a safetensors file"),
        (headed(b"{}")[:-1], "it does not start as a safetensors file, or it is cut short"),
        (headed(b" " * 2_000_000 + b"{}"), "it does not start as a safetensors file"),
        (headed(b"hello"), "its header is not JSON"),
        (headed(b"\xff\xfe"), "its header is not JSON"),
        (headed(b"[" * 100_000), "its header is not JSON"),
        (headed(b"[]"), "its header is not a JSON object"),
        (headed(b"{}"), "its metadata has no key mnist_mlp"),
        (headed(b'{"__metadata__":[]}'), "its metadata has no key mnist_mlp"),
        (headed(b'{"__metadata__":{"mnist_mlp":1}}'), "its metadata has no key mnist_mlp"),
        (headed(b'{"__metadata__":{"mnist_mlp":"{}","x":"y"}}'), "its metadata has no key mnist_mlp"),
        (safetensors.numpy.save({"w": np.zeros(2)}, {"format": "pt"}), "its metadata has no key mnist_mlp"),
    ],
)
def test_a_file_that_is_no_container_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(CheckpointError, match=reason):
        container.parse(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (reheaded(lambda h: h.pop("b")), "tensors that do not fit its config: b"),
        (reheaded(lambda h: h.update(x=h["b"])), "tensors that do not fit its config: x"),
        (reheaded(lambda h: h["W"].update(dtype="F16")), r"W is not F32 \[3, 2\]"),
        (reheaded(lambda h: h["W"].update(shape=[2, 3])), r"W is not F32 \[3, 2\]"),
        (reheaded(lambda h: h["W"].update(code="x")), "W: Object contains unknown field `code`"),
        (reheaded(lambda h: h["W"].update(data_offsets=h["b"]["data_offsets"])), "where the tensor before it ends"),
        (reheaded(lambda h: h["b"].update(data_offsets=[2**50, 2**50 + 8])), "where the tensor before it ends"),
        (reheaded(lambda h: None, lambda rest: rest[:-1]), "where the tensor before it ends"),
        (reheaded(lambda h: None, lambda rest: rest + b"\0"), "bytes follow its last tensor"),
    ],
)
def test_tensors_other_than_the_expected_side_by_side_are_refused(content: bytes, reason: str) -> None:
    with pytest.raises(CheckpointError, match=reason):
        container.tensors_of(container.parse(content), EXPECTED)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", EXPECTED)
def test_a_number_that_is_not_finite_is_refused(name: str, value: float) -> None:
    spoilt = tensors()
    spoilt[name].reshape(-1)[1] = value
    with pytest.raises(CheckpointError, match=f"{name} holds numbers that are not finite"):
        container.tensors_of(container.parse(container.seal(spoilt, TEXT)), EXPECTED)


# --- Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "reason"), [("missing", "no such checkpoint"), (".", "checkpoint is a directory")])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(CheckpointError, match=f"^{reason}: "):
        container.read(tmp_path / name)


def test_a_file_that_cannot_be_read_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"anything")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(StorageError, match=r"cannot read checkpoint: .*: Permission denied"):
        container.read(path)


def test_a_name_with_a_nul_is_a_storage_error() -> None:
    with pytest.raises(StorageError, match=r"^cannot read checkpoint: a\\x00b: "):
        container.read(Path("a\0b"))


def test_a_file_of_an_absurd_size_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # sparse: it takes no space
    with pytest.raises(CheckpointError, match=r"checkpoint too large: .*: 8,589,934,593 bytes"):
        container.read(path)
