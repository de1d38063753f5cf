"""PyTorch: batches are indexed from tensors that were scaled once, fused optimisers.

With COMPILE=1 in the environment the step is compiled; with BENCHMARK_WORKERS=1 a DataLoader's worker prepares batches.
"""

import os
from collections.abc import Iterator

import numpy as np
import torch

from mnist_mlp.config import load_config
from mnist_mlp.models import build_distorter
from scripts.benchmarks.common import CLASSES, HIDDEN, N_IN, SEED, WORKERS, Setting, he_normal, mnist, run

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


Pair = tuple[torch.Tensor, torch.Tensor]


class Batches(torch.utils.data.IterableDataset[Pair]):  # type: ignore[misc]  # the checks have no PyTorch
    """The batches of an epoch, each a tensor of pictures and one of labels."""

    def __init__(self, X: torch.Tensor, y: torch.Tensor, setting: Setting) -> None:
        self.X, self.y, self.setting = X, y, setting
        self.distort = build_distorter(load_config(setting.distort), (28, 28)) if setting.distort else None
        self.generator = np.random.default_rng(SEED)

    def __iter__(self) -> Iterator[Pair]:
        for index in torch.randperm(self.setting.samples).split(self.setting.batch_size):
            batch = self.X[index]
            if self.distort:
                batch = torch.from_numpy(self.distort(batch.numpy(), self.generator))
                if WORKERS:  # the next call overwrites it before it is sent
                    batch = batch.clone()
            yield batch, self.y[index]


class Torch:
    def train(self, setting: Setting) -> Iterator[None]:
        data = mnist()
        X = torch.from_numpy(data.X.astype("float32"))[: setting.samples].div_(255)
        y = torch.from_numpy(data.y.astype("int64"))[: setting.samples]
        self.X_test = torch.from_numpy(data.X_test.copy())
        self.y_test = torch.from_numpy(data.y_test.astype("int64"))
        torch.manual_seed(SEED)
        self.model = torch.nn.Sequential(
            torch.nn.Linear(N_IN, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, CLASSES)
        )
        with torch.no_grad():
            for layer, weights in zip((self.model[0], self.model[2]), he_normal(), strict=True):
                layer.weight.copy_(torch.from_numpy(weights.T))
                layer.bias.zero_()
        groups = [
            {"params": [self.model[0].weight, self.model[2].weight], "weight_decay": setting.l2},
            {"params": [self.model[0].bias, self.model[2].bias], "weight_decay": 0.0},
        ]
        make = torch.optim.SGD if setting.optimizer == "sgd" else torch.optim.Adam
        optimizer = make(groups, lr=setting.learning_rate, fused=True)

        def forward_backward(batch: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            z = self.model(batch)
            loss = torch.nn.functional.cross_entropy(z, labels)
            loss.backward()
            return loss.detach(), (z.argmax(1) == labels).sum()

        if os.environ.get("COMPILE"):
            forward_backward = torch.compile(forward_backward)

        data_set = Batches(X, y, setting)
        loader = torch.utils.data.DataLoader(data_set, batch_size=None, num_workers=1, persistent_workers=True)
        step = 0
        for _ in range(setting.epochs):
            loss_sum = torch.zeros(())
            correct = torch.zeros((), dtype=torch.int64)
            for batch, labels in loader if WORKERS else data_set:
                if setting.schedule != "constant":
                    for group in optimizer.param_groups:
                        group["lr"] = setting.rate(step)
                optimizer.zero_grad(set_to_none=True)
                loss, right = forward_backward(batch, labels)
                loss_sum += loss * len(labels)
                correct += right
                optimizer.step()
                step += 1
            self.loss, self.train_accuracy = loss_sum.item() / setting.samples, correct.item() / setting.samples
            yield

    def accuracy(self) -> float:
        with torch.inference_mode():
            z = self.model(self.X_test.float().div_(255))
            return float((z.argmax(1) == self.y_test).float().mean())

    def save(self, name: str) -> None:
        torch.save(self.model.state_dict(), name)


if __name__ == "__main__":
    run(Torch())
