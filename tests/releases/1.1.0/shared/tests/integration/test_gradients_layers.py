"""Layers in the hands of autograd: every parameter gets its gradient, shared ones get all contributions.

Needs: layers, autograd.
"""

import numpy as np
import pytest

from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import Dropout, Linear, Module, Sequential
from tinytorch.core.tensor import Tensor


def double(model):
    for p in model.parameters():
        p.data = p.data.astype(np.float64)
    return model


def check_parameters(model, loss_of):
    """All gradients of all parameters against central differences."""
    model.zero_grad()
    loss_of().backward()
    for name, p in model.named_parameters():
        for index in np.ndindex(p.shape):
            kept, sides = p.data, []
            for step in (1e-6, -1e-6):
                p.data = kept.copy()
                p.data[index] += step
                sides.append(loss_of().item())
            p.data = kept
            assert p.grad.data[index] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-5, abs=1e-7), (name, index)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (1, 3), (2, 4, 3)])
def test_linear(bias, shape):
    layer = double(Linear(3, 2, bias=bias, rng=np.random.default_rng(7)))
    x = Tensor(np.random.default_rng(1).normal(size=shape))
    check_parameters(layer, lambda: (layer(x) ** 2).sum())


def test_two_layers_with_a_bend_between():
    model = double(Sequential(Linear(3, 4, rng=np.random.default_rng(7)), Linear(4, 2, rng=np.random.default_rng(8))))
    x = Tensor(np.random.default_rng(1).normal(size=(5, 3)))
    check_parameters(model, lambda: (model(x).exp() + 1).log().mean())


class Tied(Module):
    """One weight, used twice: as it is, and transposed."""

    def __init__(self):
        self.inner = Linear(3, 4, rng=np.random.default_rng(7))

    def forward(self, x):
        return self.inner(x) @ self.inner.weight.transpose(1, 0)


def test_a_shared_weight_gets_both_contributions():
    model = double(Tied())
    x = Tensor(np.random.default_rng(1).normal(size=(5, 3)))
    check_parameters(model, lambda: ((model(x) - x) ** 2).mean())


def test_dropout_passes_gradients_where_it_passed_values():
    x = Tensor(np.ones((20, 10)), requires_grad=True)
    y = Dropout(0.4, rng=np.random.default_rng(7))(x)
    y.sum().backward()
    np.testing.assert_allclose(x.grad.data, y.data)
    assert 0 < (y.data == 0).mean() < 1


def test_zero_grad_of_a_module():
    model = Sequential(Linear(3, 2, rng=np.random.default_rng(7)))
    model(Tensor(np.ones((1, 3), dtype=np.float32))).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_no_tape_under_no_grad():
    model = Sequential(Linear(3, 2, rng=np.random.default_rng(7)))
    with no_grad():
        assert not model(Tensor(np.ones((1, 3), dtype=np.float32))).requires_grad
    assert model(Tensor(np.ones((1, 3), dtype=np.float32))).requires_grad
