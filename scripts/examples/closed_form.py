"""The 3-2-1 network of document 000, trained by its closed form and by the general network, side by side.

000 has three inputs a, two ReLU units and one linear output, no biases, and the squared error (y_hat - y)^2:

    y_hat = w2 . relu(W1 a)
    dL/dw2 = 2 (y_hat - y) relu(W1 a)
    dL/dW1 = 2 (y_hat - y) (w2 * H(W1 a)) a^T        H: the step function, H(0) = 0

Both are trained one sample at a time from the same weights, and stay equal to rounding.
"""

import numpy as np

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.losses import LOSSES
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.optimizers import SGD

LEARNING_RATE = 0.01
STEPS = 2000


def main() -> float:
    """Train both; return the largest difference between their weights at any step."""
    generator = np.random.default_rng(0)
    W1, w2 = generator.standard_normal((2, 3)), generator.standard_normal(2)

    network = MLP((3, 2, 1), ACTIVATIONS["relu"], bias=False, dtype="float64")
    loss = LOSSES["residual_sum_of_squares"]
    optimizer = SGD(network.n_parameters, network.dtype)
    gradient = network.parameters()
    network.layers[0].W[...] = W1.T  # rows are samples in the general network, so its W is 000's transposed
    network.layers[1].W[...] = w2[:, None]

    largest = 0.0
    for step in range(STEPS):
        a = generator.standard_normal(3)
        y = max(a[0] - 2 * a[1], 0) + 0.5 * a[2]

        # 000: both updates use the weights before the step
        hidden = W1 @ a
        active = (hidden > 0).astype(float)
        y_hat = w2 @ (hidden * active)
        error = 2 * (y_hat - y)
        new_w2 = w2 - LEARNING_RATE * error * hidden * active
        W1 = W1 - LEARNING_RATE * error * np.outer(w2 * active, a)
        w2 = new_w2

        cache = network.forward(a[None, :])
        value, delta = loss.value_and_gradient(cache.z[-1], np.array([[y]]))
        network.backward(cache, delta, out=gradient)
        optimizer.step(network.theta, gradient.flat, LEARNING_RATE)

        difference = max(np.abs(network.layers[0].W.T - W1).max(), np.abs(network.layers[1].W[:, 0] - w2).max())
        largest = max(largest, float(difference))
        if step % 400 == 0:
            print(f"step {step:4d}   closed form: loss {(y_hat - y) ** 2:9.6f}   network: loss {value[0]:9.6f}")
    print(f"largest difference of a weight in {STEPS} steps: {largest:.1e}")
    return largest


if __name__ == "__main__":
    main()
