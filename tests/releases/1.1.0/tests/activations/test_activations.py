"""The activations module, tested on the exported package."""

import math

import numpy as np
import pytest

from tinytorch.core.activations import (
    GELU,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
    gelu,
    log_softmax,
    online_max_and_sum,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from tinytorch.core.tensor import Tensor
from tinytorch.testing import exercise, recorded_operations

ELEMENTWISE = {
    "relu": (relu, ReLU(), lambda v: v if v > 0 else 0.0),
    "sigmoid": (sigmoid, Sigmoid(), lambda v: 1 / (1 + math.exp(-v))),
    "tanh": (tanh, Tanh(), math.tanh),
    "gelu": (gelu, GELU(), lambda v: 0.5 * v * (1 + math.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_values(name):
    function, layer, formula = ELEMENTWISE[name]
    x = np.random.default_rng(11).normal(0, 3, size=(3, 4))
    with exercise(name):
        expected = [[formula(value) for value in row] for row in x.tolist()]
        assert np.allclose(function(Tensor(x)).data, expected, atol=1e-12)
        assert np.allclose(layer(Tensor(x)).data, expected, atol=1e-12)
        assert function(Tensor(x)).dtype == np.float64
        assert function(Tensor(x, dtype=np.float32)).dtype == np.float32


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_far_out_values_are_finite_and_silent(name):
    function, _, _ = ELEMENTWISE[name]
    with exercise(name), np.errstate(over="raise", invalid="raise"):
        assert np.isfinite(function(Tensor([-1e4, -100.0, 100.0, 1e4])).data).all()


@pytest.mark.parametrize("name", [*ELEMENTWISE, "softmax", "log_softmax"])
def test_one_operation_is_recorded(name):
    function = {"softmax": softmax, "log_softmax": log_softmax}.get(name) or ELEMENTWISE[name][0]
    x = Tensor(np.array([[0.5, -1.0]]))
    with exercise(name):
        with recorded_operations() as seen:
            out = function(x)
        assert [event[0] for event in seen] == [name]
        assert seen[0][1][0] is x and seen[0][3] is out
        assert seen[0][2] == ({"axis": -1} if "softmax" in name else {})


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -3])
def test_softmax_normalises_its_axis(dim):
    x = np.random.default_rng(12).normal(size=(2, 3, 4))
    powers = np.exp(x)
    expected = powers / powers.sum(axis=dim, keepdims=True)
    with exercise("softmax"):
        assert np.allclose(softmax(Tensor(x), dim=dim).data, expected)
        assert np.allclose(Softmax(dim)(Tensor(x)).data, expected)
        assert np.allclose(softmax(Tensor(x - 700), dim=dim).data, expected)
    with exercise("log_softmax"):
        assert np.allclose(log_softmax(Tensor(x), dim=dim).data, np.log(expected))
        assert np.allclose(log_softmax(Tensor(x + 800), dim=dim).data, np.log(expected))


def test_softmax_of_masked_scores():
    with exercise("softmax"):
        assert softmax(Tensor([[-np.inf, 3.0], [1.0, 1.0]])).tolist() == [[0.0, 1.0], [0.5, 0.5]]


def test_online_pass_agrees_with_two_passes():
    row = np.random.default_rng(13).normal(0, 100, size=30)
    with exercise("online_max_and_sum"):
        for size in (1, 7, 30):
            m, s = online_max_and_sum(row[i : i + size] for i in range(0, 30, size))
            assert m == row.max()
            assert s == pytest.approx(np.exp(row - row.max()).sum())
