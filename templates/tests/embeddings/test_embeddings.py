"""The exported embeddings: lookups, sums on the way back, positions, bounds."""

import math

import numpy as np
import pytest

from tinytorch.core.autograd import GRADIENTS
from tinytorch.core.layers import manual_seed
from tinytorch.core.tensor import Tensor
from tinytorch.testing import numerical_gradient
from tinytorch.text.embeddings import (
    Embedding,
    LearnedPositions,
    PositionalEncoding,
    check_positions,
    embedding_forward,
    one_hot,
    sinusoids,
)


@pytest.mark.parametrize("shape", [(7,), (2, 3), (2, 1, 4), ()])
def test_lookup_is_the_one_hot_product(shape):
    rng = np.random.default_rng(1)
    weight = rng.normal(size=(6, 5))
    ids = rng.integers(0, 6, size=shape)
    rows = one_hot(ids, 6, dtype=np.float64)
    assert rows.shape == (*shape, 6)
    np.testing.assert_allclose(embedding_forward(weight, ids), rows @ weight)


def test_one_hot_default_dtype():
    assert one_hot(np.array([1, 0]), 2).dtype == np.float32


@pytest.mark.parametrize("ids", [[0, 0, 0], [[3, 1], [1, 2]], [2]])
def test_gradient_of_the_lookup(ids):
    rng = np.random.default_rng(2)
    weight, ids = rng.normal(size=(4, 3)), np.array(ids)
    upstream = rng.normal(size=(*ids.shape, 3))
    output = embedding_forward(weight, ids)
    (found,) = GRADIENTS["embedding"](upstream, output, weight, indices=ids)
    assert found.dtype == np.float64
    np.testing.assert_allclose(
        found,
        numerical_gradient(lambda w: (embedding_forward(w, ids) * upstream).sum(), weight),
        atol=1e-6,
    )


@pytest.mark.parametrize("wrong", [-1, 4, 1000])
def test_indices_out_of_range(wrong):
    layer = Embedding(4, 2)
    with pytest.raises(IndexError):
        layer([0, wrong])
    layer([0, 3])


@pytest.mark.parametrize("wrong", [[0.0, 1.0], np.array([1.5]), Tensor([1.0]), np.array([True])])
def test_only_integers_are_token_numbers(wrong):
    with pytest.raises(TypeError):
        Embedding(4, 2)(wrong)


def test_start_vectors():
    layer = Embedding(1000, 64, rng=np.random.default_rng(3))
    assert abs(layer.weight.data.std() - 0.02) < 0.0005
    assert layer.weight.dtype == np.float32
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    positions = LearnedPositions(1000, 64, rng=np.random.default_rng(3))
    np.testing.assert_array_equal(positions.weight.data, layer.weight.data)


def seeded(make, seed):
    """The arrays of what `make()` builds without a generator, after `manual_seed`."""
    manual_seed(seed)
    return [parameter.data for parameter in make().parameters()]


@pytest.mark.parametrize("make", [lambda: Embedding(5, 3), lambda: LearnedPositions(5, 3)])
def test_manual_seed_repeats_what_is_made_without_rng(make):
    first, again, other = seeded(make, 1), seeded(make, 1), seeded(make, 2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other))


def test_float64_weights_give_float64():
    layer = Embedding(4, 2)
    layer.weight.data = layer.weight.data.astype(np.float64)
    assert layer([1]).dtype == np.float64
    assert PositionalEncoding(4, 2)(layer([1, 2])).dtype == np.float64
    single = Embedding(4, 2)([1, 2])
    assert (
        PositionalEncoding(4, 2)(single).dtype
        == LearnedPositions(4, 2)(single).dtype
        == np.float32
    )


def test_sinusoids_entry_by_entry():
    table = sinusoids(300, 10)
    assert table.shape == (300, 10) and table.dtype == np.float64
    for position in (0, 1, 2, 150, 299):
        for place in range(10):
            angle = position / 10000 ** ((place - place % 2) / 10)
            assert math.isclose(
                table[position, place], (math.cos if place % 2 else math.sin)(angle), abs_tol=1e-12
            )


def test_sinusoids_tell_positions_apart():
    table = sinusoids(500, 16)
    distances = np.linalg.norm(table[:, None] - table[None], axis=-1) + 10 * np.eye(500)
    assert distances.min() > 0.5


def test_a_step_is_a_rotation():
    """One fixed matrix takes every position to the position three further on."""
    table = sinusoids(40, 8)
    matrix, *_ = np.linalg.lstsq(table[:-3], table[3:], rcond=None)
    np.testing.assert_allclose(table[:-3] @ matrix, table[3:], atol=1e-6)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(8), atol=1e-4)


def test_odd_dimensions_are_refused():
    with pytest.raises(ValueError):
        PositionalEncoding(4, 3)


@pytest.mark.parametrize(
    "make",
    [
        lambda: PositionalEncoding(5, 4),
        lambda: LearnedPositions(5, 4, rng=np.random.default_rng(4)),
    ],
)
def test_positions_in_pieces_are_positions_in_one(make):
    """Token by token with an offset gives what the whole text gives."""
    layer = make()
    x = np.random.default_rng(5).normal(size=(3, 5, 4)).astype(np.float32)
    whole = layer(Tensor(x)).data
    for place in range(5):
        np.testing.assert_array_equal(
            layer(Tensor(x[:, place : place + 1]), offset=place).data[:, 0], whole[:, place]
        )
    with pytest.raises(ValueError):
        layer(Tensor(x), offset=1)
    with pytest.raises(ValueError):
        layer(Tensor(x[:, :1]), offset=-1)


def test_check_positions_bounds():
    check_positions(3, 0, 3)
    check_positions(1, 2, 3)
    for length, offset in [(4, 0), (1, 3), (0, -1)]:
        with pytest.raises(ValueError):
            check_positions(length, offset, 3)


def test_gradients_reach_tokens_and_positions():
    tokens, positions = Embedding(5, 4), LearnedPositions(6, 4)
    upstream = np.random.default_rng(6).normal(size=(2, 3, 4)).astype(np.float32)
    ids = np.array([[1, 1, 2], [0, 1, 2]])
    (positions(tokens(ids), offset=1) * Tensor(upstream)).sum().backward()
    np.testing.assert_allclose(positions.weight.grad.data[1:4], upstream.sum(axis=0), rtol=1e-5)
    assert not positions.weight.grad.data[[0, 4, 5]].any()
    np.testing.assert_allclose(
        tokens.weight.grad.data[1], upstream[0, 0] + upstream[0, 1] + upstream[1, 1], rtol=1e-5
    )
    assert not tokens.weight.grad.data[3:].any()
