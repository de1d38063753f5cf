"""NumPy as many tutorials use it: float64, one-hot labels, new arrays at every step."""

from collections.abc import Iterator

import numpy as np

from scripts.benchmarks.common import Setting, he_normal, mnist, run


class Naive:
    def train(self, setting: Setting) -> Iterator[None]:
        data = mnist()
        X, Y = data.X / 255.0, np.eye(10)[data.y]
        self.data = data
        W1, W2 = (W.astype(np.float64) for W in he_normal())
        b1, b2 = np.zeros((1, W1.shape[1])), np.zeros((1, W2.shape[1]))
        moments = [[np.zeros_like(p), np.zeros_like(p)] for p in (W1, b1, W2, b2)]
        t = 0
        for _ in range(setting.epochs):
            order = np.random.permutation(len(X))  # noqa: NPY002 - as in the tutorials
            X_shuffled, Y_shuffled = X[order], Y[order]
            for i in range(0, len(X), setting.batch_size):
                x, y = X_shuffled[i : i + setting.batch_size], Y_shuffled[i : i + setting.batch_size]
                m = len(x)
                z1 = x @ W1 + b1
                a1 = np.maximum(0, z1)
                z2 = a1 @ W2 + b2
                e = np.exp(z2 - np.max(z2, axis=1, keepdims=True))
                y_hat = e / np.sum(e, axis=1, keepdims=True)
                self.loss = -np.mean(np.sum(y * np.log(y_hat + 1e-9), axis=1))
                self.correct = np.sum(np.argmax(y_hat, axis=1) == np.argmax(y, axis=1))
                d2 = (y_hat - y) / m
                d1 = (d2 @ W2.T) * (z1 > 0)
                gradients = (x.T @ d1, d1.sum(axis=0, keepdims=True), a1.T @ d2, d2.sum(axis=0, keepdims=True))
                t += 1
                if setting.optimizer == "sgd":
                    updates = [setting.learning_rate * g for g in gradients]
                else:
                    updates = []
                    for moment, g in zip(moments, gradients, strict=True):
                        moment[0] = 0.9 * moment[0] + 0.1 * g
                        moment[1] = 0.999 * moment[1] + 0.001 * g**2
                        m_hat, v_hat = moment[0] / (1 - 0.9**t), moment[1] / (1 - 0.999**t)
                        updates.append(setting.learning_rate * m_hat / (np.sqrt(v_hat) + 1e-8))
                W1, b1, W2, b2 = (p - u for p, u in zip((W1, b1, W2, b2), updates, strict=True))
            self.parameters = W1, b1, W2, b2
            yield

    def accuracy(self) -> float:
        W1, b1, W2, b2 = self.parameters
        z = np.maximum(0, self.data.X_test / 255.0 @ W1 + b1) @ W2 + b2
        return float((z.argmax(axis=1) == self.data.y_test).mean())

    def save(self, name: str) -> None:
        np.savez(name, *self.parameters)


if __name__ == "__main__":
    run(Naive())
