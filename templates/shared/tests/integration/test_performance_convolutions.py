"""Needs convolutions, profiling, acceleration: one convolution, built in two modules and counted
in a third.
"""

import numpy as np

from tinytorch.core.tensor import Tensor
from tinytorch.nn.convolutions import Conv2d
from tinytorch.perf.acceleration import convolve
from tinytorch.perf.profiling import Profiler


def test_im2col_agrees_with_the_layer():
    layer = Conv2d(3, 4, 3, stride=2)
    images = np.random.default_rng(3).normal(size=(2, 3, 9, 8)).astype(np.float32)
    result = convolve(images, layer.weight.numpy(), stride=2)
    if layer.bias is not None:
        result = result + layer.bias.numpy().reshape(1, -1, 1, 1)
    assert np.allclose(layer(Tensor(images)).numpy(), result, atol=1e-5)


def test_the_profiler_counts_a_convolution():
    layer = Conv2d(3, 4, 3)
    with Profiler() as profile:
        layer(Tensor(np.ones((2, 3, 6, 6), np.float32)))
    assert profile.totals["conv2d"].flops == 2 * (2 * 4 * 4 * 4) * (3 * 3 * 3)
    assert not profile.unknown
