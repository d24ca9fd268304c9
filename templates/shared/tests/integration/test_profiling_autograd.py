"""Needs autograd, profiling: both use the recorder of `apply_op`, and neither may disturb the
other.
"""

import numpy as np

import tinytorch.core.autograd  # noqa: F401  (installs the recorder)
from tinytorch.core.layers import Linear
from tinytorch.core.tensor import Tensor
from tinytorch.perf.profiling import Profiler, count_flops, current_recorder


def test_gradients_flow_while_a_profiler_watches():
    layer = Linear(4, 3, rng=np.random.default_rng(3))
    x = Tensor(np.ones((2, 4), np.float32))
    with Profiler() as profile:
        layer(x).sum().backward()
    assert layer.weight.grad is not None
    assert np.allclose(layer.weight.grad.numpy(), 2.0)
    assert profile.totals["matmul"].calls >= 1


def test_autograd_is_alone_again_afterwards():
    before = current_recorder()
    assert before is not None, "importing autograd installs its recorder"
    count_flops(Linear(4, 3), Tensor(np.ones((2, 4), np.float32)))
    assert current_recorder() is before
