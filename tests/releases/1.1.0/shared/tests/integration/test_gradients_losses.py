"""The losses as you wrote them, differentiated by the rules of your autograd.

Needs: losses, autograd.
"""

import numpy as np
import pytest

import tinytorch.core.autograd  # noqa: F401  (gives tensors their backward)
from tinytorch.core.losses import BCELoss, CrossEntropyLoss, MSELoss
from tinytorch.core.tensor import Tensor
from tinytorch.testing import numerical_gradient


def check(loss_of, array):
    x = Tensor(array.copy(), requires_grad=True)
    loss_of(x).backward()
    expected = numerical_gradient(lambda a: loss_of(Tensor(a)).item(), array)
    np.testing.assert_allclose(x.grad.data, expected, rtol=1e-5, atol=1e-8)


def test_mse_by_both_inputs():
    rng = np.random.default_rng(7)
    a, b = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    check(lambda x: MSELoss()(x, Tensor(b)), a)
    check(lambda x: MSELoss()(Tensor(a), x), b)


def test_cross_entropy():
    targets = Tensor(np.array([2, 0, 3, 3, 1]))
    check(lambda x: CrossEntropyLoss()(x, targets), 2 * np.random.default_rng(7).normal(size=(5, 4)))


def test_binary_cross_entropy():
    targets = Tensor(np.array([[1.0], [0.0], [0.0], [1.0], [1.0]]))
    check(lambda x: BCELoss()(x, targets), np.random.default_rng(7).uniform(0.05, 0.95, size=(5, 1)))


def test_a_scaled_loss_scales_the_gradient():
    logits, targets = np.random.default_rng(7).normal(size=(5, 4)), Tensor(np.array([2, 0, 3, 3, 1]))
    check(lambda x: CrossEntropyLoss()(x, targets) * 3 + CrossEntropyLoss()(x * 2, targets) / 7, logits)


def test_the_gradient_of_cross_entropy_sums_to_zero_in_each_row():
    x = Tensor(np.random.default_rng(7).normal(size=(6, 3)), requires_grad=True)
    CrossEntropyLoss()(x, Tensor(np.array([0, 1, 2, 0, 1, 2]))).backward()
    np.testing.assert_allclose(x.grad.data.sum(axis=1), 0, atol=1e-15)
    assert (x.grad.data[np.arange(6), [0, 1, 2, 0, 1, 2]] < 0).all(), "the logit of the true class is always pushed up"


@pytest.mark.filterwarnings("error")
def test_certain_and_wrong_gives_a_large_but_finite_gradient():
    x = Tensor(np.array([[1000.0, -1000.0]], dtype=np.float32), requires_grad=True)
    loss = CrossEntropyLoss()(x, Tensor(np.array([1])))
    loss.backward()
    assert loss.item() == pytest.approx(2000.0)
    assert x.grad.tolist() == [[1.0, -1.0]]
    p = Tensor(np.array([0.0, 1.0], dtype=np.float32), requires_grad=True)
    loss = BCELoss()(p, Tensor(np.array([1.0, 0.0], dtype=np.float32)))
    loss.backward()
    assert np.isfinite(loss.item()) and np.isfinite(p.grad.data).all()
    assert p.grad.data[0] < -1000 and p.grad.data[1] > 1000


def test_losses_of_float32_give_gradients_of_float32():
    x = Tensor(np.full((2, 3), 0.5, dtype=np.float32), requires_grad=True)
    y = Tensor(np.zeros((2, 3), dtype=np.float32))
    for loss in (MSELoss()(x, y), BCELoss()(x, y), CrossEntropyLoss()(x, Tensor(np.array([0, 2])))):
        x.zero_grad()
        loss.backward()
        assert x.grad.dtype == np.float32
