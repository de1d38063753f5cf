"""mnist-mlp, trained by the loop that `mnist-mlp train` runs, without files."""

from collections.abc import Iterator

import numpy as np

import mnist_mlp as mm
from scripts.benchmarks.common import SEED, WORKERS, Setting, run


class Ours:
    def train(self, setting: Setting) -> Iterator[None]:
        overrides = [
            f"seed={SEED}",
            f"data.validation={60_000 - setting.samples}",
            *([] if setting.distort else ["augmentation.name=none"]),
            "training.ema_decay=0",
            f"optimizer.name={setting.optimizer}",
            f"optimizer.learning_rate={setting.learning_rate}",
            f"schedule={{name: {setting.schedule}}}",
            f"training.epochs={setting.epochs}",
            f"training.batch_size={setting.batch_size}",
            f"training.l2={setting.l2}",
        ]
        self.config = mm.load_config(setting.distort or None, overrides)
        self.dataset = mm.load_dataset()
        data = mm.split(self.config, self.dataset)._replace(validation=np.arange(0))  # no competitor validates
        self.state = mm.new_state(self.config, n_in=784)
        for record in mm.train(self.config, data, self.state, workers=WORKERS):
            if record is not None:
                yield

    def accuracy(self) -> float:
        test = self.dataset.test
        return mm.evaluate(self.state.inference_model, test.X, test.y).accuracy

    def save(self, name: str) -> None:
        raise NotImplementedError("the job `whole` times the command itself")


if __name__ == "__main__":
    run(Ours())
