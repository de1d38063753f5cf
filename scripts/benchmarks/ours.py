"""mnist-mlp, by its own training loop."""

from collections.abc import Iterator

import msgspec
from common import SEED, Competitor, Setting, run

import mnist_mlp as mm


class Ours:
    """The package as its API offers it."""

    def train(self, setting: Setting) -> Iterator[None]:
        """The loop that `mnist-mlp train` runs, without files."""
        overrides = [
            f"seed={SEED}",
            f"data.validation={60_000 - setting.samples}",
            f"augmentation.name={'distort' if setting.distort else 'none'}",
            f"optimizer.name={setting.optimizer}",
            f"optimizer.learning_rate={setting.learning_rate}",
            f"schedule.name={setting.schedule}",
            f"training.epochs={setting.epochs}",
            f"training.batch_size={setting.batch_size}",
            f"training.l2={setting.l2}",
        ]
        self.config = mm.load_config(None, overrides)
        self.dataset = mm.load_dataset()
        data = mm.split(self.config, self.dataset)
        data = data._replace(validation=data.validation[:0])  # nobody here validates
        self.state = mm.new_state(self.config, n_in=784)
        for record in mm.train(self.config, data, self.state):
            if record is not None:
                yield

    def accuracy(self) -> float:
        """On the test set."""
        test = self.dataset.test
        return mm.evaluate(self.state.answering, test.X, test.y).accuracy

    def save(self, name: str) -> None:
        """As bytes; the real command is timed instead."""
        msgspec.json.encode(self.state.progress)


if __name__ == "__main__":
    ours = Ours()
    run(Competitor(ours.train, ours.accuracy, ours.save))
