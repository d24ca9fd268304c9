"""Tests of tinytorch.perf.acceleration on the exported package. Counts and bytes are asserted,
times never.
"""

import math

import numpy as np
import pytest

from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.tensor import Tensor
from tinytorch.perf.acceleration import (
    Counter,
    FusedLinearReLU,
    best_block,
    blocked_matmul,
    chain_order,
    convolve,
    convolve_naive,
    fuse,
    fused_gelu,
    fused_linear_relu,
    im2col,
    multiply_chain,
    naive_matmul,
    pairwise_distances,
    peak_bytes,
)


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 9, 2), (8, 4, 12), (3, 1, 7)])
@pytest.mark.parametrize("block", [1, 3, 4, 100])
def test_blocked_equals_naive_with_the_predicted_traffic(shape, block):
    m, k, n = shape
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(m, k)), rng.normal(size=(k, n))
    slow, fast = Counter(), Counter()
    assert np.allclose(naive_matmul(a, b, slow), blocked_matmul(a, b, block, fast))
    assert fast.multiplications == slow.multiplications == m * k * n
    assert fast.loads == m * k * math.ceil(n / block) + k * n * math.ceil(m / block)


def test_counters_add_up_and_are_optional():
    counter = Counter()
    a = np.ones((4, 4))
    blocked_matmul(a, a, 2, counter)
    once = counter.loads
    blocked_matmul(a, a, 2, counter)
    assert counter.loads == 2 * once and counter.multiplications == 128
    assert np.array_equal(blocked_matmul(a, a), a @ a)


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError):
        blocked_matmul(np.ones((2, 3)), np.ones((2, 3)))


@pytest.mark.parametrize("cache", [3, 26, 27, 1000])
def test_three_tiles_fit_and_no_larger_ones(cache):
    t = best_block(cache)
    assert 3 * t * t <= cache < 3 * (t + 1) ** 2


def test_distances():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(6, 2)), rng.normal(size=(3, 2))
    assert np.allclose(pairwise_distances(x, y), ((x[:, None] - y[None]) ** 2).sum(-1))
    assert pairwise_distances(x + 1e6, x + 1e6).min() >= 0


@pytest.mark.parametrize("chunk", [1, 7, 12, 13, 5000])
def test_fused_gelu_does_not_depend_on_the_chunk(chunk):
    x = np.linspace(-5, 5, 12).reshape(3, 4)
    wanted = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    assert np.allclose(fused_gelu(x, chunk), wanted, rtol=1e-12, atol=1e-15)
    assert np.allclose(fused_gelu(x.T, chunk), wanted.T, rtol=1e-12, atol=1e-15)


def test_distances_are_not_negative_and_need_no_large_array():
    rng = np.random.default_rng(4)
    near = 1000 + 1e-6 * rng.normal(size=(30, 3))
    assert (pairwise_distances(near, near) >= 0).all()
    x, y = rng.normal(size=(100, 50)), rng.normal(size=(120, 50))
    assert peak_bytes(lambda: pairwise_distances(x, y)) < 6 * 100 * 120 * 8


def test_fused_kernels_need_one_array():
    one = 300 * 400 * 8
    x, w, b = np.ones((300, 8)), np.ones((8, 400)), np.ones(400)
    assert peak_bytes(lambda: fused_linear_relu(x, w, b)) < 1.2 * one
    big = np.ones((300, 400))
    assert peak_bytes(lambda: fused_gelu(big, 1000)) < 1.2 * one


def test_a_chain_is_multiplied_in_the_cheap_order():
    tall, flat, vector = np.ones((500, 2)), np.ones((2, 500)), np.ones((500, 1))
    assert peak_bytes(lambda: multiply_chain([tall, flat, vector])) < 100_000


def test_fuse_opens_models_in_models():
    class ReLU:
        def __call__(self, x):
            return Tensor(np.maximum(x.numpy(), 0))

    model = Sequential(Sequential(Linear(3, 4), ReLU()), ReLU(), Linear(4, 2))
    fast = fuse(model)
    kinds = [type(part).__name__ for part in (fast.layers[0].layers[0], *fast.layers[1:])]
    assert kinds == ["FusedLinearReLU", "ReLU", "Linear"]


def test_fused_kernels_leave_their_inputs_alone():
    x, w, b = np.full((2, 2), -1.0), np.eye(2), np.ones(2)
    fused_linear_relu(x, w, b)
    fused_gelu(x)
    assert np.all(x == -1) and np.array_equal(w, np.eye(2)) and np.all(b == 1)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [(1, 1), (2, 3), (5, 4)])
def test_convolution(kernel, stride):
    rng = np.random.default_rng(3)
    images, filters = rng.normal(size=(2, 2, 5, 7)), rng.normal(size=(3, 2, *kernel))
    assert np.allclose(convolve(images, filters, stride), convolve_naive(images, filters, stride))
    places = ((5 - kernel[0]) // stride + 1) * ((7 - kernel[1]) // stride + 1)
    assert im2col(images, kernel, stride).shape == (2 * places, 2 * kernel[0] * kernel[1])


def test_chain():
    rng = np.random.default_rng(3)
    matrices = [rng.normal(size=s) for s in ((4, 1), (1, 6), (6, 2))]
    assert np.allclose(multiply_chain(matrices), matrices[0] @ matrices[1] @ matrices[2])
    assert chain_order([4, 1, 6, 2]) == (12 + 8, (0, (1, 2)))
    assert chain_order([2, 6, 1, 4]) == (12 + 8, ((0, 1), 2))


def test_peak_bytes_sees_temporaries():
    assert 8000 <= peak_bytes(lambda: np.ones(1000)) < 12000
    assert peak_bytes(lambda: (np.ones(1000) + 1).sum()) >= 16000


def test_what_replaces_the_linear_of_a_fused_layer_is_called():
    linear = Linear(3, 4, rng=np.random.default_rng(3))
    fused = FusedLinearReLU(linear)
    x = Tensor(np.random.default_rng(4).normal(size=(5, 2, 3)).astype(np.float32))
    wanted = fused(x).numpy()
    fused.linear = Sequential(linear, lambda t: t * 2)
    assert np.allclose(fused(x).numpy(), 2 * wanted, atol=1e-6)
    assert (wanted == 0).any() and (wanted > 0).any()


def test_fuse_without_relu_changes_nothing():
    model = Sequential(Linear(3, 4, rng=np.random.default_rng(3)), Linear(4, 2))
    x = Tensor(np.ones((1, 3), np.float32))
    assert np.array_equal(fuse(model)(x).numpy(), model(x).numpy())
