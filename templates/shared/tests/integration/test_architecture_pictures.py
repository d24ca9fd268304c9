"""Convolutions, activations, losses and an optimizer together: a small network learns to tell bars
from squares.

Needs: activations, losses, optimizers, convolutions.
"""

import numpy as np
import pytest

from tinytorch.core.activations import ReLU
from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.tensor import Tensor
from tinytorch.nn.convolutions import AvgPool2d, BatchNorm2d, Conv2d, Flatten, MaxPool2d


def pictures(count, seed):
    """Lying bars (0), standing bars (1) and squares (2) at random places, with noise."""
    rng = np.random.default_rng(seed)
    images = 0.1 * rng.normal(size=(count, 1, 8, 8))
    labels = rng.integers(0, 3, size=count)
    for image, label in zip(images, labels):
        row, column = rng.integers(0, 4, size=2)
        height, width = [(1, 4), (4, 1), (3, 3)][label]
        image[0, row : row + height, column : column + width] += 1
    return images.astype(np.float32), labels


def network(seed):
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2d(1, 6, 3, padding=1, rng=rng),
        BatchNorm2d(6),
        ReLU(),
        MaxPool2d(2),
        Conv2d(6, 8, 3, padding=1, rng=rng),
        ReLU(),
        AvgPool2d(4),
        Flatten(),
        Linear(8, 3, rng=rng),
    )


def train(model, optimizer, images, labels, epochs):
    loss_of, rng = CrossEntropyLoss(), np.random.default_rng(5)
    model.train()
    for _ in range(epochs):
        order = rng.permutation(len(labels))
        for start in range(0, len(order), 32):
            batch = order[start : start + 32]
            optimizer.zero_grad()
            loss_of(model(Tensor(images[batch])), Tensor(labels[batch])).backward()
            optimizer.step()


def accuracy(model, images, labels):
    model.eval()
    with no_grad():
        return float((model(Tensor(images)).data.argmax(axis=1) == labels).mean())


@pytest.mark.parametrize(
    "make",
    [lambda p: Adam(p, lr=0.02), lambda p: SGD(p, lr=0.1, momentum=0.9)],
    ids=["adam", "sgd"],
)
def test_a_network_learns_shapes_wherever_they_are(make):
    model = network(1)
    images, labels = pictures(192, 2)
    train(model, make(model.parameters()), images, labels, 15)
    assert accuracy(model, *pictures(200, 3)) > 0.95


def test_modes_reach_every_layer():
    model = network(1)
    images, labels = pictures(32, 2)
    train(model, Adam(model.parameters(), lr=0.01), images, labels, 1)
    model.eval()
    together = model(Tensor(images)).data
    alone = np.concatenate([model(Tensor(images[i : i + 1])).data for i in range(len(images))])
    np.testing.assert_allclose(alone, together, atol=1e-5)
    model.train()
    assert not np.allclose(model(Tensor(images)).data, together, atol=1e-3)


def test_nothing_is_recorded_under_no_grad():
    model = network(1)
    images, _ = pictures(4, 2)
    with no_grad():
        assert not model(Tensor(images)).requires_grad
    assert model(Tensor(images)).requires_grad


def test_a_network_stays_in_float32():
    model = network(1)
    images, labels = pictures(8, 2)
    loss = CrossEntropyLoss()(model(Tensor(images)), Tensor(labels))
    assert loss.dtype == np.float32
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.dtype == np.float32, name
