"""The activations as you wrote them, differentiated by the rules of your autograd.

Needs: activations, autograd.
"""

import numpy as np
import pytest

import tinytorch.core.autograd  # noqa: F401  (gives tensors their backward)
from tinytorch.core import activations
from tinytorch.core.tensor import Tensor
from tinytorch.testing import numerical_gradient

ELEMENTWISE = ["relu", "sigmoid", "tanh", "gelu"]
OBJECTS = ["ReLU", "Sigmoid", "Tanh", "GELU", "Softmax"]


def compare(function, array):
    x = Tensor(array.copy(), requires_grad=True)
    y = function(x)
    weighting = np.random.default_rng(3).normal(size=y.shape)
    y.backward(weighting)
    expected = numerical_gradient(lambda a: float((function(Tensor(a)).data * weighting).sum()), array)
    np.testing.assert_allclose(x.grad.data, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise(name):
    rng = np.random.default_rng(7)
    compare(getattr(activations, name), rng.uniform(0.2, 3, size=(3, 4)) * rng.choice([-1, 1], size=(3, 4)))


@pytest.mark.parametrize("name", OBJECTS)
def test_objects(name):
    compare(getattr(activations, name)(), np.random.default_rng(7).normal(size=(4, 3)) + 0.01)


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_along_each_axis(name, dim):
    compare(lambda x: getattr(activations, name)(x, dim=dim), 2 * np.random.default_rng(7).normal(size=(2, 3, 4)))


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_shared_input_of_a_residual_branch(name):
    function = getattr(activations, name)
    compare(lambda x: x + function(x) * function(2 * x), np.random.default_rng(7).uniform(0.2, 1, size=(2, 3)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", [*ELEMENTWISE, "softmax", "log_softmax"])
def test_far_out_everything_stays_finite(name):
    x = Tensor(np.array([[-1e4, -90.0, 90.0, 1e4]], dtype=np.float32), requires_grad=True)
    y = getattr(activations, name)(x)
    y.sum().backward()
    assert np.isfinite(y.data).all() and np.isfinite(x.grad.data).all()
    assert x.grad.dtype == np.float32


def test_log_softmax_is_the_logarithm_of_softmax_also_for_gradients():
    array = np.random.default_rng(7).normal(size=(3, 5))
    grads = []
    for function in (lambda x: activations.log_softmax(x), lambda x: activations.softmax(x).log()):
        x = Tensor(array, requires_grad=True)
        (function(x) * np.arange(15.0).reshape(3, 5)).sum().backward()
        grads.append(x.grad.data)
    np.testing.assert_allclose(*grads, rtol=1e-9, atol=1e-12)
