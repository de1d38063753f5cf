"""MNIST, which comes with the package."""

import gzip
import hashlib

from mnist_mlp.data.bundled import BUNDLED, BUNDLED_SHA256, is_mnist
from mnist_mlp.data.dataset import FILES, Dataset


def test_the_bundled_data_names_the_published_digests(mnist: Dataset) -> None:
    assert mnist.train.sha256 | mnist.test.sha256 == BUNDLED_SHA256
    for name in FILES["test"]:  # what `zcat FILE | sha256sum` says
        content = gzip.decompress((BUNDLED / f"{name}.gz").read_bytes())
        assert hashlib.sha256(content).hexdigest() == BUNDLED_SHA256[name]


def test_mnist_is_recognised_by_the_digest_of_its_pictures() -> None:
    images, labels = FILES["train"]
    assert is_mnist(BUNDLED_SHA256)
    assert is_mnist({images: BUNDLED_SHA256[images]})
    assert not is_mnist({labels: BUNDLED_SHA256[labels]})
    assert not is_mnist({images: "0" * 64})
