"""scikit-learn's MLPClassifier in float32, one call of partial_fit for each epoch."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPClassifier

from scripts.benchmarks.common import HIDDEN, SEED, Setting, mnist, run


class Sklearn:
    def train(self, setting: Setting) -> Iterator[None]:
        data = mnist()
        X, y = data.X.astype(np.float32) / 255, data.y
        self.data = data
        self.model = MLPClassifier(
            (HIDDEN,),
            solver=setting.optimizer,
            alpha=0.0,
            batch_size=setting.batch_size,
            learning_rate_init=setting.learning_rate,
            momentum=0.0,
            random_state=SEED,
        )
        for _ in range(setting.epochs):
            self.model.partial_fit(X, y, classes=np.arange(10))
            yield

    def accuracy(self) -> float:
        return float((self.model.predict(self.data.X_test.astype(np.float32) / 255) == self.data.y_test).mean())

    def save(self, name: str) -> None:
        Path(name).write_bytes(pickle.dumps(self.model))


if __name__ == "__main__":
    run(Sklearn())
