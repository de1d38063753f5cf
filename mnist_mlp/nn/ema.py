"""Exponential moving average (EMA) of the parameters (Polyak and Juditsky 1992)."""

from mnist_mlp.nn.types import FloatArray


def update_ema(ema: FloatArray, theta: FloatArray, decay: float, step: int, scratch: FloatArray) -> None:
    """Update ``ema`` in place after step 1, 2, ...

    ema <- d ema + (1 - d) theta        d = min(decay, step / (step + 9))

    The decay grows during the first steps, so that the initial zeros are soon forgotten. ``ema``, ``theta`` and
    ``scratch``, which is overwritten, have shape (n_parameters,).
    """
    d = min(decay, step / (step + 9))
    scratch[...] = theta
    scratch -= ema
    scratch *= 1 - d
    ema += scratch
