"""Needs activations, acceleration: the fused kernels agree with the activations of this course,
and `fuse` finds them.
"""

import numpy as np

from tinytorch.core.activations import ReLU, gelu
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.acceleration import FusedLinearReLU, fuse, fused_gelu


def test_fuse_finds_the_real_relu():
    model = Sequential(
        Linear(6, 8, rng=np.random.default_rng(3)),
        ReLU(),
        Linear(8, 2, rng=np.random.default_rng(4)),
    )
    fast = fuse(model)
    assert isinstance(fast.layers[0], FusedLinearReLU) and len(fast.layers) == 2
    x = Tensor(np.random.default_rng(5).normal(size=(7, 6)).astype(np.float32))
    assert np.allclose(fast(x).numpy(), model(x).numpy(), atol=1e-6)


def test_fused_gelu_is_the_gelu_of_the_course():
    x = np.linspace(-6, 6, 101).reshape(1, 101)
    assert np.allclose(fused_gelu(x, 13), gelu(Tensor(x)).numpy(), atol=1e-12)
