"""Other tools that read digits, each as a function from pictures to digits, -1 for no answer.

Two are programs for text (OCR); two are networks trained on MNIST, with pictures prepared as tutorials do. Each gets
pictures as its documents advise: in grey, upright, the digit dark for OCR and bright for MNIST.
"""

import os
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image, ImageOps

import mnist_mlp as mm
from mnist_mlp.data.dataset import Samples
from mnist_mlp.pictures.center import SIDE
from mnist_mlp.pictures.decode import Source
from mnist_mlp.pictures.raster import border_levels

from .formats import Uint8

Pictures = Sequence[Source] | Uint8
Tool = Callable[[Pictures], list[int]]

DIGITS = "0123456789"
# Longest side of a picture for OCR, in pixels. Tesseract's documents advise capital letters of about 30 pixels.
SMALLEST, LARGEST = 48, 1000
MARGIN = 0.25  # of the longest side: OCR expects some paper around the text
PAGE = 200  # pixels of the longest side from which RapidOCR also looks for text; smaller pictures show only the digit
EPOCHS_MLP, EPOCHS_CNN = 20, 3


class NotInstalledError(Exception):
    """A tool that is not installed, and how to install it."""


def upright_grey(picture: Source) -> Uint8:
    """Return the grey levels (h, w) of an array or a file, on white if it is transparent."""
    if isinstance(picture, np.ndarray):
        return picture
    assert isinstance(picture, Path)
    with Image.open(picture) as file:
        image = ImageOps.exif_transpose(file)
        if image.has_transparency_data:
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
        return np.asarray(image.convert("L"))


def with_background(grey: Uint8, *, dark: bool) -> Uint8:
    """Return a picture with a dark or a light border, inverted if it has the other."""
    return grey if (np.median(border_levels(grey)) < 128) == dark else 255 - grey


def for_ocr(picture: Source) -> Image.Image:
    """Return a picture with dark ink, between SMALLEST and LARGEST, and with a margin of the border's level."""
    grey = with_background(upright_grey(picture), dark=False)
    image, longest = Image.fromarray(grey), max(grey.shape)
    scale = np.clip(longest, SMALLEST, LARGEST) / longest
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    paper = int(np.median(border_levels(grey)))
    return ImageOps.expand(image.resize(size, Image.Resampling.BICUBIC), round(MARGIN * max(size)), paper)


def for_mnist(picture: Source) -> Uint8:
    """Return a picture with bright ink, resized to 28x28 pixels."""
    image = Image.fromarray(with_background(upright_grey(picture), dark=True))
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def tesseract() -> Tool:
    """Return Tesseract with its English model, told that each picture is one character, a digit."""
    program = shutil.which("tesseract")
    if not program:
        raise NotInstalledError("install Debian's package tesseract-ocr")
    options = ["--psm", "10", "-c", f"tessedit_char_whitelist={DIGITS}"]

    def read(pictures: Pictures) -> list[int]:
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"{k}.png" for k in range(len(pictures))]
            for file, picture in zip(files, pictures, strict=True):
                for_ocr(picture).save(file)
            names = Path(folder) / "names.txt"
            names.write_text("\n".join(map(str, files)))
            command = [program, str(names), "stdout", *options]
            environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
            text = subprocess.run(command, capture_output=True, check=True, text=True, env=environment).stdout
        pages = text.split("\f")[: len(pictures)]  # some versions end the last page, too
        return [first_digit(page) for page, _ in zip(pages, pictures, strict=True)]

    return read


def first_digit(text: str) -> int:
    found = re.search("[0-9]", text)
    return int(found[0]) if found else -1


def rapidocr() -> Tool:
    """Return RapidOCR restricted to digits: the most probable one in the whole picture or in the text found there."""
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError:
        raise NotInstalledError("pip install rapidocr-onnxruntime") from None
    engine = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
    recognizer = engine.text_rec
    columns = [recognizer.postprocess_op.dict[digit] for digit in DIGITS]

    def probabilities(image: Any) -> Any:
        """Return the largest probability of each digit (10,) anywhere in an image (h, w, 3)."""
        _, height, width = recognizer.rec_image_shape
        ratio = max(width / height, image.shape[1] / image.shape[0])
        return recognizer.session(recognizer.resize_norm_img(image, ratio)[None])[0][0, :, columns].max(axis=1)

    def read_one(picture: Source) -> int:
        image = np.asarray(for_ocr(picture).convert("RGB"))
        boxes = engine.text_det(image)[0] if max(upright_grey(picture).shape) >= PAGE else None
        crops = [] if boxes is None else engine.get_crop_img_list(image, boxes)
        return int(np.max([probabilities(part) for part in (image, *crops)], axis=0).argmax())

    return lambda pictures: [read_one(picture) for picture in pictures]


def mlp() -> Tool:
    """Return scikit-learn's MLP with 128 hidden units, trained on MNIST with its defaults."""
    try:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier
    except ImportError:
        raise NotInstalledError("pip install scikit-learn") from None
    train = mnist_training_part()
    network = MLPClassifier((128,), max_iter=EPOCHS_MLP, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # max_iter is meant to end the training
        network.fit(train.X.astype(np.float32) / 255, train.y)

    def read(pictures: Pictures) -> list[int]:
        X = np.stack([for_mnist(picture).reshape(-1) for picture in pictures])
        return [int(digit) for digit in network.predict(X.astype(np.float32) / 255)]

    return read


def cnn() -> Tool:
    """Return the convolutional network of PyTorch's MNIST example, trained as there but for EPOCHS_CNN epochs."""
    try:
        import torch
        from torch import nn
    except ImportError:
        raise NotInstalledError("pip install torch") from None
    train = mnist_training_part()
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
    )  # fmt: skip
    optimizer = torch.optim.Adadelta(network.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)

    def inputs(X: Uint8) -> Any:
        """Return pixels (n, 784) as a tensor, standardised with mean and standard deviation of MNIST."""
        return (torch.from_numpy(X.astype(np.float32)).reshape(-1, 1, SIDE, SIDE) / 255 - 0.1307) / 0.3081

    labels = torch.from_numpy(train.y.astype(np.int64))
    for _ in range(EPOCHS_CNN):
        for batch in torch.randperm(len(labels)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(inputs(train.X[batch.numpy()])), labels[batch]).backward()
            optimizer.step()
        schedule.step()
    network.eval()

    def read(pictures: Pictures) -> list[int]:
        with torch.no_grad():
            return [int(network(inputs(for_mnist(picture))).argmax()) for picture in pictures]

    return read


def mnist_training_part() -> Samples:
    return mm.load_dataset().train


# By the name that the command line takes: what the table calls it, and what makes it ready.
TOOLS: Mapping[str, tuple[str, Callable[[], Tool]]] = MappingProxyType(
    {
        "tesseract": ("Tesseract", tesseract),
        "rapidocr": ("RapidOCR", rapidocr),
        "mlp": ("scikit-learn, MLP", mlp),
        "cnn": ("PyTorch, CNN", cnn),
    }
)
