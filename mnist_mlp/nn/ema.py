"""A moving average of the parameters, which answers better than they do (Polyak and Juditsky 1992)."""

from mnist_mlp.nn.types import FloatArray


def update_average(average: FloatArray, theta: FloatArray, decay: float, step: int, scratch: FloatArray) -> None:
    """average <- d average + (1 - d) theta, d = min(decay, step / (step + 9)), after step 1, 2, ...

    At first d is small, so that the initial weights are soon forgotten. scratch: as long as theta, overwritten.
    """
    d = min(decay, step / (step + 9))
    scratch[...] = theta
    scratch -= average
    scratch *= 1 - d
    average += scratch
