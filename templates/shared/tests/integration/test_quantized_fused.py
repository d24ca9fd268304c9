"""Needs acceleration, quantization: a model may be fused first and quantised afterwards."""

import numpy as np
import pytest

from tinytorch.core.layers import Linear, Module, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.acceleration import FusedLinearReLU, fuse
from tinytorch.perf.quantization import QuantizedLinear, model_bytes, quantize_model


class ReLU(Module):
    """Stands in for the one of the activations module, which this file does not need."""

    def forward(self, x):
        return Tensor(np.maximum(x.numpy(), 0))


def network():
    rng = np.random.default_rng(3)
    return Sequential(Linear(12, 32, rng=rng), ReLU(), Linear(32, 4, bias=False, rng=rng))


@pytest.mark.parametrize("calibrated", [False, True])
def test_a_fused_model_can_be_quantised(calibrated):
    model = network()
    x = Tensor(np.random.default_rng(4).normal(size=(40, 12)).astype(np.float32))
    batches = [x] if calibrated else None
    fast, plain = quantize_model(fuse(model), batches), quantize_model(model, batches)
    assert isinstance(fast.layers[0], FusedLinearReLU)
    assert isinstance(fast.layers[0].linear, QuantizedLinear)
    assert (fast.layers[0].linear.limits is not None) == calibrated
    assert np.array_equal(fast(x).numpy(), plain(x).numpy()), "fused or not: the same numbers"
    wanted = model(x).numpy()
    assert np.abs(fast(x).numpy() - wanted).max() < 0.03 * np.abs(wanted).max()
    assert model_bytes(fast) == model_bytes(plain) < model_bytes(model) / 2
