"""The losses module, tested on the exported package."""

import math

import numpy as np
import pytest

from tinytorch.core.losses import (
    BCELoss,
    CrossEntropyLoss,
    MSELoss,
    accuracy,
    binary_cross_entropy,
    cross_entropy,
    log_sum_exp,
    mse_loss,
    smoothed_cross_entropy,
)
from tinytorch.core.tensor import Tensor
from tinytorch.testing import exercise, recorded_operations


def recorded(function, *arguments):
    with recorded_operations() as seen:
        function(*arguments)
    return seen


@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (2, 3, 2)])
def test_mse(shape):
    rng = np.random.default_rng(21)
    a, b = rng.normal(size=shape), rng.normal(size=shape)
    with exercise("mse_loss"):
        expected = sum((x - y) ** 2 for x, y in zip(a.ravel(), b.ravel())) / max(a.size, 1)
        assert mse_loss(Tensor(a), Tensor(b)).item() == pytest.approx(expected)
        assert MSELoss()(Tensor(a), b).item() == pytest.approx(expected)
        assert mse_loss(Tensor(a), Tensor(b)).dtype == np.float64
        seen = recorded(mse_loss, Tensor(a), Tensor(b))
        assert [(event[0], len(event[1])) for event in seen] == [("mse_loss", 2)]


def test_mse_refuses_to_broadcast():
    with exercise("mse_loss"), pytest.raises(ValueError, match="must be equal"):
        mse_loss(Tensor(np.ones((4, 1))), Tensor(np.ones(4)))


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_log_sum_exp(axis):
    x = np.random.default_rng(22).normal(0, 3, size=(2, 3, 4))
    with exercise("log_sum_exp"):
        expected = np.log(np.exp(x).sum(axis=axis))
        assert np.allclose(log_sum_exp(x, axis=axis), expected)
        assert np.allclose(log_sum_exp(x + 900, axis=axis), expected + 900)
        assert np.allclose(log_sum_exp(x - 900, axis=axis), expected - 900)


def test_cross_entropy():
    rng = np.random.default_rng(23)
    logits, targets = rng.normal(0, 2, size=(6, 4)), rng.integers(0, 4, size=6)
    with exercise("cross_entropy"):
        expected = 0.0
        for row, target in zip(logits.tolist(), targets.tolist()):
            expected -= math.log(math.exp(row[target]) / sum(math.exp(score) for score in row)) / 6
        assert cross_entropy(Tensor(logits), targets).item() == pytest.approx(expected)
        assert CrossEntropyLoss()(Tensor(logits), Tensor(targets)).item() == pytest.approx(expected)
        assert cross_entropy(Tensor(logits + 1000), targets).item() == pytest.approx(expected)
        seen = recorded(cross_entropy, Tensor(logits), targets)
        assert [(event[0], len(event[1]), list(event[2])) for event in seen] == [("cross_entropy", 1, ["targets"])]


@pytest.mark.parametrize(
    ("targets", "error"),
    [([0, 1, 2], ValueError), ([0, 4], ValueError), ([-1, 0], ValueError), ([0.0, 1.0], TypeError), ([[0, 1]], ValueError)],
)
def test_wrong_classes(targets, error):
    with exercise("class_indices"):
        for function in (cross_entropy, accuracy):
            with pytest.raises(error):
                function(Tensor(np.zeros((2, 4))), targets)


def test_binary_cross_entropy():
    rng = np.random.default_rng(24)
    p, y = rng.uniform(0.05, 0.95, size=(3, 2)), rng.integers(0, 2, size=(3, 2))
    with exercise("binary_cross_entropy"):
        expected = -sum(math.log(a if b else 1 - a) for a, b in zip(p.ravel(), y.ravel())) / 6
        assert binary_cross_entropy(Tensor(p), y).item() == pytest.approx(expected)
        assert BCELoss()(Tensor(p), Tensor(y)).item() == pytest.approx(expected)
        assert binary_cross_entropy(Tensor(p), y).dtype == np.float64
        assert binary_cross_entropy(Tensor([1.0]), [0]).item() == pytest.approx(16.118, rel=0.02)
        seen = recorded(binary_cross_entropy, Tensor(p), y)
        assert [(event[0], len(event[1]), list(event[2])) for event in seen] == [("binary_cross_entropy", 1, ["targets"])]
        with pytest.raises(ValueError):
            binary_cross_entropy(Tensor([0.5, 0.5]), [1])
        for outside in (-0.01, 1.01):
            with pytest.raises(ValueError):
                binary_cross_entropy(Tensor([0.5, outside]), [1, 0])
            with pytest.raises(ValueError):
                binary_cross_entropy(Tensor([0.5, 0.5]), [1, outside])


def test_accuracy():
    with exercise("accuracy"):
        assert accuracy(Tensor([[1.0, 2.0, 0.0], [3.0, 2.0, 1.0]]), [1, 2]) == 0.5


def test_smoothing_interpolates():
    logits, targets = Tensor(np.array([[2.0, -1.0, 0.5], [0.0, 1.0, 3.0]])), [0, 1]
    with exercise("smoothed_cross_entropy"):
        plain = cross_entropy(logits, targets).item()
        even = np.mean([cross_entropy(logits, [c, c]).item() for c in range(3)])
        assert smoothed_cross_entropy(logits, targets, 0.0).item() == pytest.approx(plain)
        assert smoothed_cross_entropy(logits, targets, 0.25).item() == pytest.approx(0.75 * plain + 0.25 * even)
