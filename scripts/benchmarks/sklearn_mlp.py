"""scikit-learn's MLPClassifier, an epoch a call."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from common import HIDDEN, SEED, Competitor, Setting, mnist, run
from sklearn.neural_network import MLPClassifier


class Sklearn:
    """784-128-10 in float32."""

    def train(self, setting: Setting) -> Iterator[None]:
        """Epochs by partial_fit."""
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
            nesterovs_momentum=False,
            random_state=SEED,
        )
        for _ in range(setting.epochs):
            self.model.partial_fit(X, y, classes=np.arange(10))
            yield

    def accuracy(self) -> float:
        """On the test set, from bytes."""
        return float((self.model.predict(self.data.X_test.astype(np.float32) / 255) == self.data.y_test).mean())

    def save(self, name: str) -> None:
        """As people do."""
        Path(name).write_bytes(pickle.dumps(self.model))


if __name__ == "__main__":
    competitor = Sklearn()
    run(Competitor(competitor.train, competitor.accuracy, competitor.save))
